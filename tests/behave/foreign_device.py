#!/usr/bin/env python3
"""A device of the native protocol, written from docs/PROTOCOL.md and docs/PROVISIONING.md alone: a second
implementation, for whoever writes a third. Python's own library and python3-cryptography, nothing of ours.

    foreign_device.py [OPTION...] enroll|leave
        --server HOST[:PORT] --identity EMAIL --password-file FILE
        --dir DIR           what is kept: key.pem, anchors.json, document.xml, device.pem
        --key KIND          p256 (preset), p384, rsa, ed25519; a key that is there already is used again
        --serial TEXT       of the hardware
        --schema DIR        hold each message and the document to the grammars there, with xmllint

Prints a line a phase. Exit code 0; 1 with "refused CODE proved|unproved [until TIME]" for a refusal; 3 with
"stopped CODE" if the device itself says no.
"""
import argparse
import base64
import calendar
import hashlib
import hmac
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import time
import unicodedata
import xml.etree.ElementTree as ElementTree
from xml.parsers import expat

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

NAMESPACE = "urn:oid:2.25.65290093646721065681121292408955013760.2.1"
MEDIA_TYPE = "application/vnd.enrolld.native+xml"
LABEL = "enrolld-native-1 "
ROLES = {"server": 1, "device-ca": 2, "dm-server": 4, "vpn": 8}


class Stop(Exception):
    """The device itself says no: section 9, last paragraph."""


class Refused(Exception):
    """The server said no; proved or not, section 8.1 step 4."""

    def __init__(self, message, proved):
        super().__init__()
        self.code, self.proved, self.until = message["code"], proved, message.get("valid-until")


# --- sections 3 and 4: passwords and names ------------------------------------------------------------


def canonical_password(typed):
    digits = ""
    for c in typed.upper():
        if c.isspace() or c in "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212":
            continue
        digits += {"I": "1", "L": "1", "O": "0"}.get(c, c)
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    if len(digits) != 20 or set(digits) - set(alphabet):
        raise Stop("ENR-201")
    value = 0
    for c in digits:
        value = value * 32 + alphabet.index(c)
    if value % 1021 != 1:
        raise Stop("ENR-201")
    return digits


def canonical_name(typed, code="ENR-104"):
    """A host name. Names beyond ASCII would need UTS 46, which Python does not bring along."""
    name = typed.lower().removesuffix(".")
    labels = name.split(".")
    if not all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels) or len(name) > 253:
        raise Stop(code)
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        raise Stop(code)
    return name


def canonical_identity(typed):
    text = unicodedata.normalize("NFC", typed)
    if text.count("@") != 1 or any(unicodedata.category(c)[0] == "Z" or unicodedata.category(c) == "Cc" for c in text):
        raise Stop("ENR-110")
    local, host = text.split("@")
    local = unicodedata.normalize("NFC", "".join(c.lower() if c.isascii() else c for c in local))
    if not local or set(local) & set('()<>[]:;,\\"') or "." not in host.removesuffix("."):
        raise Stop("ENR-110")
    whole = local + "@" + canonical_name(host, "ENR-110")
    if len(whole.encode()) > 254:
        raise Stop("ENR-110")
    return whole


# --- section 5: keys and MACs ---------------------------------------------------------------------------


def lp(data):
    data = data.encode() if isinstance(data, str) else data
    return len(data).to_bytes(4, "big") + data


def number(n):
    return lp(n.to_bytes(4, "big"))


def sha256(data):
    return hashlib.sha256(data).digest()


class Keys:
    def __init__(self, identity, password):
        salt = (LABEL + "identity").encode() + b"\0" + identity.encode()
        self.root = hmac.digest(salt, password.encode(), "sha256")

    def key(self, label, length=32):
        return HKDFExpand(hashes.SHA256(), length, (LABEL + label).encode()).derive(self.root)

    def open_secret(self, name, enrollment, value):
        """Section 10."""
        sealed = base64.b64decode(value, validate=True)
        aad = lp(LABEL + "document secret") + lp(name) + lp(enrollment)
        return AESGCM(self.key("document secret")).decrypt(sealed[:12], sealed[12:], aad)


# --- section 6: messages, as (element, type, may be missing, under the MAC, in the transcript) ----------

