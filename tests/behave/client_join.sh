#!/bin/bash
# The life of a membership in a throw-away root, against a real server: dry run, join, join again, status, show, leave
# byte for byte; killed and interrupted anywhere it goes on with the same key; prompts at a terminal; where the password
# may come from; another enroll at the same time.
set -uo pipefail
. tests/behave/error.sh
error_begin suffix=contoso.test http_lines='failure-limit = 100000'
m=
# fresh NAME: a machine with some history, and a picture of it.
fresh()
{
	m=$d/$1
	mkdir -p "$m/etc" "$m/usr/share"
	echo blank > "$m/etc/hostname"
	chmod 640 "$m/etc/hostname"
	printf '127.0.0.1\tlocalhost\n' > "$m/etc/hosts"
	touch -d '2020-02-02 02:02:02.123456789' "$m/etc/hostname" "$m/etc/hosts"
	picture > "$d/picture"
}
picture() { (cd "$m" && find . -type f -printf '%p %m %u %g %T@ ' -exec sha256sum '{}' ';' -o -printf '%p %m %u %g\n' | sort); }
restored()
{
	if picture | diff "$d/picture" - > "$d/difference"; then
		ok "$1: the machine is as it was, byte for byte"
	else
		wrong "$1: $(cat "$d/difference")"
	fi
}
enroll() { "$AGENT_BIN/enroll" "$1" --root "$m" "${@:2}"; }
exec_enroll() { exec "$AGENT_BIN/enroll" "$1" --root "$m" "${@:2}"; } # in the background: $! is the program itself
key() { sha256sum < "$m/etc/enroll/device.key"; }
json() { python3 -c "import json,sys; o=json.load(open('$d/out')); assert $1, o" || wrong "JSON: $1"; }
# of KIND: the document is that one, and as its schema has it.
of() { python3 tests/behave/json_valid.py "$1" < "$d/out" || wrong "not as schema/json/$1.json has it"; }

echo "== a dry run"
pre LT-1
fresh LT-1
is 0 enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-1.pw" --dry-run -o json
json "o['dry_run'] and o['changed'] and o['state'] == 'none'"
of join
restored "dry run"
is 3 enroll status
says ENR-501
is 3 enroll status -o json
[ ! -s "$d/out" ] && mv "$d/err" "$d/out" && of error

echo "== join"
is 0 enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-1.pw" -o json
json "o['kind'] == 'join' and o['version'] == 1 and o['changed'] and o['state'] == 'enrolled' and not o['reboot']"
json "o['name'] == 'LT-1' and o['identity'] == '$IDENTITY' and o['attempt'].startswith('A-')"
of join
json "[a['result'] for a in o['applied'] if a['section'] == 'VPN'] == ['absent']"
json "o['domain']['dns'] == 'contoso.test' and o['certificate']['file'] == '/etc/enroll/device.pem'"
[ ! -s "$d/err" ] || wrong "something on standard error"
[ "$(cat "$m/etc/hostname")" = lt-1.contoso.test ] || wrong "host name: $(cat "$m/etc/hostname")"
openssl verify -x509_strict -purpose sslclient -CAfile "$m/etc/enroll/root.pem" -untrusted "$m/etc/enroll/device.pem" \
	"$m/etc/enroll/device.pem" > /dev/null || wrong "the chain"
[ "$(openssl pkey -in "$m/etc/enroll/device.key" -pubout)" = "$(openssl x509 -in "$m/etc/enroll/device.pem" -noout -pubkey)" ] ||
	wrong "the certificate is for another key"
[ "$(stat -c %a "$m/etc/enroll/device.key" "$m/etc/enroll/provisioning.xml" | tr '\n' ' ')" = "600 600 " ] || wrong "modes"
xmllint --noout --relaxng schema/wap-provisioningdoc.rng "$m/etc/enroll/provisioning.xml" 2> /dev/null || wrong "the document"

