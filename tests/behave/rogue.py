#!/usr/bin/env python3
"""An attacker, not a server: answers devices in the place of their enrollment server, each time in another way.

	rogue.py MODE PORTFILE [--name NAME] [--cert FILE --key FILE] [--to HOST:PORT --root FILE]

It makes itself a certificate for --name (localhost) unless one is given, listens on a free port of 127.0.0.1, writes
the port to PORTFILE and serves until it is ended.  MODE is a row of MODES; relay, forge and bend pass everything on to
--to; forge changes the document, bend something at random in each third answer, at the first, second, third phase by turns.
"""
import argparse
import base64
import http.server
import os
import random
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

TYPE = "application/vnd.enrolld.native+xml"
HERE = os.path.dirname(os.path.abspath(__file__))
SPACE = re.search(r'ns="(urn:oid:[^"]*)"', open(os.path.join(HERE, "../../schema/native.rng")).read()).group(1)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def octets(n):
    return base64.b64encode(os.urandom(n)).decode()


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def discovered(eligible="yes", attempt="A-7K3M-Q9TD", when=None):
    return (f'{HEAD}<discovered xmlns="{SPACE}" version="1" shows="1"><eligible>{eligible}</eligible>'
            f'<time>{when or now()}</time><nonce>{octets(32)}</nonce><attempt>{attempt}</attempt>'
            f'<state>{octets(64)}</state></discovered>')


def bootstrapped(der, mac=None):
    return (f'{HEAD}<bootstrapped xmlns="{SPACE}" version="1"><time>{now()}</time><anchors>'
            f'<anchor roles="server device-ca">{base64.b64encode(der).decode()}</anchor></anchors>'
            f'<attempt>A-7K3M-Q9TD</attempt><state>{octets(64)}</state><mac>{mac or octets(32)}</mac></bootstrapped>')


def refused(code, mac=False, attempt="A-7K3M-Q9TD", shows="1"):
    mac = f"<mac>{octets(32)}</mac>" if mac else ""
    return (f'{HEAD}<refused xmlns="{SPACE}" version="1" shows="{shows}"><code>{code}</code><time>{now()}</time>'
            f'<attempt>{attempt}</attempt>{mac}</refused>')


def laughs(_):
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12)]
    return 200, TYPE, f"{HEAD}<!DOCTYPE x [{''.join(lines)}]><discovered>&a11;</discovered>".encode()


def xxe(_):
    return 200, TYPE, f'{HEAD}<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'.encode()


def after_discovery(second):
    """Plays along in phase 1, then answers phase 2 with what second() gives."""
    def answer(r):
        if r.path.endswith("/discovery"):
            return 200, TYPE, discovered().encode()
        status, text = second(r)
        return status, TYPE, text.encode()
    return answer


# What each kind of rogue answers: (status, media type, body); a request handler is given.
MODES = {
    "login": lambda r: (200, "text/html", b"<html><body>Welcome to Hotel WiFi. Please log in.</body></html>"),
    "redirect": lambda r: (302, "text/html", b""),
    "huge": lambda r: (200, TYPE, b" " * (8 << 20)),
    "garbage": lambda r: (200, TYPE, os.urandom(3000)),
    "empty": lambda r: (200, TYPE, b""),
    "laughs": laughs,
    "xxe": xxe,
    "utf16": lambda r: (200, TYPE, discovered().encode("utf-16")),
    "truncated": lambda r: (200, TYPE, discovered().encode()[:-20]),
    "escape": lambda r: (200, TYPE, discovered(attempt="A-\x1b]0;owned\x07").encode()),
    "wrong-phase": lambda r: (200, TYPE, bootstrapped(r.server.der).encode()),
    "forged-anchors": after_discovery(lambda r: (200, bootstrapped(r.server.der))),
    "reflected": after_discovery(lambda r: (200, bootstrapped(
        r.server.der, re.search(rb"<mac>([^<]*)</mac>", r.body).group(1).decode()))),
    "wrong-choice": lambda r: (200, TYPE, discovered().replace('version="1" shows="1"', 'version="2" shows="1,2"').encode()),
    "unproved-used": after_discovery(lambda r: (403, refused("ENR-206"))),
    "wrong-mac": after_discovery(lambda r: (403, refused("ENR-205", mac=True))),
    "wrong-password": after_discovery(lambda r: (403, refused("ENR-202"))),
    "no-and-wrong": lambda r: (200, TYPE, discovered("no").encode()) if r.path.endswith("/discovery") else
                              (403, TYPE, refused("ENR-202").encode()),
    "throttled": lambda r: (429, TYPE, refused("ENR-108").encode()),
    "later": lambda r: (400, TYPE, refused("ENR-106", shows="2,3").encode()),
    "new-code": lambda r: (400, TYPE, refused("ENR-199").encode()),
    "wrong-clock": lambda r: (200, TYPE, discovered(when="2001-01-01T00:00:00Z").encode())
                             if r.path.endswith("/discovery") else (403, TYPE, refused("ENR-202").encode()),
    "busy": lambda r: (503, "text/plain", b"busy"),
    "relay": None,
    "forge": None,
    "bend": None,
}
PHASES = ("/discovery", "/bootstrap", "/enrollment")
dice = random.Random(7)


