#!/bin/bash
# Devices from the first day to the withdrawal of their password: add, list, show, reissue, extend, cancel,
# each twice, dry, as JSON held to its schema, with the password in exactly one place.
# shellcheck source=tests/behave/ctl.sh
. tests/behave/ctl.sh
ctl_begin agent_lines=$'discovery-domain = contoso.test\nmax-open-per-identity = 2'
pw=$CTL_DIR/pw
ou='contoso.test/Managed Devices/Sales'

# A dry run checks all and writes nothing; no password, no file.
ctl 0 device add LT-0042 --identity andreas@contoso.test --ou "$ou" -n -o json --password-out "$pw"
valid device
field .changed true
field .dry_run true
field .password null
field .enrollment null
[ ! -e "$pw" ] || wrong "a dry run made the file"
ctl 0 device list -o name
silent

# The first time makes it; the password is in the file, 0600, and nowhere else.
ctl 0 device add LT-0042 --identity Andreas@CONTOSO.test --ou "$ou" --lifetime 1d --note 'ticket 8841' \
	--description 'a laptop' --password-out "$pw" -o json
valid device
field .changed true
field .dry_run false
field .state '"pending"'
field .name '"LT-0042"'
field .identity '"andreas@contoso.test"'
field .ou '"ou=Sales,ou=Managed Devices,dc=contoso,dc=test"'
field .owner '"uid=andreas,ou=People,dc=contoso,dc=test"'
field .password null
field .object null
field .certificates '[]'
password=$(cat "$pw")
[[ $password =~ ^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$ ]] || wrong "no password in the file: $password"
[ "$(stat -c %a "$pw")" = 600 ] || wrong "mode of the password file"
enrollment=$(member .enrollment | tr -d '"')

# Again, the same: unchanged, exit 0, the file as it was; no second password.
ctl 0 device add LT-0042 --identity andreas@contoso.test --ou "$ou" --lifetime 1d --description 'a laptop' \
	--password-out "$pw" -o json
valid device
field .changed false
field .password null
ctl 0 device add LT-0042 --identity andreas@contoso.test --ou "OU=sales, OU=Managed  Devices,DC=Contoso,DC=test" \
	--lifetime 1d --description 'a laptop' --password-out "$CTL_DIR/pw2"
says unchanged
[ "$(cat "$pw")" = "$password" ] || wrong "the password file changed"
[ ! -e "$CTL_DIR/pw2" ] || wrong "an empty file stays behind"

# Anything else under that name is a conflict; another device does not go into a file that exists.
ctl 4 device add LT-0042 --identity other@contoso.test --ou "$ou" --password-out - -o json
fails_with ENR-318
ctl 4 device add lt-0042 --identity andreas@contoso.test --password-out -
ctl 2 device add LT-0043 --password-out "$pw" -o json
fails_with ENR-805
ctl 3 device show LT-0043

