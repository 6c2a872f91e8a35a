#!/bin/bash
# Parent and child of `enroll` under valgrind, through a whole membership and some failures: no invalid access, no leak.
# needs: asan-off
set -uo pipefail
. tests/behave/error.sh
command -v valgrind > /dev/null || { echo "valgrind is not installed"; exit 77; }
error_begin suffix=contoso.test
pre LT-1
machine LT-1
m=$d/LT-1
# The child may write no file, so both write to a pipe.
exec 9> >(cat > "$d/valgrind")
checked()
{
	local want=$1
	shift
	timeout 100 valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99 --log-fd=9 \
		"$AGENT_BIN/enroll" "$@" --root "$m" > "$d/out" 2> "$d/err" < /dev/null
	rc=$?
	[ $rc = "$want" ] && ok "$1: exit $rc" || wrong "$*: exit $rc, not $want: $(cat "$d/valgrind")"
}
checked 2 join "$IDENTITY" --server "$SERVER"
checked 1 join other@contoso.test --server "$SERVER" --password-file "$d/LT-1.pw"
checked 6 join "$IDENTITY" --server localhost:1 --password-file "$d/LT-1.pw"
rm "$m/etc/hostname"
mkdir "$m/etc/hostname"
checked 6 join "$IDENTITY" --server "$SERVER" --password-file "$d/LT-1.pw" -v
rmdir "$m/etc/hostname"
echo localhost > "$m/etc/hostname"
checked 0 join
checked 0 join "$IDENTITY" -o json
checked 4 join other@contoso.test
checked 0 status --check -o json
checked 0 show document
checked 0 show certificate
checked 0 show log
echo theirs > "$m/etc/hostname"
checked 6 leave --yes
rm "$m/etc/hostname.before-enroll"
checked 0 leave --yes -o json
checked 3 status
exec 9>&-
sleep 0.2
[ ! -s "$d/valgrind" ] || wrong "valgrind: $(head -c 4000 "$d/valgrind")"
error_end
