#!/bin/bash
# Every command there is, twice, in each format, without a terminal: the second run changes nothing, each document is as its
# schema says, nobody waits for an answer or sees a colour, and no password is in an argument, an environment, the log or the
# trail. A command without a row here is a failure.
# shellcheck source=tests/behave/ctl.sh
. tests/behave/ctl.sh
ctl_begin
mkfifo "$CTL_DIR/nobody"
exec 7<> "$CTL_DIR/nobody" # standard input of all: open, and nothing ever comes

# What the programs were called with, as long as they run, held against the passwords that were made so far.
cat > "$CTL_DIR/watch.py" <<'PY'
import glob, os, re, sys, time
folder, seen = sys.argv[1], 0
while True:
    secrets = [s for path in glob.glob(folder + "/pw.*") for s in re.findall(rb"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}", open(path, "rb").read())]
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            if not open(path).read().startswith("enroll"): continue
            for what in ("cmdline", "environ"):
                data = open(path[:-4] + what, "rb").read()
                seen += 1
                if any(s in data or s.replace(b"-", b"") in data for s in secrets): print("secret in", what, data, flush=True)
        except OSError: pass
    open(folder + "/seen.new", "w").write(str(seen))
    os.replace(folder + "/seen.new", folder + "/seen")
    time.sleep(0.01)
PY
python3 "$CTL_DIR/watch.py" "$CTL_DIR" > "$CTL_DIR/secrets" 2>&1 &
watch=$!
trap 'kill "$watch" 2> /dev/null; ctl_cleanup' EXIT

run() # RC WORD…
{
	local want=$1 rc
	shift
	CTL_LINE="enrollctl $*"
	timeout 30 "$CTL_BIN/enrollctl" "$@" <&7 > "$CTL_DIR/out" 2> "$CTL_DIR/err"
	rc=$?
	OUT=$(cat "$CTL_DIR/out")
	ERR=$(cat "$CTL_DIR/err")
	[ "$rc" != 124 ] || wrong "waits for an answer"
	[ "$rc" = "$want" ] || wrong "ends with $rc, not $want"
	case $OUT$ERR in *$'\033'*) wrong "a colour without a terminal" ;; esac
}
enroll() # NAME: that device enrolls
{
	mkdir -p "$CTL_DIR/$1/etc"
	echo blank > "$CTL_DIR/$1/etc/hostname"
	"$CTL_BIN/enroll" join andreas@contoso.test --server "$AGENT_NAME:$AGENT_PORT" --root "$CTL_DIR/$1" \
		--password-file "$CTL_DIR/pw.$1" < /dev/null > "$CTL_DIR/out" 2>&1 || { CTL_LINE="join"; OUT=$(cat "$CTL_DIR/out"); wrong "$1"; }
}

for name in E-1 E-2 E-3; do run 0 device add "$name" --identity andreas@contoso.test --password-out "$CTL_DIR/pw.$name"; done
enroll E-1
enroll E-2

# kind of the document | first exit | second exit | command; R reads, C changes (twice is once).
ca=(--dir "$CTL_DIR/ca2" --root-key "$CTL_DIR/root2.key" --root-key-plain --server-name x.contoso.test --suffix contoso.test
	--crl-url http://x.contoso.test/crl/devices.crl)
done=()
row() # KIND FIRST SECOND HOW WORD…
{
	local kind=$1 first=$2 second=$3 how=$4 f
	shift 4
	case $1 in status | explain) done+=("$1") ;; *) done+=("$1 $2") ;; esac
	if [ "$how" = R ]; then
		for f in json jsonl name table; do
			run "$first" "$@" -o $f
			[ "$first" != 0 ] || case $f in
			json) valid "$kind" ;;
			jsonl) [ -z "$OUT" ] || valid "${LINE:-${kind%_list}}" ;; # each line a document of its own
			esac
		done
		return
	fi
	run "$first" "$@" -n -o json
	[ "$first" != 0 ] || { valid "$kind" && field .dry_run true; }
	run "$first" "$@" -o json
	[ "$first" != 0 ] || { valid "$kind" && field .dry_run false && field .changed "${CHANGED:-true}"; }
	run "$second" "$@" -o json
	if [ "$second" = 0 ]; then
		field .changed false
		run 0 "$@"
		[ "$how" = S ] || says unchanged
	else
		silent
	fi
}
row status 0 0 R status
LINE=setting row config 0 0 R config show
row explanation 0 0 R explain ENR-602
row device 0 0 C device add E-4 --identity andreas@contoso.test --password-out "$CTL_DIR/pw.4"
row device_list 0 0 R device list
row device 0 0 R device show E-1
row device 0 2 C device reissue E-4 --password-out "$CTL_DIR/pw.4b"
row device 0 0 C device extend E-4 --lifetime 3d
row device 0 0 C device cancel E-4 --yes
row device 0 0 C device disable E-1 --yes
row device 0 0 C device enable E-1 --yes
row device 0 0 C device reimage E-2 --yes --password-out "$CTL_DIR/pw.2b"
row device 0 0 C device revoke E-1 --reason lost --yes
row device 0 0 C device remove E-1 --yes
row attempt_list 0 0 R attempt list
CHANGED=false row throttle 0 0 C throttle clear 192.0.2.1
LINE=right row delegation_plan 0 0 R delegation plan
run 2 delegation apply -o json # asks for an admin, and nobody is there
done+=('delegation apply')
LINE=finding row delegation 0 0 R delegation verify
row schema 0 0 R schema print
row profile_list 0 0 R profile show
row profile 0 0 R profile show --device E-2
row ca 0 4 C ca init "${ca[@]}"
row ca 0 0 R ca show --dir "$CTL_DIR/a/ca"
row ca_export 0 0 R ca export --dir "$CTL_DIR/a/ca"
row certificate_list 0 0 R certificate list
row audit_list 0 0 R audit list

"$CTL_BIN/enrollctl" --help | sed -nE 's/^  ([a-z]+( [a-z]+)?)( |$).*/\1/p' > "$CTL_DIR/all"
while read -r a b _; do
	case $a in status | explain) name=$a ;; *) name="$a $b" ;; esac
	case " ${done[*]/#/|}| " in *"|$name |"* | *"|$name|"*) ;; *) CTL_LINE=$name; wrong "has no row here" ;; esac
done < "$CTL_DIR/all"
CTL_LINE='all of them'
[ "$(wc -l < "$CTL_DIR/all")" -ge 26 ] || wrong "$(wc -l < "$CTL_DIR/all") commands in the help"

kill "$watch"
wait "$watch" 2> /dev/null
CTL_LINE='what was seen in /proc'
[ "$(cat "$CTL_DIR/seen")" -gt 100 ] || wrong "nobody watched: $(cat "$CTL_DIR/seen")"
[ ! -s "$CTL_DIR/secrets" ] || wrong "$(cat "$CTL_DIR/secrets")"
run 0 audit list -o json
cat "$AGENT_LOG" "$CTL_DIR/out" > "$CTL_DIR/told"
for f in "$CTL_DIR"/pw.*; do
	p=$(tail -n 1 "$f" | grep -oE '[0-9A-Z]{5}(-[0-9A-Z]{5}){3}') || wrong "no password in $f"
	if grep -qF -e "$p" -e "${p//-/}" "$CTL_DIR/told"; then wrong "a password in the log or in the trail"; fi
done
ctl_end
