#!/usr/bin/env python3
"""A device that leaves, from docs/PROTOCOL.md section 8.3, without any C of ours; and one that lies.

    leave.py URL ROOT IDENTITY CERT KEY [WHAT…]

Prints a line for each WHAT, in order: the word, then the outcome or the code of the refusal.
    wait=FILE       goes on when there is such a file
    true            as a device should                  again       the very same octets once more
    other-key=FILE  signed with another key             altered     one bit of the certificate
    other-name      another server name                 other-leaf  another hash of the server's certificate
    enroll-state    a state that was made to enroll     no-state    a state of nobody
    other-id=EMAIL  another identity, from the begin    old-nonce   signed over another nonce
"""
import base64
import hashlib
import http.client
import os
import re
import ssl
import sys
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

NAMESPACE = "urn:oid:2.25.65290093646721065681121292408955013760.2.1"


def lp(data):
    data = data.encode() if isinstance(data, str) else data
    return len(data).to_bytes(4, "big") + data


def b64(data):
    return base64.b64encode(data).decode()


def sign(key, data):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


class Server:
    def __init__(self, url, root):
        u = urllib.parse.urlsplit(url)
        self.name = u.hostname
        self.connection = http.client.HTTPSConnection(u.hostname, u.port, context=ssl.create_default_context(cafile=root))
        self.connection.connect()
        self.leaf = hashlib.sha256(self.connection.sock.getpeercert(True)).digest()

    def post(self, path, name, head, fields):
        body = f'<?xml version="1.0"?>\n<{name} xmlns="{NAMESPACE}" {head}>'
        body += "".join(f"<{k}>{v}</{k}>" for k, v in fields) + f"</{name}>"
        return self.send(path, body)

    def send(self, path, body):
        self.connection.request("POST", path, body, {"Content-Type": "application/vnd.enrolld.native+xml"})
        return self.connection.getresponse().read().decode()


def field(xml, name):
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    return found.group(1) if found else None


def discover(server, identity, purpose):
    nonce = os.urandom(32)
    fields = [("identity", identity), ("server-name", server.name), ("nonce", b64(nonce))]
    fields += [("purpose", purpose)] if purpose else []
    a = server.post("/enroll/discovery", "discovery", 'shows="1"', fields)
    chain = lp("1") + lp(identity) + lp(server.name) + lp(nonce) + lp("")
    theirs = base64.b64decode(field(a, "nonce"))
    when = __import__("calendar").timegm(__import__("time").strptime(field(a, "time"), "%Y-%m-%dT%H:%M:%SZ"))
    chain += lp((1).to_bytes(4, "big")) + lp("1") + lp(field(a, "eligible")) + lp(when.to_bytes(8, "big"))
    chain += lp(theirs) + lp(field(a, "attempt"))
    t1 = hashlib.sha256(lp("enrolld-native-1 discovery") + chain).digest()
    return field(a, "eligible"), nonce, theirs, t1, field(a, "state")


def leave(server, identity, cert, key, what):
    word, _, value = what.partition("=")
    who = value if word == "other-id" else identity
    _, nonce, theirs, t1, state = discover(server, who, "" if word == "enroll-state" else "leave")
    name = "elsewhere.example" if word == "other-name" else server.name
    leaf = bytes(32) if word == "other-leaf" else server.leaf
    if word == "altered":
        cert = cert[:-1] + bytes([cert[-1] ^ 1])
    if word == "other-key":
        key = serialization.load_pem_private_key(open(value, "rb").read(), None)
    if word == "no-state":
        state = b64(os.urandom(300))
    signed = lp("enrolld-native-1 device leave") + lp((1).to_bytes(4, "big")) + lp("1") + lp("1") + lp(who) + lp(name)
    signed += lp(leaf) + lp(bytes(32) if word == "old-nonce" else nonce) + lp(theirs) + lp(t1) + lp(cert)
    body = f'<?xml version="1.0"?>\n<leave xmlns="{NAMESPACE}" version="1">'
    for k, v in (("identity", who), ("server-name", name), ("leaf", b64(leaf)), ("certificate", b64(cert)),
                 ("state", state), ("signature", b64(sign(key, signed)))):
        body += f"<{k}>{v}</{k}>"
    return body + "</leave>"


def main():
    url, root, identity, cert, key = sys.argv[1:6]
    server = Server(url, root)
    der = x509.load_pem_x509_certificate(open(cert, "rb").read()).public_bytes(serialization.Encoding.DER)
    private = serialization.load_pem_private_key(open(key, "rb").read(), None)
    body = None
    for what in sys.argv[6:]:
        if what == "discover":
            print(what, discover(server, identity, "leave")[0])
            continue
        if what.startswith("wait="):
            while not os.path.exists(what[5:]):
                time.sleep(0.1)
            continue
        if what != "again":
            body = leave(server, identity, der, private, what)
        a = server.send("/enroll/leave", body)
        print(what.partition("=")[0], field(a, "outcome") or field(a, "code"))


main()
