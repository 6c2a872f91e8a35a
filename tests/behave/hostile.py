#!/usr/bin/env python3
"""What no device sends, octet by octet over TLS: how HTTP itself is bent, slow senders, floods.

	hostile.py http|slow|flood PORT NAME ROOT TYPE DISCOVERY [SECONDS]

DISCOVERY is a file with a good discovery.  Prints a line for each case, "ok: …" or "FAIL: …"; exit 1 if one failed.
"""
import glob
import os
import random
import re
import socket
import ssl
import sys
import threading
import time

what, port, name, root, kind, file = sys.argv[1:7]
good = open(file, "rb").read()
trust = ssl.create_default_context(cafile=root)
failures = 0


def say(right, text):
    global failures
    failures += not right
    print(("ok: " if right else "FAIL: ") + text, flush=True)


def connect(timeout=8.0):
    s = trust.wrap_socket(socket.create_connection(("127.0.0.1", int(port)), timeout=timeout), server_hostname=name)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.settimeout(timeout)
    return s


def head(*lines, path="/enroll/discovery", method="POST", version="1.1"):
    return "\r\n".join([f"{method} {path} HTTP/{version}", f"Host: {name}", *lines, "", ""]).encode("latin-1")


def plain(body, *lines):
    return head(f"Content-Type: {kind}", f"Content-Length: {len(body)}", *lines) + body


def hear(octets, pause=None, end=False):
    """Everything the server says until it closes or is silent: a list of (status, code or None)."""
    heard = b""
    try:
        s = connect()
    except (OSError, ssl.SSLError) as e:
        return [("no connection", str(e))]
    try:
        for part in octets if isinstance(octets, list) else [octets]:
            s.sendall(part)
            if pause:
                time.sleep(pause)
    except OSError:
        pass # it may have heard enough
    try:
        if end:
            s.unwrap()
        s.settimeout(0.5)
        while True:
            more = s.recv(65536)
            if not more:
                break
            heard += more
    except (OSError, ValueError):
        pass
    s.close()
    answers = []
    for part in re.split(rb"(?=HTTP/1\.[01] \d{3})", heard):
        m = re.match(rb"HTTP/1\.[01] (\d{3})", part)
        if m:
            code = re.search(rb"<code>(ENR-\d{3})</code>", part)
            answers.append((int(m.group(1)), code.group(1).decode() if code else None))
    return answers


def expect(text, answers, *wanted):
    """wanted are the lists of answers that are right; [] is a closed connection without a word."""
    say(answers in [list(w) for w in wanted], f"{text}: {answers}" + ("" if answers in [list(w) for w in wanted] else
        f", wanted one of {wanted}"))


OK, BAD, MALFORMED = (200, None), (400, None), (400, "ENR-301")


