#!/usr/bin/env python3
"""A directory server gone wrong, on a Unix socket: log-in works unless the mode says otherwise, everything
after it does not.

    rogue_ldap.py SOCKET MODE

MODE is one of the table below, or log-in-MODE: already the log-in goes wrong.
"""
import os
import socket
import sys
import threading
import time


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def message(msgid, *parts):
    return tlv(0x30, tlv(2, msgid.to_bytes(4, "big")), *parts)


def result(tag, code=0, text=b""):
    return tlv(tag, tlv(10, bytes([code])), tlv(4), tlv(4, text))


def entry(dn, name=b"ou"):
    return tlv(0x64, tlv(4, dn), tlv(0x30, tlv(0x30, tlv(4, name), tlv(0x31, tlv(4, b"x")))))


ANSWER = {0x60: 0x61, 0x63: 0x65, 0x66: 0x67, 0x68: 0x69, 0x4A: 0x6B, 0x77: 0x78}


class Request:
    """One message of the client, as far as it matters here."""

    def __init__(self, data):
        at = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
        self.id = int.from_bytes(data[at + 2:at + 2 + data[at + 1]], "big")
        self.op = data[at + 2 + data[at + 1]]
        self.right = message(self.id, result(ANSWER.get(self.op, 0x65)))


def drip(s, q):
    while True:
        for octet in message(q.id, entry(b"ou=x")):
            s.sendall(bytes([octet]))
            time.sleep(0.05)


def endless(s, q):
    while True:
        s.sendall(message(q.id, entry(b"ou=x,dc=test")) * 100)


def sender(make):
    return lambda s, q: s.sendall(make(q))


MODES = {
    "silent": lambda s, q: time.sleep(60),
    "close": lambda s, q: s.close(),
    "half": lambda s, q: (s.sendall(q.right[:7]), time.sleep(60)),
    "half-close": lambda s, q: (s.sendall(q.right[:7]), s.close()),
    "drip": drip,
    "endless": endless,
    "noise": sender(lambda q: os.urandom(4096)),
    "text": sender(lambda q: b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "zero": sender(lambda q: bytes(64)),
    "huge": sender(lambda q: b"\x30\x84\x7f\xff\xff\xff" + bytes(1024)),
    "indefinite": sender(lambda q: b"\x30\x80" + q.right[2:] + b"\0\0"),
    "empty": sender(lambda q: b"\x30\x00"),
    "other-id": sender(lambda q: message(q.id + 77, result(0x65)) * 3),
    "other-op": sender(lambda q: message(q.id, result(0x6F))),
    "no-result": sender(lambda q: message(q.id, tlv(ANSWER.get(q.op, 0x65)))),
    "cut-result": sender(lambda q: message(q.id, tlv(ANSWER.get(q.op, 0x65), b"\x0a\x01"))),
    "long-result": sender(lambda q: message(q.id, tlv(ANSWER.get(q.op, 0x65), b"\x0a\x7f\x00"))),
    "bad-entry": sender(lambda q: message(q.id, tlv(0x64, b"\x04\x7f")) + q.right),
    "nul-entry": sender(lambda q: message(q.id, entry(b"ou=a\0b,dc=test", b"o\0u")) + q.right),
    "no-dn": sender(lambda q: message(q.id, tlv(0x64)) + q.right),
    "cut-entry": sender(lambda q: message(q.id, entry(b"ou=a,dc=test")[:-1]) + q.right),
    "less-entry": sender(lambda q: message(q.id, tlv(0x64, tlv(4, b"ou=a,dc=test"), b"\x30\x05\x30\x7f\x04\x02ou")) + q.right),
    "intermediate": sender(lambda q: message(q.id, tlv(0x79)) * 9),
    "goodbye": lambda s, q: (s.sendall(message(0, tlv(0x78, tlv(10, b"\x34"), tlv(4), tlv(4, b"bye"),
                                                      tlv(0x8A, b"1.3.6.1.4.1.1466.20036")))), s.close()),
    "busy": sender(lambda q: message(q.id, result(ANSWER.get(q.op, 0x65), 51, b"come back later"))),
}


def serve(s, mode):
    at_once = mode.startswith("log-in-")
    act = MODES[mode.removeprefix("log-in-")]
    try:
        while data := s.recv(65536):
            if data[0] != 0x30:
                return
            q = Request(data)
            if q.op == 0x42:  # unbind
                return
            if q.op == 0x60 and not at_once:
                s.sendall(q.right)
            else:
                act(s, q)
    except OSError:
        pass
    finally:
        s.close()


if sys.argv[1:] == ["modes"]:
    print("\n".join(MODES))
    sys.exit()
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(16)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0], sys.argv[2]), daemon=True).start()
