#!/bin/bash
# A device that has enrolled: shown with object and certificate, found by serial number and attempt, switched
# off for good; with the directory away the certificate is revoked all the same, the rest later.
# shellcheck source=tests/behave/ctl.sh
. tests/behave/ctl.sh
ctl_begin

# enroll NAME: expected here, enrolled there, on a machine of its own.
enroll()
{
	ctl 0 device add "$1" --identity andreas@contoso.test --password-out "$CTL_DIR/$1.pw"
	mkdir -p "$CTL_DIR/$1/etc"
	echo blank > "$CTL_DIR/$1/etc/hostname"
	"$CTL_BIN/enroll" join andreas@contoso.test --server "$AGENT_NAME:$AGENT_PORT" --root "$CTL_DIR/$1" \
		--password-file "$CTL_DIR/$1.pw" > "$CTL_DIR/join.log" 2>&1 < /dev/null ||
		{ CTL_LINE="enroll join ($1)"; OUT=$(cat "$CTL_DIR/join.log"); ERR=$(tail -n 5 "$AGENT_LOG"); wrong "failed"; ctl_end; }
}
# At once: the list that was served until now is not kept.
on_crl()
{
	local i
	for i in 1 2 3; do
		crl | grep -q "$1" && return
		sleep 0.2
	done
	wrong "$1 is not on the CRL after $i looks"
}
crl() { curl -sf "http://$AGENT_NAME:$AGENT_CRL_PORT/crl/devices.crl" | openssl crl -inform DER -noout -text; }
state_in_directory()
{
	ldapsearch -LLL -x -H "$LDAPI_URI" -D "$ADMIN_DN" -w "$ADMIN_PW" -b "$DEVICES_DN" "(cn=$1)" enrolldState |
		sed -n 's/^enrolldState: //p'
}
enroll LT-1
enroll LT-2

# Enrolled: object and certificate are shown, and lead back to the device.
ctl 0 device show LT-1 -o json
valid device
field .state '"enrolled"'
field .object.enabled true
field .object.dn "\"cn=LT-1,$DEVICES_DN\""
field .certificates.0.state '"valid"'
field .last_failure null
serial=$(member .certificates.0.serial | tr -d '"')
sha256=$(member .certificates.0.sha256 | tr -d '"')
attempt=$(member .events "$CTL_DIR/out" | grep -o 'A-[0-9A-Z]*-[0-9A-Z]*' | head -n 1)
[ "$(openssl x509 -in "$CTL_DIR/LT-1/etc/enroll/device.pem" -noout -serial)" = "serial=$serial" ] ||
	wrong "another serial number than the device's"
[ "$(openssl x509 -in "$CTL_DIR/LT-1/etc/enroll/device.pem" -noout -fingerprint -sha256 | tr -d : | tr A-F a-f)" = \
	"sha256 fingerprint=$sha256" ] || [ "$(openssl x509 -in "$CTL_DIR/LT-1/etc/enroll/device.pem" -outform DER |
	sha256sum | cut -d' ' -f1)" = "$sha256" ] || wrong "another fingerprint than the device's"
for name in "$serial" "${serial,,}" "$attempt"; do
	ctl 0 device show "$name" -o name
	[ "$OUT" = LT-1 ] || wrong "$name is not LT-1"
done
ctl 0 device list --state enrolled -o name
[ "$(wc -l <<< "$OUT")" = 2 ] || wrong "not both"
ctl 0 device list --expiring 400d -o name
[ "$(wc -l <<< "$OUT")" = 2 ] || wrong "not both"
ctl 0 device list --expiring 30d -o name
[ -z "$OUT" ] || wrong "none ends so soon"
ctl 0 certificate list --device LT-1 -o name
[ "$OUT" = "$serial" ] || wrong "not its certificate"
ctl 0 certificate list -o json
valid certificate_list
ctl 0 attempt list -o json
valid attempt_list
ctl 0 audit list -o json
valid audit_list
ctl 0 status -o json
valid status
field .devices.enrolled 2
ctl 0 device show LT-1
says 'certificate until'
says "$serial   valid"
# What it got can be seen, secrets masked.
ctl 0 profile show --device LT-1 -o json
valid profile