MESSAGES = {
    "discovery": (("shows",), [
        ("identity", "text", 0, 0, 1), ("server-name", "text", 0, 0, 1), ("nonce", 32, 0, 0, 1),
        ("client", "line", 1, 0, 1), ("purpose", "text", 1, 0, 0)]),
    "discovered": (("version", "shows"), [
        ("eligible", "text", 0, 0, 1), ("time", "time", 0, 0, 1), ("nonce", 32, 0, 0, 1),
        ("attempt", "attempt", 0, 0, 1), ("state", "octets", 0, 0, 0)]),
    "bootstrap": (("version",), [
        ("identity", "text", 0, 0, 1), ("server-name", "text", 0, 0, 1), ("leaf", 32, 0, 0, 1),
        ("selector", 16, 0, 1, 1), ("state", "octets", 0, 0, 0), ("mac", 32, 0, 0, 1)]),
    "bootstrapped": (("version",), [
        ("time", "time", 0, 1, 1), ("valid-until", "time", 1, 1, 1), ("anchors", "anchors", 0, 1, 1), ("attempt", "attempt", 0, 1, 1),
        ("state", "octets", 0, 0, 0), ("mac", 32, 0, 0, 1)]),
    "enrollment": (("version",), [
        ("identity", "text", 0, 0, 1), ("server-name", "text", 0, 0, 1), ("leaf", 32, 0, 0, 1),
        ("serial", "line", 1, 1, 1), ("csr", "octets", 0, 1, 1), ("state", "octets", 0, 0, 0), ("mac", 32, 0, 0, 1)]),
    "enrolled": (("version",), [
        ("time", "time", 0, 1, 0), ("attempt", "attempt", 0, 1, 0), ("document", "octets", 0, 1, 0),
        ("mac", 32, 0, 0, 0)]),
    "refused": (("version", "shows"), [
        ("code", "code", 0, 1, 0), ("time", "time", 0, 1, 0), ("valid-until", "time", 1, 1, 0),
        ("attempt", "attempt", 1, 1, 0), ("mac", 32, 1, 0, 0)]),
    "leave": (("version",), [
        ("identity", "text", 0, 0, 0), ("server-name", "text", 0, 0, 0), ("leaf", 32, 0, 0, 0),
        ("certificate", "octets", 0, 1, 0), ("state", "octets", 0, 0, 0), ("signature", "octets", 0, 0, 0)]),
    "left": (("version",), [
        ("time", "time", 0, 0, 0), ("attempt", "attempt", 0, 0, 0), ("outcome", "text", 0, 0, 0)]),
}

SPELLINGS = {
    "text": r"[^\x00-\x20]+", "line": r"[!-~]([ -~]{0,62}[!-~])?", "code": r"ENR-[0-9]{3}",
    "time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
    "attempt": r"A-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}",
}


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def octets_of(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Stop("ENR-111") from None
    if base64.b64encode(data).decode() != text:
        raise Stop("ENR-111")
    return data


def packed(kind, value):
    """A field under the MAC or in the transcript."""
    if kind == "time":
        return lp((value or 0).to_bytes(8, "big"))
    if value is None:
        return lp("")
    if kind == "code":
        return number(int(value[4:]))
    if kind == "anchors":
        return number(len(value)) + b"".join(number(sum(ROLES[r] for r in roles)) + lp(der) for roles, der in value)
    return lp(value)


def gather(name, message, column):
    attributes, fields = MESSAGES[name]
    out = b""
    for a in attributes:
        if a == "shows":
            out += lp(message["shows"])
        elif column == 4:
            out += number(message["version"])
    return out + b"".join(packed(f[1], message.get(f[0])) for f in fields if f[column])


def payload(name, message):
    return gather(name, message, 3)


def chain(name, message):
    return gather(name, message, 4)


def written(name, message):
    attributes, fields = MESSAGES[name]
    root = ElementTree.Element(name, {"xmlns": NAMESPACE} | {a: str(message[a]) for a in attributes})
    for element, kind, *_ in fields:
        value = message.get(element)
        if value is not None:
            ElementTree.SubElement(root, element).text = value if isinstance(value, str) else base64.b64encode(value).decode()
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root)


