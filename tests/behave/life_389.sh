#!/bin/bash
# Off, on, another installation, ended, removed: on a real 389 Directory Server. Each time the device itself asks who it is,
# with its certificate, and openssl looks at the CRL.
set -uo pipefail
. tests/behave/ds389.sh
. tests/behave/natdev.sh
shopt -s nocasematch # DNs come back as they were written, or in lower case
trap 'ds389_stop; error_clean_up' EXIT
chmod 755 "$d"
ds389_start "$d/ds" || exit 1
agent_make "$d/agent" flavour=389ds suffix=contoso.test http_lines='failure-limit = 1000' \
	directory_lines='ldap-timeout = 3s' || exit 1
ds389_client_ca "$AGENT_ROOT" || exit 1
agent_start "$d/agent" || exit 1
natdev_use
LDAPS_URI=$DS389_LDAPS_URI # for who
known() { if [[ "$(who "$1")" == "dn: cn=${2:-$1},"*$DS389_BASE ]]; then ok "$1 is ${2:-$1}"; else wrong "$1 is not known: $(who "$1")"; fi; }
unknown() { if [[ "$(who "$1")" == *$DS389_BASE* ]]; then wrong "$1 is still known: $(who "$1")"; else ok "$1 is nobody"; fi; }
object() { ds389_admin ldapsearch -LLL -o ldif-wrap=no -b "$DS389_DEVICES_DN" "(cn=$1)" nsUniqueId nsAccountLock 2> /dev/null; }
objects() { object "$1" | grep -c '^dn:' || :; }
guid() { object "$1" | sed -n 's/^nsUniqueId: //p'; }
lock() { object "$1" | sed -n 's/^nsAccountLock: //p'; }

pre WM-1
join WM-1
joins WM-1
known WM-1
serial=$(valid WM-1) before=$(guid WM-1)

echo "== off, and on again"
is 0 ctl device disable WM-1 --yes
unknown WM-1
soon 20 listed "$serial" 'Certificate Hold' || wrong "it is not on hold"
is 0 ctl device enable WM-1 --yes
known WM-1

echo "== another installation of the same object"
is 0 ctl device reimage WM-1 --yes --password-out "$d/WM-1-new.pw"
known WM-1
join WM-1-new
joins "WM-1 again"
[ "$(guid WM-1)" = "$before" ] || wrong "another object"
known WM-1-new WM-1
unknown WM-1
soon 20 listed "$serial" Superseded || wrong "the certificate before is not on the list"

echo "== with the directory away: kept, and done when it is back"
ds389_stop
is 6 ctl device disable WM-1 --yes
says ENR-601 'to finish'
[ "$(left)" = WM-1:disable ] || wrong "left to finish: $(left)"
ds389_again || exit 1
soon 40 nothing_left || wrong "left to finish: $(left)"
unknown WM-1-new
is 0 ctl device enable WM-1 --yes
known WM-1-new WM-1

echo "== ended, and removed with what stands below it"
serial=$(serial=$(openssl x509 -in "$d/WM-1-new/etc/enroll/device.pem" -noout -serial) && echo "${serial#serial=}")
is 0 ctl device revoke WM-1 --reason stolen --yes
unknown WM-1-new
[ "$(lock WM-1)" = true ] || wrong "nsAccountLock is $(lock WM-1)"
soon 20 listed "$serial" 'Key Compromise' || wrong "it is not on the list"
is 0 ctl device remove WM-1 --yes
[ "$(objects WM-1)" = 0 ] || wrong "it still stands"
nothing_left || wrong "left to finish: $(left)"
is 4 ctl device reimage WM-1 --yes --password-out -

echo "== the device leaves"
pre WM-2
join WM-2
known WM-2
cp -r "$d/WM-2" "$d/WM-2-kept"
is 0 "$AGENT_BIN/enroll" leave --root "$d/WM-2" --yes
[ "$(lock WM-2)/$(record WM-2 state)" = true/revoked ] || wrong "WM-2 is $(lock WM-2)/$(record WM-2 state)"
unknown WM-2-kept
agent_stop || wrong "a sanitizer spoke"
error_end
