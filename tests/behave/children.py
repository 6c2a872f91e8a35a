#!/usr/bin/env python3
"""Looks into the child processes of a program while they live.

    children.py SECRETS COMMAND…      SECRETS: a file with a secret a line, in hex

Runs COMMAND and stops it and each child of it that does not run another program, as soon as it is there.  Prints of each
what it may do (uid of root or not, capabilities, whether it could gain rights, its descriptors) and which of the
secrets its memory has; a secret is looked for as it is, and as base64.  Ends as COMMAND does.
"""
import base64
import os
import signal
import subprocess
import sys
import time


def read(path, mode="r"):
    with open(path, mode) as f:
        return f.read()


def memory(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, rights, *rest = line.split()
            if not rights.startswith("rw") or rest[-1] in ("[vvar]", "[vsyscall]"):
                continue
            begin, end = (int(x, 16) for x in span.split("-"))
            if end - begin > 1 << 28:  # what a sanitizer only reserves
                continue
            try:
                mem.seek(begin)
                yield mem.read(end - begin)
            except OSError:
                pass


def look(pid, secrets):
    status = dict(l.split(":\t", 1) for l in read(f"/proc/{pid}/status").splitlines() if ":\t" in l)
    uids = set(status["Uid"].split())
    who = "root" if "0" in uids else "nobody"
    rights = "none" if int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0 else status["CapEff"]
    known = [n for n, s in enumerate(secrets, 1)
             if any(s in part or base64.b64encode(s)[:32] in part for part in memory(pid))]
    fds = ",".join(sorted(os.listdir(f"/proc/{pid}/fd"), key=int))
    print(f"child {who} rights={rights} gains={'no' if status['NoNewPrivs'] == '1' else 'yes'} fds={fds} "
          f"secrets={','.join(map(str, known)) or 'none'}", flush=True)


def settled(pid):
    """It has given up its rights: it may still be on its way there when it is seen first."""
    for _ in range(500):
        if "NoNewPrivs:\t1" in read(f"/proc/{pid}/status") and os.path.exists(f"/proc/{pid}/fd/3"):
            return True
        time.sleep(0.002)
    return False


def main():
    secrets = [bytes.fromhex(l) for l in read(sys.argv[1]).split()]
    program = subprocess.Popen(sys.argv[2:])
    seen = set()
    while program.poll() is None:
        try:
            now = read(f"/proc/{program.pid}/task/{program.pid}/children").split()
        except OSError:
            break
        for pid in now:
            if pid in seen:
                continue
            seen.add(pid)
            try:
                if os.readlink(f"/proc/{pid}/exe") != os.readlink(f"/proc/{program.pid}/exe"):
                    continue
                # The program waits too: its other children end with what it asks of them.
                os.kill(program.pid, signal.SIGSTOP)
                if settled(pid):
                    os.kill(int(pid), signal.SIGSTOP)
                look(pid, secrets)
                os.kill(int(pid), signal.SIGCONT)
            except (OSError, ValueError):
                continue
            finally:
                os.kill(program.pid, signal.SIGCONT)
        time.sleep(0.001)
    sys.exit(program.wait())


main()