def strict_tree(body, limit=262144):
    """Section 2.2: what a reader must refuse while it reads."""
    def no(*_):
        raise Stop("ENR-111")

    if len(body) > limit or body.startswith(b"\xef\xbb\xbf"):
        no()
    parser = expat.ParserCreate("UTF-8")
    parser.StartDoctypeDeclHandler = parser.CommentHandler = parser.ProcessingInstructionHandler = no
    parser.StartCdataSectionHandler = no
    parser.XmlDeclHandler = lambda version, encoding, _: version == "1.0" and (encoding or "utf-8").lower() == "utf-8" or no()
    parser.StartElementHandler = lambda name, attributes: ":" in name and no()
    try:
        parser.Parse(body, True)
        return ElementTree.fromstring(body)
    except (expat.ExpatError, ElementTree.ParseError):
        raise Stop("ENR-111") from None


def value_of(kind, node):
    if kind == "anchors":
        out = []
        for a in node:
            roles = a.get("roles", "").split(" ")
            if a.tag != f"{{{NAMESPACE}}}anchor" or [r for r in ROLES if r in roles] != roles:
                raise Stop("ENR-111")
            out.append((roles, octets_of(a.text or "")))
        if not 1 <= len(out) <= 8:
            raise Stop("ENR-111")
        return out
    text = node.text or ""
    if kind == "octets" or isinstance(kind, int):
        data = octets_of(text)
        if isinstance(kind, int) and len(data) != kind:
            raise Stop("ENR-111")
        return data
    if len(node) or not re.fullmatch(SPELLINGS[kind], text):
        raise Stop("ENR-111")
    return seconds(text) if kind == "time" else text


def read(body, *expected):
    """The message and its name."""
    root = strict_tree(body)
    name = root.tag.removeprefix(f"{{{NAMESPACE}}}")
    if name not in expected or name == root.tag:
        raise Stop("ENR-111")
    attributes, fields = MESSAGES[name]
    if set(root.keys()) != set(attributes):
        raise Stop("ENR-111")
    message = {a: int(root.get(a)) if a == "version" else root.get(a) for a in attributes}
    nodes = list(root)
    for element, kind, missing, *_ in fields:
        if nodes and nodes[0].tag == f"{{{NAMESPACE}}}{element}":
            message[element] = value_of(kind, nodes.pop(0))
        elif not missing:
            raise Stop("ENR-111")
    if nodes:
        raise Stop("ENR-111")
    return name, message


# --- section 2: one server, over TLS -------------------------------------------------------------------


class Server:
    """A name, and what is known about it. Without anchors no issuer is checked, but the name always is."""

    def __init__(self, server, schema=None):
        host, _, port = server.partition(":")
        self.name, self.port, self.schema = canonical_name(host), int(port or 443), schema
        self.link = self.leaf = self.anchors = None

    def connect(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.anchors is None:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        else:
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            context.load_verify_locations(cadata=b"".join(self.anchors))
        link = http.client.HTTPSConnection(self.name, self.port, context=context, timeout=60)
        try:
            link.connect()
        except ssl.SSLCertVerificationError:
            raise Stop("ENR-209") from None
        except OSError:
            raise Stop("ENR-102") from None
        der = link.sock.getpeercert(True)
        names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName)
        if not any(self.is_named(n) for n in names.value.get_values_for_type(x509.DNSName)):
            raise Stop("ENR-103")
        self.link = link
        return sha256(der)

    def is_named(self, pattern):
        """RFC 6125: a wildcard is the whole left label."""
        mine, theirs = self.name.split("."), pattern.lower().split(".")
        return mine == theirs or (theirs[0] == "*" and len(theirs) > 2 and mine[1:] == theirs[1:])

    def trust(self, anchors):
        """From here on the whole chain, on a connection of its own."""
        self.anchors = anchors
        self.close()
        if self.connect() != self.leaf:
            raise Stop("ENR-209")

    def close(self):
        if self.link:
            self.link.close()
        self.link = None

    def ask(self, phase, name, message, *expected):
        if self.link is None:
            leaf = self.connect()
            self.leaf = self.leaf or leaf
            if leaf != self.leaf:
                raise Stop("ENR-211")
        body = written(name, message)
        self.judge("native.rng", body)
        self.link.request("POST", "/enroll/" + phase, body, {"Content-Type": MEDIA_TYPE})
        answer = self.link.getresponse()
        body = answer.read(262145)
        if answer.getheader("Content-Type", "").partition(";")[0] != MEDIA_TYPE:
            raise Stop("ENR-111")
        self.judge("native.rng", body)
        name, message = read(body, "refused", *expected)
        if (name == "refused") == (answer.status == 200):
            raise Stop("ENR-111")
        return name, message

    def judge(self, grammar, body):
        if self.schema:
            done = subprocess.run(["xmllint", "--nonet", "--noout", "--relaxng", f"{self.schema}/{grammar}", "-"],
                                  input=body, stderr=subprocess.PIPE, check=False)
            if done.returncode:
                sys.exit(f"{grammar}: {done.stderr.decode()}\n{body.decode()}")