# With -, standard output is the place: alone in text, a member in JSON.
ctl 0 device add LT-0043 --password-out -
[[ $OUT =~ ^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$ ]] || wrong "more than the password on standard output"
ctl 0 device add LT-0044 --password-out - -o json
valid device
[[ $(member .password) =~ ^\"[0-9A-Z-]{23}\"$ ]] || wrong "no password in the document"
field .identity '"lt-0044@contoso.test"'
ctl 0 device add LT-0045 --password-out - -o jsonl --key order-1
[ "$(wc -l < "$CTL_DIR/out")" = 1 ] || wrong "more than a line"
ctl 0 device add LT-0045 --password-out - -o json --key order-1
field .changed false
field .password null

# That nobody has the e-mail address is allowed, and said: it may be misspelt.
ctl 0 device add LT-0049 --identity andraes@contoso.test --password-out - --dry-run
[[ $OUT == *"owner       none: nobody in the directory has this e-mail address"* ]] || wrong "a misspelt address: $OUT"

# What the directory or the rules refuse, before anything is made.
ctl 1 device add LT-0050 --ou 'contoso.test/Managed Devices/Sels' --password-out - -o json
fails_with ENR-311
ctl 1 device add LT-0050 --ou 'ou=Servers,dc=contoso,dc=test' --password-out -
errs ENR-313
ctl 1 device add LT-0050 --owner dora@contoso.test --password-out -
errs ENR-315
ctl 2 device add 'LT_0050' --password-out -
errs ENR-310
errs "'LT_0050'"
errs '1 to 63 letters'
ctl 2 device add LT-0050 --identity 'two@at@signs' --password-out -
errs ENR-110
ctl 3 device add LT-0050 --profile nonsense --password-out -
errs ENR-317
ctl 2 device add LT-0050 --lifetime 365d --password-out -
errs ENR-323
ctl 2 device add LT-0050 --not-before yesterday --password-out -
errs ENR-803
ctl 3 device show LT-0050

# Where the file cannot be written nothing is made.
ctl 2 device add LT-0050 --password-out /nonexistent/pw
errs ENR-807
ctl 3 device show LT-0050

# list: all, filtered, in every format.
ctl 0 device list -o json
valid device_list
field .items.3.name '"LT-0042"'
ctl 0 device list -o jsonl
[ "$(wc -l < "$CTL_DIR/out")" = 4 ] || wrong "not four lines"
valid device
ctl 0 device list -o name --since 1h
[ "$OUT" = $'LT-0045\nLT-0044\nLT-0043\nLT-0042' ] || wrong "not the four names"
ctl 0 device list --identity ANDREAS@contoso.test -o name
[ "$OUT" = LT-0042 ] || wrong "not the one"
ctl 0 device list --ou "$ou" -o name
[ "$OUT" = LT-0042 ] || wrong "not the one"
ctl 0 device list --ou 'contoso.test/Managed Devices' -o name
[ "$(wc -l <<< "$OUT")" = 4 ] || wrong "those below are missing"
ctl 0 device list --state enrolled
[ -z "$OUT" ] || wrong "not empty"
errs 'no devices'
ctl 0 device list --failed -o json
field .items '[]'
ctl 0 device list
says 'NAME     STATE'

# show: by every name a device has.
for name in LT-0042 lt-0042 "$enrollment" "${enrollment,,}" andreas@contoso.test; do
	ctl 0 device show "$name" -o json
	valid device
	field .enrollment "\"$enrollment\""
	field .events.0.event '"expected"'
	field .events.0.note '"ticket 8841"'
	field .changed false
done
ctl 0 device show LT-0042
says 'none yet; will be CN=LT-0042,ou=Sales'
says 'Story'
ctl 3 device show LT-9999 -o json
fails_with ENR-319
ctl 3 device show 198.51.100.23
ctl 3 device show "x' OR '1'='1"
ctl 3 device show '*'

# Two devices of one e-mail: show prints both, a change wants one.
ctl 0 device add LT-0046 --identity andreas@contoso.test --password-out -
ctl 0 device show andreas@contoso.test -o json
valid device_list
ctl 4 device extend andreas@contoso.test --lifetime 2d -o json
fails_with ENR-320
errs LT-0046

# extend: longer once; the same again changes nothing.
ctl 0 device extend LT-0042 --lifetime 3d -n -o json
field .changed true
field .dry_run true
ctl 0 device extend LT-0042 --lifetime 3d -o json
valid device
field .changed true
ctl 0 device extend LT-0042 --lifetime 2d -o json
field .changed false
ctl 3 device extend LT-9999 --lifetime 1d
ctl 2 device extend LT-0042 --lifetime 365d

# reissue: a new password each time, in its one place.
ctl 2 device reissue LT-0042
errs ENR-806
ctl 2 device reissue LT-0042 --password-out "$pw"
errs ENR-805
ctl 0 device reissue LT-0042 --password-out "$CTL_DIR/new"
[ "$(cat "$CTL_DIR/new")" != "$password" ] || wrong "the same password again"
ctl 0 device reissue LT-0043 LT-0044 --password-out "$CTL_DIR/many" -o json
valid device_list
field .items.1.password null
[ "$(cut -d, -f1 "$CTL_DIR/many")" = $'LT-0043\nLT-0044' ] || wrong "not a line each"
# One of several is not there: none is touched.
ctl 3 device reissue LT-0043 LT-9999 --password-out "$CTL_DIR/none"
[ ! -e "$CTL_DIR/none" ] || wrong "a file stays behind"

# cancel: needs a yes; twice is once; a password again by reissue.
ctl 2 device cancel LT-0042
errs ENR-808
curl -s --unix-socket "$AGENT_SOCKET" -d '{"device": "LT-0042", "lifetime_s": 60}' \
	http://x/v1/device/cancel > "$CTL_DIR/out"
field .code '"ENR-803"'
ctl 0 device cancel LT-0042 -n -o json
field .dry_run true
field .state '"canceled"'
ctl 0 device show LT-0042 -o json
field .state '"pending"'
ctl 0 device cancel LT-0042 --yes -o json
valid device
field .changed true
ctl 0 device cancel LT-0042 --yes -o json
field .changed false
ctl 0 device cancel LT-0043 LT-0044 --yes -o jsonl
[ "$(wc -l < "$CTL_DIR/out")" = 2 ] || wrong "not two lines"
ctl 4 device extend LT-0042 --lifetime 1d -o json
fails_with ENR-321
# A dry run finds what the real one would find: that somebody else has the name by now, that nobody has more room.
ctl 0 device show LT-0043 -o json
old=$(member .enrollment | tr -d '"')
ctl 0 device reissue "$old" -n -o json
field .dry_run true
field .state '"pending"'
ctl 0 device show "$old" -o json
field .state '"canceled"'
ctl 0 device add LT-0043 --identity andreas@contoso.test --password-out -
for dry in -n -q; do
	ctl 4 device reissue "$old" $dry --password-out - -o json
	fails_with ENR-312
	ctl 1 device add LT-0099 --identity andreas@contoso.test $dry --password-out - -o json
	fails_with ENR-322
done
ctl 0 device cancel LT-0043 --yes
ctl 0 device reissue LT-0042 --password-out - -o json
field .state '"pending"'
ctl 4 device revoke LT-0042 --reason lost --yes
errs ENR-321

# profile show: each, all, and the document a device would get.
ctl 0 profile show -o json
valid profile_list
ctl 0 profile show default -o json
valid profile
ctl 0 profile show --device LT-0042 -o json
valid profile
ctl 0 profile show --device LT-0042
says '<wap-provisioningdoc version="1.1">'
says 'value="LT-0042"'
ctl 3 profile show nonsense
ctl 2 profile show default --device LT-0042
ctl 3 profile show --device LT-9999

# The rest that reads.
ctl 0 status -o json
valid status
field .you.role '"admin"'
field .directory.answers true
field .to_finish '[]'
ctl 0 status
says 'OpenLDAP'
ctl 0 config show -o json
valid config
ctl 0 config show --changed --origin
says "# $AGENT_CONF:"
case $OUT in *'# default'*'workers'*) wrong "shows what did not change" ;; esac
ctl 0 attempt list -o json
valid attempt_list
ctl 0 attempt list --code not-expected
ctl 3 attempt list --code nonsense
ctl 0 certificate list -o json
valid certificate_list
ctl 3 certificate list --serial 00
ctl 3 certificate list --device LT-9999
ctl 0 audit list -o json
valid audit_list
ctl 0 audit list --device LT-0042 --by root -o jsonl
valid audit
ctl 0 audit list --by nobody -o json
field .items '[]'
ctl 0 ca show --dir "$CTL_DIR/a/ca" -o json
valid ca
ctl 0 ca export --dir "$CTL_DIR/a/ca" -o json
valid ca_export

# No password is in the log, the store's files or the audit trail.
for p in "$password" "$(cat "$CTL_DIR/new")"; do
	if grep -rqF -e "$p" -e "${p//-/}" "$CTL_DIR/a"; then wrong "a password lies around"; fi
done
ctl_end
