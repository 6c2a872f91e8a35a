#!/bin/bash
# What enrollctl does without enrolld: help, explain, the schema, and errors in both forms with their exit
# status.
# shellcheck source=tests/behave/ctl.sh
. tests/behave/ctl.sh
ctl_folder
unset ENROLLCTL_AGENT

# Alone, or with a noun alone, it prints help and ends with 2; asked for help, with 0.
ctl 2
errs 'device add NAME'
ctl 2 device
errs 'device revoke DEVICE...'
case $ERR in *'audit list'*) wrong "help of a noun names another" ;; esac
ctl 0 --help
says 'enrollctl [NOUN] VERB --help'
ctl 0 --version
says enrollctl

# Every command of the help has help of its own, which ends with two examples.
"$CTL_BIN/enrollctl" --help | sed -n 's/^  \([a-z ]*[a-z]\)  *.*/\1/p' | cut -c1-28 > "$CTL_DIR/names"
n=0
while read -r a b _; do
	words=("$a")
	case $b in [a-z]*) [ "$a $b" = "$a" ] || words+=("$b") ;; esac
	case $a in status | explain) words=("$a") ;; esac
	ctl 0 "${words[@]}" --help
	says 'Least role:'
	[ "$(sed -n '/^Examples$/,$p' <<< "$OUT" | grep -c '^  enrollctl ')" = 2 ] || wrong "not two examples"
	n=$((n + 1))
done < "$CTL_DIR/names"
[ "$n" -ge 18 ] || wrong "only $n commands in the help"

# Commands that are not built do not show.
ctl 2 setup
ctl 2 doctor
ctl 2 device reimage X

# Misspelt words are named, with the nearest known one.
ctl 2 device shwo LT-1
silent
errs 'did you mean device show?'
errs '[ENR-803 usage]'
ctl 2 device list --sate pending
errs 'did you mean --state?'
ctl 2 device show
ctl 2 device show A B
ctl 2 device list --state nonsense
ctl 2 device extend X --lifetime 8
ctl 2 device shwo LT-1 -o json
fails_with ENR-803

# explain: by code, number and word, all codes of the table; unknown ones end with 3.
ctl 0 explain ENR-602
says 'create-denied'
ctl 0 explain create-denied -o json
valid explanation
field .code '"ENR-602"'
ctl 3 explain ENR-999
ctl 3 explain nonsense -o json
fails_with ENR-909
for code in $(sed -n 's/^X([A-Z_]*, \([0-9]*\),.*/\1/p' lib/base/codes.def); do
	ctl 0 explain "$code" -o jsonl
	echo "$OUT" >> "$CTL_DIR/all"
done
cp "$CTL_DIR/all" "$CTL_DIR/out"
CTL_LINE='enrollctl explain, each code'
valid explanation

# The LDAP schema, as the file has it.
ctl 0 schema print
cmp -s "$CTL_DIR/out" schema/openldap/enrolld.ldif || wrong "differs from the file"
ctl 0 schema print --format schema
cmp -s "$CTL_DIR/out" schema/openldap/enrolld.schema || wrong "differs from the file"
ctl 0 schema print --flavour 389ds
cmp -s "$CTL_DIR/out" schema/389ds/99enrolld.ldif || wrong "differs from the file"
ctl 0 schema print --flavour ad
[ ! -s "$CTL_DIR/out" ] || wrong "Active Directory needs no schema"
ctl 2 schema print --flavour 389ds --format schema
ctl 0 schema print -o json
valid schema

# No enrolld: exit 6, nothing was sent; an address of another kind is a wrong command line.
ctl 6 status --agent "unix:$CTL_DIR/nothing"
errs '[ENR-904 agent-not-running]'
errs 'No such file or directory'
ctl 6 device list --agent "unix:$CTL_DIR/nothing" -o json
fails_with ENR-904
ctl 2 status --agent "$CTL_DIR/nothing"
ctl 2 status --agent tcp:127.0.0.1
ENROLLCTL_AGENT=unix:$CTL_DIR/nothing ctl 6 status

# Something else on the socket is not enrolld; one that says nothing is waited for as long as asked.
python3 - "$CTL_DIR/other" "$CTL_DIR/mute" <<-'PY' &
	import socket, sys, threading
	def serve(path, answer):
	    s = socket.socket(socket.AF_UNIX)
	    s.bind(path)
	    s.listen()
	    held = []
	    while True:
	        c, _ = s.accept()
	        held.append(c)
	        c.recv(65536)
	        if answer:
	            c.sendall(answer)
	            c.close()
	threading.Thread(target=serve, args=(sys.argv[1], b"HTTP/1.1 200 OK\r\n\r\nhello"), daemon=True).start()
	serve(sys.argv[2], b"")
PY
other=$!
for _ in $(seq 600); do [ -S "$CTL_DIR/mute" ] && [ -S "$CTL_DIR/other" ] && break; sleep 0.05; done
ctl 6 status --agent "unix:$CTL_DIR/other"
errs 'is not enrolld'
ctl 6 status --agent "unix:$CTL_DIR/mute" --timeout 1s
errs 'the request was sent'

# Interrupted: 130, and the reserved password file is gone.
"$CTL_BIN/enrollctl" device add LT-1 --password-out "$CTL_DIR/pw" --agent "unix:$CTL_DIR/mute" < /dev/null \
	> "$CTL_DIR/out" 2> "$CTL_DIR/err" &
pid=$!
for _ in $(seq 600); do [ -e "$CTL_DIR/pw" ] && break; sleep 0.05; done
[ -e "$CTL_DIR/pw" ] || wrong "the file was not reserved before asking"
sleep 0.3
kill -TERM "$pid"
wait "$pid"
rc=$?
[ "$rc" = 130 ] || wrong "interrupted, it ends with $rc"
[ ! -e "$CTL_DIR/pw" ] || wrong "an empty password file stays behind"
kill "$other"

# Questions are not asked without a terminal, and nothing is asked of the server then.
ctl 2 device add LT-1 --agent "unix:$CTL_DIR/nothing"
errs 'ENR-806'
ctl 2 device add LT-1 -o name --password-out - --agent "unix:$CTL_DIR/nothing"
ctl 2 device extend LT-1
ctl 2 device revoke LT-1
ctl 2 device add LT-1 --vpn --no-vpn --password-out -
ctl_end
