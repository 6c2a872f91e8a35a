#!/usr/bin/env python3
"""A wire that loses things: stands between the agent and a real directory on two unix sockets and does to
the real add of a device (not to its trial with the no-op control) what the file MODE says when it comes:

  pass         nothing
  lose-answer  hand it on, and close before its answer is handed back
  lose-request close without handing it on
  hold         hand it on, never answer, keep the connection open
  hold-request the same without handing it on
  late         keep it until MODE says "deliver", then hand it on, whoever is gone by then
  busy         do not hand it on, and say that the server is busy (RFC 4511 section 4.1.9)
  die PIDFILE  hand it on, and kill -9 the server when its answer has come, which is not handed back
  die-request PIDFILE  kill -9 the server instead of handing it on

usage: lossy.py LISTEN TARGET MODE-FILE
"""
import os
import signal
import socket
import sys
import threading
import time

NOOP = b"1.3.6.1.4.1.4203.666.5.2"


def element(data):
    """Length of the first whole BER element of data, or 0 if it is not complete."""
    if len(data) < 2:
        return 0
    head, size = 2, data[1]
    if size & 0x80:
        head = 2 + (size & 0x7F)
        if len(data) < head:
            return 0
        size = int.from_bytes(data[2:head], "big")
    return head + size if len(data) >= head + size else 0


def busy(message):
    """addResponse, busy, to the request of that message number."""
    head = 2 + (message[1] & 0x7F if message[1] & 0x80 else 0)
    number = message[head : head + 2 + message[head + 1]]
    body = number + b"\x69\x07\x0a\x01\x33\x04\x00\x04\x00"
    return b"\x30" + bytes([len(body)]) + body


def is_device_add(message):
    return (b"enrolldMark" in message or b"adminDescription" in message) and b"\x68" in message[:16] and NOOP not in message


def answers(server, client, lost, answered):
    while True:
        try:
            data = server.recv(65536)
        except OSError:
            data = b""
        if lost.is_set():
            answered.set()
            return
        if not data:
            break
        client.sendall(data)
    client.close()


def deliver_later(server, message, mode_file, answered):
    while open(mode_file).read().strip() != "deliver":
        time.sleep(0.05)
    server.sendall(message)
    answered.wait(10)
    server.close()


def serve(client, target, mode_file):
    server = socket.socket(socket.AF_UNIX)
    try:
        server.connect(target)
    except OSError:
        client.close()
        return
    lost, answered, late = threading.Event(), threading.Event(), False
    threading.Thread(target=answers, args=(server, client, lost, answered), daemon=True).start()
    data = b""
    while True:
        try:
            got = client.recv(65536)
        except OSError:
            got = b""
        if not got:
            break
        data += got
        size = element(data)
        while size:
            message, data = data[:size], data[size:]
            mode, *victim = open(mode_file).read().split() or ["pass"]
            if mode == "busy" and is_device_add(message):
                client.sendall(busy(message))
            elif mode == "late" and is_device_add(message):
                late = True
                lost.set()
                threading.Thread(target=deliver_later, args=(server, message, mode_file, answered), daemon=True).start()
            elif mode not in ("pass", "deliver") and is_device_add(message):
                lost.set()
                if mode in ("lose-answer", "hold", "die"):
                    server.sendall(message)
                    answered.wait(10)
                if victim:
                    os.kill(int(open(victim[0]).read()), signal.SIGKILL)
                if not mode.startswith("hold"):
                    client.shutdown(socket.SHUT_RDWR)
                    client.close()
                    server.close()
                    return
            elif not late:
                server.sendall(message)
            size = element(data)
    if not late:
        server.close()


def main():
    listen, target, mode_file = sys.argv[1:]
    if os.path.exists(listen):
        os.unlink(listen)
    wire = socket.socket(socket.AF_UNIX)
    wire.bind(listen)
    os.chmod(listen, 0o777)
    wire.listen(64)
    print("ready", flush=True)
    while True:
        client, _ = wire.accept()
        threading.Thread(target=serve, args=(client, target, mode_file), daemon=True).start()


main()
