#!/bin/bash
# Somebody who lets phase 1 pass untouched and comes in between afterwards. The device notices that the
# certificate is another one, begins anew, and is told about the relay; it never gets as far as the key.
set -uo pipefail
. tests/behave/error.sh
error_begin suffix=contoso.test

cat > "$d/switch.py" << 'PY'
"""The first connection goes to the server, until the device asks a second time; every other one to the relay."""
import os, socket, sys, threading

first, later = int(sys.argv[1]), int(sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
open(sys.argv[3] + ".new", "w").write(str(listener.getsockname()[1]))
os.rename(sys.argv[3] + ".new", sys.argv[3])


def pump(a, b, talk, side):
    """talk: who spoke last, and how often the device began to: hello, first request, second request."""
    try:
        while data := a.recv(65536):
            if talk and side == "device" and talk["last"] != side:
                talk["begun"] += 1
            if talk:
                talk["last"] = side
                if talk["begun"] > 2:
                    break
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


n = 0
while True:
    device, _ = listener.accept()
    n += 1
    server = socket.create_connection(("127.0.0.1", first if n == 1 else later))
    talk = {"last": "", "begun": 0} if n == 1 else None
    for args in ((device, server, talk, "device"), (server, device, talk, "server")):
        threading.Thread(target=pump, args=args, daemon=True).start()
PY
python3 tests/behave/rogue.py relay "$d/relay.port" --to "$AGENT_NAME:$AGENT_PORT" --root "$AGENT_ROOT" &
ERROR_PIDS+=($!)
agent_wait 10 test -s "$d/relay.port" || wrong "the relay did not start"
python3 "$d/switch.py" "$AGENT_PORT" "$(cat "$d/relay.port")" "$d/port" &
ERROR_PIDS+=($!)
agent_wait 10 test -s "$d/port" || wrong "the switch did not start"

pre LT-1
SERVER=localhost:$(cat "$d/port") join LT-1
device "in between after phase 1" ENR-204 1 'opens the connection'
[ ! -e "$d/LT-1/etc/enroll/device.key" ] || wrong "it went as far as the key"
error_end
