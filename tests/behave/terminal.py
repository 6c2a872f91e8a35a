#!/usr/bin/env python3
"""Runs a command on a terminal of its own, 80 columns wide, and types one line when it asks.

    terminal.py ANSWER COMMAND…

Prints all that the command printed; ends as it ended.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

answer, command = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
    os.execvp(command[0], command)
seen, typed, end = b"", False, time.monotonic() + 30
while time.monotonic() < end:
    if not select.select([fd], [], [], 0.2)[0]:
        continue
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
    if not typed and seen.rstrip(b"\n\r").endswith((b"[y/N] ", b"go ahead: ")):
        os.write(fd, answer.encode() + b"\n")
        typed = True
sys.stdout.buffer.write(seen)
sys.stdout.flush()
if time.monotonic() >= end:
    os.kill(pid, 9)
    sys.exit("tty: the command did not end")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
