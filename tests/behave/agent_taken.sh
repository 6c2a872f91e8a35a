#!/bin/bash
# A front that was taken over, and a user of this machine who means harm: what they must not gain.  The front is
# stopped, and this script speaks for it on its channel to the parent.
# needs: asan-off
set -uo pipefail
. tests/behave/agent.sh
[ "$(id -u)" = 0 ] || { echo "needs root, to be others"; exit 77; }
d=$(mktemp -d /tmp/e.XXXXXX)
trap agent_clean_up EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); }
front_is_new() { AGENT_FRONT=$(agent_child "$AGENT_PID" front); [ -n "$AGENT_FRONT" ] && [ "$AGENT_FRONT" != "$1" ]; }

cat > "$d/front.py" <<'PY'
import ctypes, os, signal, socket, struct, sys, time
parent, front, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall(438, os.pidfd_open(front), 3, 0)  # pidfd_getfd of CHANNEL_FD
if fd < 0: sys.exit("no channel: %s" % os.strerror(ctypes.get_errno()))
channel = socket.socket(fileno=fd)
os.kill(front, signal.SIGSTOP)
if sys.argv[4] == "reload": os.kill(parent, signal.SIGHUP)
end = time.time() + seconds
while time.time() < end:
    try:
        for kind in (9, 8, 10):  # CHANNEL_FAILED, READY, RELOAD: struct wire of agent/channel.c
            channel.send(struct.pack("=II704s", kind, 901, b"I go, wait"))
    except OSError:
        pass
    try:
        if open("/proc/%d/stat" % front).read().split()[2] == "Z": sys.exit(0)
    except OSError:
        sys.exit(0)
    time.sleep(0.2)
os.kill(front, signal.SIGCONT)
sys.exit("it lives on after %g s" % seconds)
PY

cat > "$d/crowd.py" <<'PY'
import os, select, socket, sys, time
path, held, parent = sys.argv[1], [], os.getpid()
for uid in range(200000, 200024):
    if os.fork() == 0:
        os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
        while os.getppid() == parent:  # whoever is cut comes again
            while len(held) < 16:
                s = socket.socket(socket.AF_UNIX); s.connect(path); held.append(s)
            held = [s for s in held if not select.select([s], [], [], 0)[0]]
            os.write(1, b"held\n" if len(held) == 16 else b"some\n")
            time.sleep(0.1)
        os._exit(0)
time.sleep(60)
PY

agent_make "$d" || exit 1
agent_start "$d" || exit 1

front=$AGENT_FRONT
python3 "$d/front.py" "$AGENT_PID" "$front" 12 stay || wrong "a front that says it failed stays by saying it again"
[ "$(grep -c "child-failed pid=$front " "$AGENT_LOG")" = 1 ] || wrong "it fills the log: $(grep -c child-failed "$AGENT_LOG") lines"
agent_wait 10 front_is_new "$front" || wrong "no new front"

front=$AGENT_FRONT
before=$(agent_count 'reload done')
python3 "$d/front.py" "$AGENT_PID" "$front" 12 reload || wrong "a front that is to go stays by saying it failed"
agent_wait 10 agent_has_more 'reload done' "$before" || wrong "a front stops a reload"
agent_find_children

# What no front sends ends its pipe; a new front takes its place, and devices are answered again.
cat > "$d/pipe.py" <<'PY'
import ctypes, os, socket, sys
libc, pid = ctypes.CDLL(None), os.pidfd_open(int(sys.argv[1]))
for n in range(4, 64):
    fd = libc.syscall(438, pid, n, 0)
    if fd < 0: continue
    try:
        s = socket.socket(fileno=fd)
        if s.family == socket.AF_UNIX and s.type & 15 == socket.SOCK_STREAM:
            s.send(b"\xff" * 64); sys.exit(0)
    except OSError:
        pass
sys.exit("no pipe")
PY
answers() { [ "$(agent_discovery | agent_status -H "Content-Type: $AGENT_TYPE" --data-binary @- "$AGENT_URL/enroll/discovery")" = 200 ]; }
front=$AGENT_FRONT
agent_wait 10 answers || wrong "no answer before"
python3 "$d/pipe.py" "$front" || wrong "no bad frame sent"
agent_wait 10 front_is_new "$front" || wrong "a front whose pipe was cut stays"
agent_wait 10 answers || wrong "devices are not answered after a bad frame"

# Two dozen uids, as one user may have them in a user namespace, hold all connections of the control socket.
python3 "$d/crowd.py" "$AGENT_SOCKET" > "$d/crowd" 2>&1 &
crowd=$!
held() { [ "$(grep -c held "$d/crowd")" -ge 160 ]; } # ten rounds of sixteen whole uids
agent_wait 30 held || wrong "the crowd did not get in: $(sort "$d/crowd" | uniq -c)"
for i in $(seq 20); do
	"$AGENT_BIN/enrollctl" --timeout 10s status > "$d/out" 2>&1 || wrong "root is locked out, try $i: $(cat "$d/out")"
done
kill $crowd
wait $crowd 2> /dev/null

agent_stop || wrong "stop"
[ $failures = 0 ] || { tail -n 20 "$AGENT_LOG"; exit 1; }
echo "a front taken over and a crowd of uids gain nothing"