# Only a pending password can be reissued, extended, canceled; the name is taken.
ctl 4 device reissue LT-1 --password-out -
ctl 4 device extend LT-1 --lifetime 1d
ctl 4 device cancel LT-1 --yes
ctl 4 device add LT-1 --password-out -

# revoke: asks; a dry run writes nothing; then it is done, published, and twice is once.
ctl 2 device revoke LT-1 --reason stolen
errs ENR-808
ctl 2 device revoke LT-1 --yes
errs '--reason'
ctl 0 device revoke LT-1 --reason stolen -n
says 'object        disabled  '
says 'would be'
ctl 0 device revoke LT-1 --reason stolen -n -o json
valid device
field .changed true
field .dry_run true
ctl 0 device show LT-1 -o json
field .state '"enrolled"'
crl | grep -q "$serial" && wrong "it is on the list already"
ctl 0 device revoke LT-1 --reason stolen --yes --note 'police report 77-12' -o json
valid device
field .changed true
field .state '"revoked"'
field .effect.certificates 1
field .effect.reason '"keyCompromise"'
field .effect.directory.0.work '"disable"'
field .effect.directory.0.result '"done"'
on_crl "$serial"
[ "$(state_in_directory LT-1)" = disabled ] || wrong "the object is enabled"
ctl 0 device revoke LT-1 --reason stolen --yes -o json
field .changed false
ctl 0 device show LT-1 -o json
valid device
field .certificates.0.state '"revoked"'
field .certificates.0.revoked_reason '"keyCompromise"'
field .object.enabled false
ctl 0 certificate list --revoked -o name
[ "$OUT" = "$serial" ] || wrong "not the revoked one"
ctl 0 audit list --device LT-1 -o json
case $OUT in *'police report 77-12'*) ;; *) wrong "the note is not in the audit trail" ;; esac

# With the directory away: the certificate is revoked, the command ends with 6, status says what is left; once
# it is back the rest is done without anybody asking.
ctl 0 device show LT-2 -o json
serial=$(member .certificates.0.serial | tr -d '"')
slapd_stop "$CTL_DIR/s"
crl | grep -q "$serial" && wrong "it is on the list already"
ctl 6 device revoke LT-2 --reason retired --yes -o json
fails_with ENR-601
on_crl "$serial"
ctl 0 device show LT-2 -o json
field .object.enabled true
ctl 0 status -o json
valid status
field .to_finish.0.device '"LT-2"'
field .to_finish.0.work '"disable"'
field .directory.answers false
ctl 0 status
says 'To finish'
ctl 6 device add LT-3 --password-out - -o json
fails_with ENR-601
slapd_again "$CTL_DIR/s" || wrong "slapd does not start again"
for _ in $(seq 120); do [ "$(state_in_directory LT-2)" != disabled ] || break; sleep 0.5; done
[ "$(state_in_directory LT-2)" = disabled ] || wrong "the object is never disabled"
for _ in $(seq 20); do
	ctl 0 status -o json
	[ "$(member .to_finish)" != '[]' ] || break
	sleep 0.5
done
field .to_finish '[]'

ctl 0 device show LT-2 -o json
field .object.enabled false

# The object still stands, so the name is taken: removing it is a decision of its own.
ctl 4 device add LT-1 --password-out - -o json
fails_with ENR-312

# What somebody took out of the directory was not deleted by us, and that is said.
ldapdelete -x -H "$LDAPI_URI" -D "$ADMIN_DN" -w "$ADMIN_PW" "cn=LT-2,$DEVICES_DN"
ctl 0 device remove LT-2 --yes -o json
valid device
field .effect.directory.0.result '"no object"'
ctl_end