echo "== join again, with the same words and with others"
joined_picture=$(picture)
is 0 enroll join "$IDENTITY" --server "$SERVER"
says 'already a member as LT-1'
is 0 enroll join "$IDENTITY" -o json
json "o['changed'] is False and o['name'] == 'LT-1'"
of join
is 0 enroll join
is 4 enroll join other@contoso.test
says ENR-401 'enroll leave'
is 4 enroll join "$IDENTITY" --server elsewhere.contoso.test
[ "$joined_picture" = "$(picture)" ] || wrong "joining again changed something"

echo "== status and show"
is 0 enroll status --check
says 'LT-1 in contoso.test' 'certificate +ok' 'files +ok' 'key +ok'
is 0 enroll status --check -o json
json "all(c['result'] == 'ok' for c in o['checks']) and o['state'] == 'enrolled'"
of membership
for what in document:document certificate:certificate_chain root:root log:log; do
	is 0 enroll show "${what%:*}" -o json
	of "${what#*:}"
done
is 0 enroll show document
says EncodedCertificate LT-1
grep -q "$(openssl x509 -in "$m/etc/enroll/device.pem" -outform der | base64 -w0 | head -c 200)" "$d/out" && wrong "not shortened"
is 0 enroll show certificate -o json
json "o['certificates'][0]['subject'].find('LT-1') > 0"
is 0 enroll show root
says 'BEGIN CERTIFICATE'
is 0 enroll show log
says 'joined as LT-1'
is 2 enroll show other
cp "$m/etc/hosts" "$d/hosts"
echo '192.0.2.1 theirs' >> "$m/etc/hosts"
is 1 enroll status --check
says '/etc/hosts is not as it was written'

echo "== leave"
is 2 enroll leave
says ENR-808 -- '--yes'
is 0 enroll leave --dry-run
says 'put back /etc/hostname'
is 0 enroll leave --dry-run -o json
of leave
is 6 enroll leave --yes
says revoked ENR-409 '/etc/hosts' 'hosts\.before-enroll'
grep -q theirs "$m/etc/hosts" || wrong "somebody else's line is gone"
is 3 enroll status
is 4 enroll join "$IDENTITY"
mv "$m/etc/hosts.before-enroll" "$m/etc/hosts"
is 0 enroll leave --yes
says 'as it was before'
restored "leave"
is 0 enroll leave --yes -o json
json "o['changed'] is False"
is 1 enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-1.pw"
says ENR-206

echo "== killed anywhere, it goes on with the same key"
pre LT-2
fresh LT-2
first=
for ((i = 0; i < 60; i++)); do
	exec_enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-2.pw" > "$d/out" 2> "$d/err" &
	pid=$!
	sleep "0.$(printf %03d $((i * 5 + RANDOM % 40)))" # later each time, so that a slow machine ends too
	kill -KILL $pid 2> /dev/null
	wait $pid 2> /dev/null
	if [ -e "$m/etc/enroll/device.key" ]; then
		[ -n "$first" ] || first=$(key)
		[ "$first" = "$(key)" ] || wrong "another key after a kill"
	fi
	[ ! -e "$m/etc/enroll/state.json" ] || break
done
is 0 enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-2.pw"
is 0 enroll status --check
[ "$first" = "$(key)" ] || wrong "another key at the end"
ok "joined after $((i + 1)) tries"
is 0 ctl device show LT-2 -o json
json "o['state'] == 'enrolled' and len(o['certificates']) == 1"
serial=$(openssl x509 -in "$m/etc/enroll/device.pem" -noout -serial)
json "o['certificates'][0]['serial'] == '${serial#*=}'"
for ((i = 0; i < 20; i++)); do
	exec_enroll leave --yes > "$d/out" 2> "$d/err" &
	pid=$!
	sleep "0.0$(printf %02d $((RANDOM % 40)))"
	kill -KILL $pid 2> /dev/null
	wait $pid 2> /dev/null