def chunked(*parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


def http():
    t = f"Content-Type: {kind}"
    te = "Transfer-Encoding: chunked"
    big = b"<a>" * 400000
    expect("good", hear(plain(good)), [OK])
    expect("good, an octet at a time", hear([bytes([b]) for b in plain(good, "Connection: close")]), [OK])
    expect("two in one write", hear(plain(good) * 2), [OK, OK])
    expect("twenty in one write", hear(plain(good) * 20), [OK] * 20)
    expect("the second of two is garbage", hear(plain(good) + b"\0\1\2garbage\r\n\r\n"), [OK, BAD], [OK])
    expect("chunked", hear(head(t, te) + chunked(good[:10], good[10:])), [OK])
    expect("a chunk that is longer than all", hear(head(t, te) + b"ffffffffffffffff\r\n" + good), [], [BAD], [(413, None)], [(413, "ENR-302")])
    expect("a chunk of a negative size", hear(head(t, te) + b"-1\r\n" + good), [], [BAD], [(413, None)])
    expect("a chunk size that is no number", hear(head(t, te) + b"zz\r\n" + good), [], [BAD], [(413, None)])
    expect("1.2 MB in chunks", hear(head(t, te) + chunked(*[big[i:i + 8192] for i in range(0, len(big), 8192)])),
           [], [(413, None)], [(413, "ENR-302")])
    expect("length and chunks at once", hear(head(t, te, "Content-Length: 5") + chunked(good)), [], [BAD], [MALFORMED])
    expect("two lengths", hear(head(t, f"Content-Length: {len(good)}", "Content-Length: 3") + good), [], [BAD], [MALFORMED])
    expect("two lengths, the other way round", hear(head(t, "Content-Length: 3", f"Content-Length: {len(good)}") + good), [], [BAD], [MALFORMED])
    expect("too short a length", hear(head(t, "Content-Length: 30") + good), [MALFORMED], [MALFORMED, BAD])
    expect("too long a length, then the end", hear(head(t, f"Content-Length: {len(good) + 9}") + good, end=True), [], [BAD])
    expect("a length of 10 MB", hear(head(t, "Content-Length: 10000000") + good), [(413, None)], [(413, "ENR-302")], [])
    expect("a length of 2^64", hear(head(t, "Content-Length: 18446744073709551616") + good), [BAD], [(413, None)], [])
    expect("a negative length", hear(head(t, "Content-Length: -5") + good), [BAD], [])
    expect("a length that is no number", hear(head(t, "Content-Length: abc") + good), [BAD], [])
    expect("no length", hear(head(t)), [MALFORMED], [BAD], [(411, None)])
    expect("gzip", hear(plain(good, "Content-Encoding: gzip")), [(415, "ENR-306")])
    expect("two media types", hear(plain(good, "Content-Type: text/html")), [(415, "ENR-306")], [BAD], [MALFORMED])
    expect("no Host", hear(plain(good).replace(f"Host: {name}\r\n".encode(), b"")), [OK], [BAD])
    expect("another Host", hear(plain(good).replace(f"Host: {name}".encode(), b"Host: elsewhere")), [OK], [BAD])
    expect("a header of 60 KB", hear(plain(good, "X: " + "x" * 60000)), [BAD], [(431, None)], [])
    expect("2,000 headers", hear(plain(good, *[f"X-{i}: {i}" for i in range(2000)])), [BAD], [(431, None)], [])
    expect("a header without an end", hear(b"POST /enroll/discovery HTTP/1.1\r\nX: " + b"x" * 200000), [BAD], [(431, None)], [])
    expect("a header with NUL", hear(plain(good, "X: a\0b")), [BAD], [OK], [])
    expect("line ends of another kind", hear(plain(good).replace(b"\r\n", b"\n", 4)), [OK], [BAD])
    expect("a header without a colon", hear(plain(good, "nonsense")), [BAD], [])
    expect("a folded header", hear(plain(good, "X: a\r\n b")), [OK], [BAD])
    expect("a path of 20 KB", hear(head(t, path="/" + "a" * 20000)), [BAD], [(414, None)], [(404, "ENR-307")], [])
    expect("a path with dots", hear(head(t, path="/enroll/../enroll/discovery")), [(404, "ENR-307")])
    expect("an escaped path", hear(plain(good).replace(b"/enroll/discovery", b"/enroll/%64iscovery")), [(404, "ENR-307")])
    expect("a whole address as path", hear(plain(good).replace(b"/enroll/", f"https://{name}/enroll/".encode())), [OK], [BAD], [(404, "ENR-307")])
    expect("a proxy's method", hear(head(method="CONNECT", path="localhost:22")), [BAD], [(405, "ENR-308")], [(404, "ENR-307")], [(501, None)], [])
    expect("TRACE", hear(head(method="TRACE")), [(405, "ENR-308")], [(501, None)])
    expect("HTTP/3.7", hear(plain(good).replace(b"HTTP/1.1", b"HTTP/3.7")), [BAD], [(505, None)], [OK], [])
    expect("HTTP/0.9", hear(b"GET /enroll/discovery\r\n\r\n"), [BAD], [(405, "ENR-308")], [])
    expect("HTTP/2 at once", hear(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), [BAD], [(501, None)], [(505, None)], [])
    expect("an upgrade", hear(plain(good, "Upgrade: h2c", "Connection: Upgrade")), [OK], [BAD])
    expect("Expect: 100-continue", [a for a in hear(plain(good, "Expect: 100-continue")) if a[0] != 100], [OK])
    expect("another expectation", hear(plain(good, "Expect: tea")), [OK], [(417, None)])
    expect("garbage", hear(os.urandom(2000)), [BAD], [])
    deep = b'<?xml version="1.0"?>' + b"<a>" * 20000
    expect("20,000 elements deep", hear(plain(deep)), [MALFORMED])
    expect("10,000 attributes", hear(plain(b"<discovery " + b" ".join(b'a%d="1"' % i for i in range(6000)) + b"/>")), [MALFORMED], [(413, "ENR-302")])
    expect("an attribute twice", hear(plain(good.replace(b'shows="1"', b'shows="1" shows="1"'))), [MALFORMED])
    m = re.search(rb"<nonce>.*</nonce>", good)
    expect("an element twice", hear(plain(good.replace(m.group(0), m.group(0) * 2))), [MALFORMED])
    expect("64 KB of one text", hear(plain(good.replace(b"andreas@", b"a" * 60000 + b"@"))), [(400, "ENR-110")], [MALFORMED], [(413, "ENR-302")])
    expect("good again", hear(plain(good)), [OK])


def slow():
    """All at the same time, each a connection that is cut in its time; a good one is answered meanwhile."""
    limit = 3.0 # http-timeout of the server
    t = f"Content-Type: {kind}\r\nContent-Length: 40000\r\n\r\n".encode()
    start = f"POST /enroll/discovery HTTP/1.1\r\nHost: {name}\r\n".encode()
    kinds = {"half a handshake": None, "silence": (b"", b""), "a header, slowly": (start + b"X: ", b"a"),
             "a body, slowly": (start + t, b"<"), "a body that stops": (start + t + good[:100], b""),
             "headers, slowly": (start, b"X: y\r\n"), "chunks, slowly": (start + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n")}
    took = {}

    def one(which, begin, drip):
        began = time.time()
        try:
            if which == "half a handshake":
                s = socket.create_connection(("127.0.0.1", int(port)), timeout=8)
                s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            else:
                s = connect()
                s.sendall(begin)
            s.settimeout(0.25)
            while time.time() - began < 12:
                try:
                    if drip:
                        s.sendall(drip)
                    if s.recv(100) == b"":
                        break
                except (TimeoutError, ssl.SSLWantReadError):
                    pass
        except OSError:
            pass
        took.setdefault(which, []).append(time.time() - began)

    threads = [threading.Thread(target=one, args=(which, *(k or (b"", b"")))) for which, k in kinds.items() for _ in range(10)]
    for th in threads:
        th.start()
    slowest = 0.0
    for _ in range(10):
        began = time.time()
        answers = hear(plain(good, "Connection: close"))
        slowest = max(slowest, time.time() - began)
        if answers != [OK]:
            say(False, f"a device among them: {answers}")
        time.sleep(0.2)
    for th in threads:
        th.join()
    for which, times in took.items():
        say(max(times) <= limit + 3, f"{which}: {len(times)} cut after at most {max(times):.1f} s")
    say(slowest < 5, f"a device among them waited {slowest:.2f} s")


def flood():
    """Messages that were good once, bent at random, as fast as four connections can, for some seconds."""
    seconds = float(sys.argv[7])
    seeds = [open(f, "rb").read() for f in sorted(glob.glob("tests/fuzz/seeds/native/*"))] + [good]
    rng = random.Random(1)
    counts, lock = {}, threading.Lock()
    end = time.time() + seconds

    def bend(m):
        b = bytearray(m)
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(b) or 1)
            act = rng.random()
            if act < 0.4 and b:
                b[at] = rng.randrange(256)
            elif act < 0.6:
                del b[at:at + rng.randint(1, 60)]
            elif act < 0.8:
                b[at:at] = bytes(b[at:at + rng.randint(1, 2000)])
            else:
                b[at:at] = rng.choice([b"<!DOCTYPE x>", b"&lt;", b"]]>", b"\xff\xfe", b"<a>" * 100, b"*)(uid=*", b"\x00"])
        return bytes(b[:200000])

    def whole(s):
        """One answer, by its length."""
        heard = b""
        while True:
            m = re.search(rb"\r\n\r\n", heard)
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", heard)
            if m and len(heard) >= m.end() + int(length.group(1) if length else 0):
                return heard
            more = s.recv(65536)
            if not more:
                return heard
            heard += more

    def one():
        s = None
        while time.time() < end:
            body = bend(rng.choice(seeds))
            path = rng.choice(["discovery", "bootstrap", "enrollment"])
            try:
                s = s or connect()
                s.sendall(head(f"Content-Type: {kind}", f"Content-Length: {len(body)}", path="/enroll/" + path) + body)
                answer = whole(s)
                m = re.match(rb"HTTP/1\.1 (\d{3})", answer)
                code = re.search(rb"ENR-\d{3}", answer)
                key = (m.group(1).decode() if m else "closed") + (" " + code.group(0).decode() if code else "")
                if not m or b"Connection: close" in answer:
                    s.close()
                    s = None
            except OSError:
                key = "closed"
                s = None
            with lock:
                counts[key] = counts.get(key, 0) + 1

    threads = [threading.Thread(target=one) for _ in range(4)]
    for th in threads:
        th.start()
    for th in threads:
        th.join()
    total = sum(counts.values())
    print(" ", ", ".join(f"{n} {k}" for k, n in sorted(counts.items(), key=lambda i: -i[1])))
    say(total > 200, f"{total} bent messages")
    say(not any(k.startswith("5") for k in counts), "none made the server fail")


{"http": http, "slow": slow, "flood": flood}[what]()
sys.exit(failures > 0)