def bent(text):
    """Octets that were an answer; half of the time still well-formed, with one digit of base64 changed."""
    b = bytearray(text)
    digits = [m.span() for m in re.finditer(rb"(?<=>)[A-Za-z0-9+/]{40,}", text)]
    if digits and dice.random() < 0.5:
        at = dice.randrange(*dice.choice(digits))
        b[at] = dice.choice([c for c in b"ABCDEFGHIJKLMNOPabcdefghijklmnop" if c != b[at]])
        return bytes(b)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(b) or 1)
        act = dice.random()
        if act < 0.3:
            b[at:at + 1] = bytes([dice.randrange(256)])
        elif act < 0.5:
            del b[at:at + dice.randint(1, 200)]
        elif act < 0.7:
            b[at:at] = bytes(b[at:at + dice.randint(1, 3000)])
        else:
            b[at:at] = dice.choice([b"<!DOCTYPE x [<!ENTITY y 'z'>]>", b"&#x1b;[2J", b"<a>" * 200, b"\xff", b"]]>", b" x='1'",
                                    b"AAAA" * 500, b"-1", b"99999999999999999999"])
    return bytes(b)


def passed_on(r, body):
    """What the real server says to the same request; forge changes the last answer."""
    request = urllib.request.Request(f"https://{r.server.to}{r.path}", body, {"Content-Type": TYPE})
    try:
        with urllib.request.urlopen(request, context=r.server.trust) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as e:
        status, text = e.code, e.read()
    if r.server.mode == "forge" and r.path.endswith("/enrollment"):
        def change(m):
            document = bytearray(base64.b64decode(m.group(1)))
            document = document.replace(b"://", b"://evil.", 1)
            return b"<document>" + base64.b64encode(bytes(document)) + b"</document>"
        text = re.sub(rb"<document>([^<]*)</document>", change, text)
    if r.server.mode == "bend" and r.path.endswith(PHASES[r.server.turn % 3]):
        r.server.turn += 1
        text = bent(text)
    return status, TYPE, text


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.body = body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mode = MODES[self.server.mode]
        status, kind, answer = mode(self) if mode else passed_on(self, body)
        with open(self.server.log, "ab") as log:
            log.write(self.path.encode() + b"\n" + body + b"\n")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        if status == 302:
            self.send_header("Location", "https://localhost:1/elsewhere")
        if status in (429, 503):
            self.send_header("Retry-After", "7")
        self.end_headers()
        try:
            self.wfile.write(answer)
        except OSError:
            pass

    def log_message(self, *args):
        pass


def certificate(folder, name):
    cert, key = os.path.join(folder, "rogue.pem"), os.path.join(folder, "rogue.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
    return cert, key


def main():
    p = argparse.ArgumentParser()
    p.add_argument("mode", choices=MODES)
    p.add_argument("portfile")
    p.add_argument("--name", default="localhost")
    p.add_argument("--cert")
    p.add_argument("--key")
    p.add_argument("--to")
    p.add_argument("--root")
    a = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # and the folder goes
    with tempfile.TemporaryDirectory(prefix="e.") as folder:
        cert, key = (a.cert, a.key) if a.cert else certificate(folder, a.name)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        pem = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", open(cert).read(), re.S).group(0)
        server.der = ssl.PEM_cert_to_DER_cert(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.mode, server.to, server.log, server.turn = a.mode, a.to, a.portfile + ".log", 0
        server.trust = ssl.create_default_context(cafile=a.root) if a.root else None
        with open(a.portfile + ".new", "w") as f:
            f.write(str(server.server_address[1]))
        os.rename(a.portfile + ".new", a.portfile)
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