done
is 0 enroll leave --yes
restored "killed while leaving"
mkdir "$m/etc/enroll" # what a leave leaves that is killed right before its very end
is 0 enroll leave --yes
restored "killed before the folder went"
is 0 enroll leave --yes -o json
json "o['changed'] is False"

echo "== at a terminal: a typing mistake is caught, nothing is echoed, ^C ends with 130"
pre LT-3
fresh LT-3
cat > "$d/ask.exp" <<-'END'
	set timeout 60
	set password [string trim [read [open [lindex $argv 0]]]]
	set wrong [string map {0 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9 A A B B C C D D E E F F G G H H J J K K M M N N P P Q Q R R S S T T V V W W X X Y Y Z Z 0} [string index $password 0]][string range $password 1 end]
	spawn {*}[lrange $argv 1 end]
	expect "Enrollment password:" { send "$wrong\r" } timeout { exit 90 }
	expect "ENR-201" {} timeout { exit 91 }
	expect "Enrollment password:" { send "\x03" } timeout { exit 92 }
	expect eof
	lassign [wait] a b c code
	if {$code != 130} { exit 93 }
	spawn {*}[lrange $argv 1 end]
	expect "Enrollment password:" { send "[string tolower $password]\r" } timeout { exit 94 }
	expect eof
	lassign [wait] a b c code
	exit $code
END
is 0 expect "$d/ask.exp" "$d/LT-3.pw" "$AGENT_BIN/enroll" join "$IDENTITY" --root "$m" --server "$SERVER"
says 'This machine is LT-3 in contoso.test' 'Nothing was sent|password-typo'
grep -qiF "$(cat "$d/LT-3.pw")" "$d/out" && wrong "the password is echoed"
is 0 enroll status
cat > "$d/leave.exp" <<-'END'
	set timeout 30
	spawn {*}$argv
	expect "to go ahead: " { send "lt-4\r" } timeout { exit 90 }
	expect "ENR-810" {} timeout { exit 91 }
	expect eof
	spawn {*}$argv
	expect "to go ahead: " { send "lt-3\r" } timeout { exit 92 }
	expect eof
	lassign [wait] a b c code
	exit $code
END
is 0 expect "$d/leave.exp" "$AGENT_BIN/enroll" leave --root "$m"
restored "leave at a terminal"

echo "== where the password comes from"
pre LT-4
fresh LT-4
is 2 enroll join "$IDENTITY" --server "$SERVER"
says ENR-213 -- '--password-file'
tr 0-9 1-90 < "$d/LT-4.pw" | tr A-F B-FA > "$d/typo"
is 2 enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/typo"
says ENR-201
is 2 enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/not-there"
mkdir -p "$d/credentials" "$m/etc/enroll"
cp "$d/LT-4.pw" "$d/credentials/enroll.password"
printf '[enroll]\nidentity = %s\nserver = %s\n' "$IDENTITY" "$SERVER" > "$m/etc/enroll/enroll.conf"
picture > "$d/picture"
CREDENTIALS_DIRECTORY=$d/credentials is 0 enroll join
is 0 enroll leave --yes
restored "a folder with a configuration of its own"
pre LT-5
"$AGENT_BIN/enroll" join --root "$m" --password-file - < "$d/LT-5.pw" > "$d/out" 2> "$d/err"
[ $? = 0 ] && ok "from standard input" || wrong "from standard input"
is 0 enroll leave --yes

echo "== two at a time; a key the server does not take"
pre LT-6
flock "$m/etc/enroll" "$AGENT_BIN/enroll" join --root "$m" --password-file "$d/LT-6.pw" > "$d/out" 2> "$d/err" < /dev/null
rc=$?
[ $rc = 6 ] && grep -q ENR-408 "$d/err" && ok "a second enroll is kept out" || wrong "a second enroll: exit $rc"
is 0 enroll join --password-file "$d/LT-6.pw" --key-type rsa2048 -v
says 'protocol version 1, attempt A-' 'rsa2048 key' 'section Enrolld.DeviceName'
openssl x509 -in "$m/etc/enroll/device.pem" -noout -text | grep -q 'Public-Key: (2048 bit)' || wrong "the key's type"
is 0 enroll leave --yes
restored "RSA key"

