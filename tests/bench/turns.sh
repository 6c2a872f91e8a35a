# shellcheck shell=bash
# What run.sh and beside.sh share: enrollments and the directory loaded directly, turn by turn. To be sourced, from the
# root of the tree, on top of agent.sh, when a directory and an agent stand. N devices, THREADS at a time, in ROUNDS
# turns, JOINS whole processes; figures are lines "TURN NAME VALUE" of FIGURES, which ratios.py makes ratios of.
#
#	turns_of DIRECTORY [DIRECTORY_PID]	all but the single processes; WRITES: ways of loading, "1" or "1 2"
#	one TURN NAME COMMAND…			how long one process takes, in microseconds
#	expect_join I, enroll_join I		a device of its own, as a person would enroll it
#
# BENCH_URI BENCH_BIND_DN BENCH_BIND_PW_FILE BENCH_LDAP_CA BENCH_OU BENCH_SUFFIX BENCH_FLAVOUR [BENCH_REALM] name the directory.

BENCH_IDENTITY=bench@contoso.test
N=${N:-500} THREADS=${THREADS:-4} ROUNDS=${ROUNDS:-5} JOINS=${JOINS:-7}
for number in "$N" "$THREADS" "$ROUNDS" "$JOINS"; do
	[[ $number =~ ^[1-9][0-9]{0,4}$ ]] || { echo "bench: N, THREADS, ROUNDS and JOINS are numbers from 1 on" >&2; exit 2; }
done
[ "$ROUNDS" -le "$N" ] || ROUNDS=$N
[ "$THREADS" -le 64 ] || { echo "bench: at most 64 THREADS" >&2; exit 2; }

# The device that NAME stands for is expected: "NAME PASSWORD".
expect_one()
{
	printf '%s %s\n' "$1" "$(enrollctl device add "$1" --identity "$BENCH_IDENTITY" --password-out - -q -o json |
		sed -n 's/.*"password": *"\([^"]*\)".*/\1/p')"
}

# run TURN MODE LIST: bench over the devices of LIST, its figures as those of MODE.
run()
{
	local figures
	figures=$(BENCH_DEVICES=$3 bench "${2%%[0-9]*}") || return 1
	[ "$1" = 0 ] || sed "s/^/$1 $2_/" <<< "$figures" >> "$FIGURES"
}

# load TURN WRITES LIST: the same names but for their first letters, so that the entries are as long.
load()
{
	sed "s/^BENCH/LOAD$2/" "$3" > "$3.load"
	BENCH_WRITES=$2 run "$1" "direct$2" "$3.load"
}

# turn I LIST: one after the other; each second turn the other way round.
turn()
{
	local i=$1 list=$2 w
	if ((i % 2)); then
		for w in $WRITES; do load "$i" "$w" "$list"; done
		run "$i" enroll "$list"
	else
		run "$i" enroll "$list"
		for w in $WRITES; do load "$i" "$w" "$list"; done
	fi
	run "$i" crypto "$list"
}

turns_of()
{
	local each=$((N / ROUNDS)) warm=$((2 * THREADS)) i
	N=$((each * ROUNDS))
	FIGURES=$T/figures
	BENCH_SERVER=$AGENT_NAME BENCH_ADDRESS=127.0.0.1 BENCH_PORT=$AGENT_PORT BENCH_CA=$T/ca BENCH_THREADS=$THREADS
	BENCH_CRL=$(sed -n 's/^crl-url = //p' "$AGENT_CONF")
	BENCH_WATCH="front:$AGENT_FRONT core:$AGENT_CORE ${2:+directory:$2}"
	export BENCH_IDENTITY BENCH_SERVER BENCH_ADDRESS BENCH_PORT BENCH_CA BENCH_THREADS BENCH_CRL BENCH_WATCH
	echo "$1: expecting $N devices of one identity"
	for i in $(seq -f 'BENCH-%05g' $((N + warm))); do expect_one "$i"; done > "$T/devices"
	[ "$(awk 'NF == 2' "$T/devices" | wc -l)" = $((N + warm)) ] || { echo "bench: not every device has a password" >&2; return 1; }
	tail -n "$warm" "$T/devices" > "$T/turn.0"
	turn 0 "$T/turn.0" # what warms up counts for neither
	for i in $(seq "$ROUNDS"); do
		sed -n "$(((i - 1) * each + 1)),$((i * each))p" "$T/devices" > "$T/turn.$i"
		turn "$i" "$T/turn.$i"
	done
	for i in $WRITES; do bench same BENCH-00001 "LOAD$i-00001"; done
	printf '0 %s %s\n' devices "$N" turns "$ROUNDS" connections "$THREADS" cores "$(nproc)" \
		front_peak_kb "$(awk '/^VmHWM/ { print $2 }' "/proc/$AGENT_FRONT/status")" \
		core_peak_kb "$(awk '/^VmHWM/ { print $2 }' "/proc/$AGENT_CORE/status")" >> "$FIGURES"
}

one()
{
	local i=$1 what=$2 begin end
	shift 2
	begin=${EPOCHREALTIME/[.,]/}
	"$@" > "$T/one.out" 2>&1 < /dev/null || { echo "bench: $what:" >&2; cat "$T/one.out" >&2; return 1; }
	end=${EPOCHREALTIME/[.,]/}
	echo "$i ${what}_us $((end - begin))" >> "$FIGURES"
}

expect_join()
{
	expect_one "JOIN-$1" | sed 's/.* //' > "$T/join-$1.pw"
	chmod 600 "$T/join-$1.pw"
	mkdir -p "$T/join-$1/etc"
	echo localhost > "$T/join-$1/etc/hostname"
}

enroll_join()
{
	enroll join "$BENCH_IDENTITY" --root "$T/join-$1" --server "$AGENT_NAME:$AGENT_PORT" --login none \
		--password-file "$T/join-$1.pw"
}

# as_agent COMMAND…: an LDAP command logged in as the agent is.
as_agent()
{
	local command=$1 tls=()
	shift
	[[ $BENCH_URI == ldaps:* ]] || tls=(-ZZ)
	LDAPTLS_CACERT=$BENCH_LDAP_CA "$command" -x "${tls[@]}" -H "$BENCH_URI" -D "$BENCH_BIND_DN" -y "$BENCH_BIND_PW_FILE" "$@"
}

# joins_beside_ldapadd: by turns a device that enrolls, and its very entry added under another name.
joins_beside_ldapadd()
{
	local i
	for i in $(seq "$JOINS"); do
		expect_join "$i"
		one "$i" enroll_join enroll_join "$i"
		as_agent ldapsearch -LLL -o ldif-wrap=no -b "cn=JOIN-$i,$BENCH_OU" -s base > "$T/join.ldif"
		sed "s/JOIN-$i\b/ADDS-$i/; s/join-$i\b/adds-$i/" "$T/join.ldif" > "$T/adds.ldif"
		one "$i" ldapadd as_agent ldapadd -f "$T/adds.ldif"
	done
}