# --- section 8: the procedure ------------------------------------------------------------------------------


class Conversation:
    """Phase 1, and what all later ones stand on."""

    def __init__(self, server, identity, purpose=None, nonce=None):
        self.server, self.identity = server, identity
        asked = {"shows": "1", "identity": identity, "server-name": server.name, "nonce": nonce or os.urandom(32),
                 "client": "foreign/1", "purpose": purpose}
        name, answer = server.ask("discovery", "discovery", asked, "discovered")
        if name == "refused":
            raise Refused(answer, False)
        if answer["version"] != 1 or "1" not in answer["shows"].split(","):
            raise Stop("ENR-106")
        self.asked, self.answer = asked, answer
        self.transcript = sha256(lp(LABEL + "discovery") + chain("discovery", asked) + chain("discovered", answer))
        self.state = answer["state"]

    def head(self):
        return {"version": 1, "identity": self.identity, "server-name": self.server.name, "leaf": self.server.leaf}

    def context(self, label, request, transcript):
        return (lp(LABEL + label) + number(1) + lp(self.asked["shows"]) + lp(self.answer["shows"])
                + lp(request["identity"]) + lp(request["server-name"]) + lp(request["leaf"])
                + lp(self.asked["nonce"]) + lp(self.answer["nonce"]) + lp(transcript))

    def mac(self, keys, label, request, name, message, transcript):
        return hmac.digest(keys.key(label), self.context(label, request, transcript) + payload(name, message), "sha256")

    def step(self, label, name, message):
        self.transcript = sha256(lp(LABEL + label) + lp(self.transcript) + chain(name, message))

    def prove(self, keys, phase, request, wanted, forged):
        """One request under a MAC, one answer that must have the right one."""
        request["mac"] = self.mac(keys, "device " + phase, request, phase, request, self.transcript)
        self.step(phase, phase, request)
        name, answer = self.server.ask(phase, phase, request, wanted)
        if name == "refused" and "mac" not in answer:
            raise Refused(answer, False)
        label = "server refusal" if name == "refused" else "server " + phase
        if not hmac.compare_digest(answer["mac"], self.mac(keys, label, request, name, answer, self.transcript)):
            raise Stop(forged)
        if name == "refused":
            raise Refused(answer, True)
        if answer["version"] != 1:
            raise Stop(forged)
        return answer

    def challenge(self):
        octets = lp(LABEL + "challenge") + lp(self.transcript) + lp(self.asked["nonce"]) + lp(self.answer["nonce"])
        return base64.b64encode(sha256(octets)).decode()


MAKE_KEY = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()), "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048), "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def load_key(path, kind):
    if not os.path.exists(path):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
            f.write(MAKE_KEY[kind]().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                   serialization.NoEncryption()))
    return serialization.load_pem_private_key(open(path, "rb").read(), None)


def make_csr(key, challenge):
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    csr = csr.add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, challenge.encode()).sign(key, digest)
    return csr.public_bytes(serialization.Encoding.DER)