echo "== at first boot the server may come later than the device"
pre LT-7
agent_stop
enroll join --password-file "$d/LT-7.pw" --retry 60s > "$d/out" 2> "$d/err" < /dev/null &
pid=$!
sleep 1
agent_start "$d/agent" || wrong "the server does not start again"
wait $pid
rc=$?
[ $rc = 0 ] && grep -q 'trying again in' "$d/out" && ok "--retry waits for the server" || wrong "--retry: exit $rc"

echo "== killed before anything was noted; and left before the answer came"
pre LT-9
fresh LT-9
mkdir "$m/etc/enroll"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$m/etc/enroll/device.key" 2> /dev/null
chmod 600 "$m/etc/enroll/device.key"
first=$(key)
is 0 enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-9.pw"
[ "$first" = "$(key)" ] || wrong "another key"
is 0 enroll leave --yes
restored "a key without a word"
mkdir "$m/etc/enroll"
echo key > "$m/etc/enroll/device.key"
is 0 enroll leave --yes
[ ! -e "$m/etc/enroll/device.key" ] || wrong "the key is still there"
rmdir "$m/etc/enroll" 2> /dev/null
restored "left without a word"
pre LT-10
admin ldapadd > /dev/null <<< "dn: cn=LT-10,$DEVICES_DN
objectClass: device
cn: LT-10"
is 4 enroll join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-10.pw"
says ENR-312
admin ldapdelete "cn=LT-10,$DEVICES_DN"
is 3 enroll status
says 'was begun'
is 2 enroll leave
says ENR-808
is 0 enroll leave --yes
restored "left when it was asked for"

echo "== a child knows no secret, may do nothing, and cannot gain"
fresh LT-10
rm "$m/etc/hostname"
mkdir "$m/etc/hostname"
children() { python3 tests/behave/children.py "$d/secrets" "$AGENT_BIN/enroll" "$1" --root "$m" "${@:2}"; }
# all_harmless COUNT: so many children, or more, each as it should be.
all_harmless()
{
	grep -o 'child .*' "$d/out" > "$d/children"
	[ "$(wc -l < "$d/children")" -ge "$1" ] || wrong "fewer than $1 children were seen"
	if grep -vE "^child nobody rights=none gains=no fds=0,1,2,3[0-9,]* secrets=none$" "$d/children" > "$d/difference"; then
		wrong "a child: $(cat "$d/difference")"
	fi
}
tr -d '\n' < "$d/LT-10.pw" | od -An -v -tx1 | tr -d ' \n' > "$d/secrets"
echo >> "$d/secrets"
tr -d '\n-' < "$d/LT-10.pw" | od -An -v -tx1 | tr -d ' \n' >> "$d/secrets"
echo >> "$d/secrets"
is 6 children join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-10.pw"
says ENR-402
[ "$(id -u)" != 0 ] || all_harmless 2
python3 - "$m/etc/enroll" >> "$d/secrets" << 'END' || wrong "no key to the secrets"
import base64, json, subprocess, sys
print(base64.b64decode(json.load(open(sys.argv[1] + "/join.state"))["secret_key"]).hex())
text = subprocess.run(["openssl", "pkey", "-in", sys.argv[1] + "/device.key", "-noout", "-text"], capture_output=True,
                      text=True, check=True).stdout
print("".join(text.split("priv:")[1].split("pub:")[0].replace(":", "").split())[-64:])
END
is 6 children join
[ "$(id -u)" != 0 ] || all_harmless 1
is 0 children leave --yes
[ "$(id -u)" != 0 ] || all_harmless 1
says revoked
error_end