def signature(key, data):
    """Section 5.5."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def parms(document, *path):
    """PROVISIONING.md: the parms of one characteristic; "*" is any."""
    nodes = [ElementTree.fromstring(document)]
    for step in path:
        nodes = [c for n in nodes for c in n.findall("characteristic") if step in ("*", c.get("type"))]
    return {p.get("name"): p.get("value") for n in nodes for p in n.findall("parm")}


def enroll(options):
    identity = canonical_identity(options.identity)
    server = Server(options.server, options.schema)
    keys = Keys(identity, canonical_password(open(options.password_file, encoding="utf-8").read()))
    talk = Conversation(server, identity)
    print("eligible", talk.answer["eligible"], "attempt", talk.answer["attempt"])

    request = talk.head() | {"selector": keys.key("selector", 16), "state": talk.state}
    answer = talk.prove(keys, "bootstrap", request, "bootstrapped", "ENR-203")
    talk.step("bootstrapped", "bootstrapped", answer)
    if abs(time.time() - answer["time"]) > 300:
        raise Stop("ENR-107")
    print("anchors", " ".join("+".join(roles) for roles, _ in answer["anchors"]))
    anchors = [der for roles, der in answer["anchors"] if "server" in roles]
    server.trust(anchors)

    os.makedirs(options.dir, exist_ok=True)
    key = load_key(f"{options.dir}/key.pem", options.key)
    request = talk.head() | {"serial": options.serial, "csr": make_csr(key, talk.challenge()), "state": answer["state"]}
    answer = talk.prove(keys, "enrollment", request, "enrolled", "ENR-212")
    document = answer["document"]
    server.judge("wap-provisioningdoc.rng", document)
    server.close()
    keep(options, identity, server, anchors, document, keys)


def keep(options, identity, server, anchors, document, keys):
    der = base64.b64decode(parms(document, "CertificateStore", "MY", "*")["EncodedCertificate"])
    cert = x509.load_der_x509_certificate(der)
    mine = load_key(f"{options.dir}/key.pem", options.key).public_key()
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if cert.public_key().public_bytes(*spki) != mine.public_bytes(*spki):
        raise Stop("ENR-212")
    issuer = base64.b64decode(parms(document, "CertificateStore", "CA", "*")["EncodedCertificate"])
    with open(f"{options.dir}/device.pem", "wb") as f:
        for c in (der, issuer):
            f.write(x509.load_der_x509_certificate(c).public_bytes(serialization.Encoding.PEM))
    with open(f"{options.dir}/document.xml", "wb") as f:
        f.write(document)
    with open(f"{options.dir}/anchors.json", "w", encoding="utf-8") as f:
        json.dump({"identity": identity, "server": f"{server.name}:{server.port}",
                   "anchors": [base64.b64encode(a).decode() for a in anchors]}, f)
    enrollment = parms(document, "Enrolld.Enrollment")["EnrollmentID"]
    print("enrolled", parms(document, "Enrolld.DeviceName")["FQDN"], enrollment)
    sealed = parms(document, "Enrolld.Domain").get("MachinePassword")
    if sealed:
        secret = os.open(f"{options.dir}/machine", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(secret, "wb") as f:
            f.write(keys.open_secret("MachinePassword", enrollment, sealed))


def leave_message(talk, certificate, key):
    """Section 6.8."""
    message = talk.head() | {"certificate": certificate, "state": talk.state}
    signed = talk.context("device leave", message, talk.transcript) + payload("leave", message)
    return message | {"signature": signature(key, signed)}


def leave(options):
    kept = json.load(open(f"{options.dir}/anchors.json", encoding="utf-8"))
    server = Server(kept["server"], options.schema)
    server.anchors = [base64.b64decode(a) for a in kept["anchors"]]
    talk = Conversation(server, kept["identity"], "leave")
    print("eligible", talk.answer["eligible"])
    pem = x509.load_pem_x509_certificate(open(f"{options.dir}/device.pem", "rb").read())
    key = load_key(f"{options.dir}/key.pem", options.key)
    request = leave_message(talk, pem.public_bytes(serialization.Encoding.DER), key)
    name, answer = server.ask("leave", "leave", request, "left")
    if name == "refused":
        raise Refused(answer, False)
    print("left", answer["outcome"])


def main():
    parser = argparse.ArgumentParser()
    for option in ("server", "identity", "password-file", "dir", "serial", "schema"):
        parser.add_argument("--" + option)
    parser.add_argument("--key", default="p256", choices=MAKE_KEY)
    parser.add_argument("command", choices=("enroll", "leave"))
    options = parser.parse_args()
    try:
        {"enroll": enroll, "leave": leave}[options.command](options)
    except Stop as stop:
        print("stopped", stop)
        return 3
    except Refused as no:
        until = time.strftime(" until %Y-%m-%dT%H:%M:%SZ", time.gmtime(no.until)) if no.until else ""
        print("refused", no.code, ("proved" if no.proved else "unproved") + until)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
