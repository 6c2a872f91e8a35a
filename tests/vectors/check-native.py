#!/usr/bin/env python3
"""Recomputes every number of tests/vectors/native.json from docs/PROTOCOL.md without any C of ours.

HKDF, HMAC and SHA-256 come from the openssl command, AES-GCM, certificates and requests from
python3-cryptography, XML from python's own parser; the order of fields is read from the tables of section 6.
Also holds the vectors printed in PROTOCOL.md, and its table of codes, to the tree.

    check-native.py        check; prints "N passed, N failed", ends with 1 if anything differs
    check-native.py -w     make the vectors anew and write them into native.json and PROTOCOL.md
"""
import base64
import datetime
import json
import os
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
VECTORS = os.path.join(ROOT, "tests/vectors/native.json")
DOCUMENT = os.path.join(ROOT, "docs/PROTOCOL.md")
CODES = os.path.join(ROOT, "lib/base/codes.def")
NAMESPACE = "urn:oid:2.25.65290093646721065681121292408955013760.2.1"
LABEL = "enrolld-native-1 "
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ROLES = {"server": 1, "device-ca": 2, "dm-server": 4, "vpn": 8}
MARKS = ("<!-- vectors: written by tests/vectors/check-native.py -w -->\n", "<!-- end of vectors -->")

# --- primitives, by the openssl command -------------------------------------------------------------


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, check=True, stdout=subprocess.PIPE).stdout


def sha256(data):
    return openssl("dgst", "-sha256", "-binary", data=data)


def hmac(key, data):
    return openssl("dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + key.hex(), "-binary", data=data)


def hkdf(length, *options):
    args = ["kdf", "-keylen", str(length), "-binary", "-kdfopt", "digest:SHA256"]
    for option in options:
        args += ["-kdfopt", option]
    return openssl(*args, "HKDF")


def extract(salt, ikm):
    return hkdf(32, "mode:EXTRACT_ONLY", "hexsalt:" + salt.hex(), "hexkey:" + ikm.hex())


def expand(root, info, length):
    return hkdf(length, "mode:EXPAND_ONLY", "hexkey:" + root.hex(), "hexinfo:" + info.encode().hex())


# --- section 5 -----------------------------------------------------------------------------------------


def lp(data):
    if isinstance(data, str):
        data = data.encode()
    return len(data).to_bytes(4, "big") + data


def number(n):
    return lp(n.to_bytes(4, "big"))


def moment(text):
    when = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return int(when.timestamp())


def tables():
    """Section 6: the fields of each message as (element, type, optional, under MAC, in transcript)."""
    found, name = {}, None
    for line in open(DOCUMENT, encoding="utf-8"):
        heading = re.match(r"### 6\.\d `(\w+)`", line)
        if heading:
            name = heading.group(1)
            found[name] = []
        elif line.startswith(("## ", "### ")):
            name = None
        cells = [cell.strip() for cell in line.split("|")]
        element = re.fullmatch(r"`([a-z-]+)` ?(\??)", cells[1]) if len(cells) > 5 else None
        if name and element:
            found[name].append((element.group(1), cells[2], bool(element.group(2)), cells[3] == "yes",
                                cells[4] == "yes"))
    return found


def packed(kind, node):
    """One field, under MAC or in the transcript."""
    if kind == "time":
        return lp((moment(node.text) if node is not None else 0).to_bytes(8, "big"))
    if node is None:
        return lp("")
    if kind.startswith("octets"):
        return lp(base64.b64decode(node.text, validate=True))
    if kind == "code":
        return number(int(node.text[4:]))
    if kind == "anchors":
        out = number(len(node))
        for anchor in node:
            out += number(sum(ROLES[r] for r in anchor.get("roles").split()))
            out += lp(base64.b64decode(anchor.text, validate=True))
        return out
    return lp(node.text)


class Message:
    """One message as it travels, with what section 5 makes of it."""

    def __init__(self, xml, fields):
        self.root = ElementTree.fromstring(xml)
        self.name = self.root.tag.replace("{" + NAMESPACE + "}", "")
        self.fields = fields[self.name]

    def node(self, element):
        return self.root.find("{" + NAMESPACE + "}" + element)

    def octets(self, element):
        return base64.b64decode(self.node(element).text)

    def collect(self, which):
        return b"".join(packed(f[1], self.node(f[0])) for f in self.fields if f[which])

    def payload(self):
        shows = self.root.get("shows")
        return (lp(shows) if shows else b"") + self.collect(3)

    def chain(self):
        out = b""
        if self.root.get("version"):
            out += number(int(self.root.get("version")))
        if self.root.get("shows"):
            out += lp(self.root.get("shows"))
        return out + self.collect(4)


# --- sections 3 and 4 -------------------------------------------------------------------------------


def password(typed):
    """Canonical form, None for a typing mistake."""
    digits = ""
    for c in typed.upper():
        c = {"I": "1", "L": "1", "O": "0"}.get(c, c)
        if c in " \t\r\n-\u00a0\u2010\u2011\u2012\u2013\u2014\u2015\u2212":
            continue
        if c not in ALPHABET:
            return None
        digits += c
    value = 0
    for c in digits:
        value = value * 32 + ALPHABET.index(c)
    return digits if len(digits) == 20 and value % 1021 == 1 else None


def domain(text, labels_min):
    labels = unicodedata.normalize("NFKC", text).replace("\u3002", ".").split(".")
    if labels[-1] == "" and len(labels) > 1:
        labels.pop()
    out = []
    for label in labels:
        label = unicodedata.normalize("NFKC", label.lower())
        if not label.isascii():
            label = "xn--" + label.encode("punycode").decode()
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label):
            return None
        out.append(label)
    if len(out) < labels_min or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", out[-1]):
        return None
    name = ".".join(out)
    return name if len(name) <= 253 else None


def ascii_lower(text):
    return "".join(c.lower() if c.isascii() else c for c in text)


def identity(text):
    """Canonical form, None if there is none. Vectors use no label that needs more of UTS 46 than NFKC."""
    text = unicodedata.normalize("NFC", text)
    if text.count("@") != 1:
        return None
    if any(unicodedata.category(c) == "Cc" or unicodedata.category(c)[0] == "Z" for c in text):
        return None
    if any(ord(c) & 0xfffe == 0xfffe or 0xfdd0 <= ord(c) <= 0xfdef for c in text):
        return None
    local, host = text.split("@")
    local = unicodedata.normalize("NFC", ascii_lower(local))
    host = domain(host, 2)
    if not local or not host or set(local) & set('()<>[]:;,\\"'):
        return None
    whole = local + "@" + host
    return whole if len(whole.encode()) <= 254 else None


# --- what follows from the messages -------------------------------------------------------------------


def derive(v):
    """Everything that can be computed from the inputs and messages of v, in the shape of v."""
    fields = tables()
    inputs = v["inputs"]
    m = {name: Message(xml, fields) for name, xml in v["messages"].items()}
    out = {"inputs": dict(inputs), "messages": v["messages"]}
    out["inputs"]["identity"] = identity(inputs["identity_typed"])
    out["inputs"]["password"] = password(inputs["password_typed"])
    out["inputs"]["leaf"] = sha256(base64.b64decode(inputs["leaf_certificate"])).hex()
    who, secret = out["inputs"]["identity"], out["inputs"]["password"]

    root = extract((LABEL + "identity").encode() + b"\0" + who.encode(), secret.encode())
    keys = {"root": root.hex(), "selector": expand(root, LABEL + "selector", 16).hex()}
    for label in ("device bootstrap", "server bootstrap", "device enrollment", "server enrollment",
                  "server refusal", "document secret"):
        keys[label] = expand(root, LABEL + label, 32).hex()
    out["keys"] = keys

    t1 = sha256(lp(LABEL + "discovery") + m["discovery"].chain() + m["discovered"].chain())
    t2a = sha256(lp(LABEL + "bootstrap") + lp(t1) + m["bootstrap"].chain())
    t2 = sha256(lp(LABEL + "bootstrapped") + lp(t2a) + m["bootstrapped"].chain())
    t3 = sha256(lp(LABEL + "enrollment") + lp(t2) + m["enrollment"].chain())
    out["transcripts"] = {"T1": t1.hex(), "T2a": t2a.hex(), "T2": t2.hex(), "T3": t3.hex()}

    nonces = lp(m["discovery"].octets("nonce")) + lp(m["discovered"].octets("nonce"))
    out["challenge"] = base64.b64encode(sha256(lp(LABEL + "challenge") + lp(t2) + nonces)).decode()

    out["macs"] = {}
    for name, label, transcript, request in (
            ("bootstrap", "device bootstrap", t1, "bootstrap"),
            ("bootstrapped", "server bootstrap", t2a, "bootstrap"),
            ("enrollment", "device enrollment", t2, "enrollment"),
            ("enrolled", "server enrollment", t3, "enrollment"),
            ("refused", "server refusal", t3, "enrollment"),
            ("refused-early", "server refusal", t2a, "bootstrap")):
        asked = m[request]
        data = lp(LABEL + label) + number(int(m["discovered"].root.get("version")))
        data += lp(m["discovery"].root.get("shows")) + lp(m["discovered"].root.get("shows"))
        data += lp(asked.node("identity").text) + lp(asked.node("server-name").text)
        data += lp(asked.octets("leaf")) + nonces + lp(transcript)
        payload = m[name].payload()
        mac = hmac(bytes.fromhex(keys[label]), data + payload)
        out["macs"][name] = {"label": LABEL + label, "payload": payload.hex(),
                             "input": (data + payload).hex(), "mac": mac.hex()}

    asked = m["leave"]
    data = lp(LABEL + "device leave") + number(int(m["discovered"].root.get("version")))
    data += lp(m["discovery"].root.get("shows")) + lp(m["discovered"].root.get("shows"))
    data += lp(asked.node("identity").text) + lp(asked.node("server-name").text)
    data += lp(asked.octets("leaf")) + nonces + lp(t1) + asked.payload()
    out["leave"] = {"label": LABEL + "device leave", "input": data.hex(),
                    "signature": ed25519("device").sign(data).hex()}

    s = v["secret"]
    aad = lp(LABEL + "document secret") + lp(s["name"]) + lp(s["enrollment"])
    nonce = bytes.fromhex(s["nonce"])
    sealed = nonce + AESGCM(bytes.fromhex(keys["document secret"])).encrypt(nonce, s["plain"].encode(), aad)
    out["secret"] = dict(s, aad=aad.hex(), sealed=base64.b64encode(sealed).decode())

    out["passwords"] = [[typed, password(typed)] for typed, _ in v["passwords"]]
    out["identities"] = [[typed, identity(typed)] for typed, _ in v["identities"]]
    out["server_names"] = [[typed, domain(typed, 1)] for typed, _ in v["server_names"]]
    return out


# --- making them anew ------------------------------------------------------------------------------------


def ed25519(seed):
    return Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()))


def certificate(name, serial):
    key = ed25519(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    cert = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(serial)
            .public_key(key.public_key()).not_valid_before(datetime.datetime(2026, 1, 1))
            .not_valid_after(datetime.datetime(2036, 1, 1)).sign(key, None))
    return base64.b64encode(cert.public_bytes(serialization.Encoding.DER)).decode()


def request(challenge):
    key = ed25519("device")
    csr = (x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
           .add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, challenge.encode()).sign(key, None))
    return base64.b64encode(csr.public_bytes(serialization.Encoding.DER)).decode()


def octets(name, n=32):
    return base64.b64encode(sha256(name.encode())[:n]).decode()


def message(name, attributes, *elements):
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{NAMESPACE}"'
    xml += "".join(f' {k}="{v}"' for k, v in attributes) + ">\n"
    return xml + "".join(f"<{k}>{v}</{k}>\n" for k, v in elements) + f"</{name}>\n"


def compose(v):
    """Fills in messages one after the other: each needs what the ones before give."""
    m = v["messages"]
    who, host = identity(v["inputs"]["identity_typed"]), v["inputs"]["server_name"]
    leaf = base64.b64encode(sha256(base64.b64decode(v["inputs"]["leaf_certificate"]))).decode()
    attempt, now = "A-7K3M-Q9TD", "2026-11-23T08:41:"
    m["discovery"] = message("discovery", [("shows", "1")], ("identity", who), ("server-name", host),
                             ("nonce", octets("nonce of the device")), ("client", "enroll/1.0.0"))
    m["discovered"] = message("discovered", [("version", 1), ("shows", "1")], ("eligible", "yes"),
                              ("time", now + "30Z"), ("nonce", octets("nonce of the server")),
                              ("attempt", attempt), ("state", octets("state 1")))
    anchors = "".join(f'\n<anchor roles="{roles}">{certificate(name, serial)}</anchor>' for serial, (roles, name)
                      in enumerate((("server device-ca", "Example Root CA"), ("dm-server vpn", "Example VPN CA")), 1))

    def finish(name, build):
        """Twice: once to have the MAC, once to put it in."""
        for later in MESSAGES[MESSAGES.index(name):]:
            m[later] = FILLERS[later]
        m[name] = build(octets("none"))
        made = derive(v)
        m[name] = build(base64.b64encode(bytes.fromhex(made["macs"][name]["mac"])).decode())
        return derive(v)

    head = (("identity", who), ("server-name", host), ("leaf", leaf))
    for name in MESSAGES + ["leave"]:
        m.setdefault(name, FILLERS[name])
    selector = base64.b64encode(bytes.fromhex(derive(v)["keys"]["selector"])).decode()
    finish("bootstrap", lambda mac: message("bootstrap", [("version", 1)], *head, ("selector", selector),
                                            ("state", octets("state 1")), ("mac", mac)))
    made = finish("bootstrapped", lambda mac: message(
        "bootstrapped", [("version", 1)], ("time", now + "31Z"), ("valid-until", "2026-11-23T16:20:11Z"),
        ("anchors", anchors + "\n"),
        ("attempt", attempt), ("state", octets("state 2")), ("mac", mac)))
    csr = request(made["challenge"])
    made = finish("enrollment", lambda mac: message(
        "enrollment", [("version", 1)], *head, ("serial", "5CG1234XYZ"), ("csr", csr),
        ("state", octets("state 2")), ("mac", mac)))
    s = made["secret"]
    document = ('<?xml version="1.0" encoding="UTF-8"?>\n<wap-provisioningdoc version="1.1">\n'
                '  <characteristic type="Domain">\n'
                f'    <parm name="{s["name"]}" value="{s["sealed"]}"/>\n'
                '  </characteristic>\n</wap-provisioningdoc>\n')
    finish("enrolled", lambda mac: message(
        "enrolled", [("version", 1)], ("time", now + "33Z"), ("attempt", attempt),
        ("document", base64.b64encode(document.encode()).decode()), ("mac", mac)))
    finish("refused", lambda mac: message(
        "refused", [("version", 1), ("shows", "1")], ("code", "ENR-602"), ("time", now + "33Z"),
        ("valid-until", "2026-11-23T16:20:11Z"), ("attempt", attempt), ("mac", mac)))
    finish("refused-early", lambda mac: message(
        "refused", [("version", 1), ("shows", "1")], ("code", "ENR-207"), ("time", now + "31Z"),
        ("attempt", attempt), ("mac", mac)))

    def leave(signature):
        m["leave"] = message("leave", [("version", 1)], *head, ("certificate", certificate("device", 3)),
                             ("state", octets("state 1")), ("signature", signature))
        return derive(v)

    m["left"] = message("left", [("version", 1)], ("time", now + "34Z"), ("attempt", attempt), ("outcome", "revoked"))
    return leave(base64.b64encode(bytes.fromhex(leave(octets("none"))["leave"]["signature"])).decode())


MESSAGES = ["bootstrap", "bootstrapped", "enrollment", "enrolled", "refused", "refused-early"]
FILLERS = {
    "bootstrap": message("bootstrap", [("version", 1)], ("identity", "a@b.c"), ("server-name", "b"),
                         ("leaf", octets("")), ("selector", octets("", 16)), ("mac", octets(""))),
    "bootstrapped": message("bootstrapped", [("version", 1)], ("time", "2026-01-01T00:00:00Z"), ("anchors", ""),
                            ("attempt", "x"), ("mac", octets(""))),
    "enrollment": message("enrollment", [("version", 1)], ("identity", "a@b.c"), ("server-name", "b"),
                          ("leaf", octets("")), ("csr", octets("")), ("mac", octets(""))),
    "enrolled": message("enrolled", [("version", 1)], ("time", "2026-01-01T00:00:00Z"), ("attempt", "x"),
                        ("document", octets("")), ("mac", octets(""))),
    "refused": message("refused", [("version", 1), ("shows", "1")], ("code", "ENR-202"),
                       ("time", "2026-01-01T00:00:00Z")),
    "leave": message("leave", [("version", 1)], ("identity", "a@b.c"), ("server-name", "b"), ("leaf", octets("")),
                     ("certificate", octets("")), ("signature", octets(""))),
}

FILLERS["refused-early"] = FILLERS["refused"]

PASSWORDS = [
    "7K3MQ-D2PXW-9H3TB-CN6G5", "7k3mq d2pxw 9h3tb cn6g5", "7K3MQD2PXW9H3TBCN6G5", "00000-00000-00000-00001",
    "OOOOO-OOOOO-OOOOO-OOOOI", "ooooo ooooo ooooo ooool", "00000\u201300000\u201300000\u201300001\n",
    "00000-00000-00000-00002", "00000-00000-00000-00010", "0000000000000000000", "000000000000000000001",
    "00000-00000-00000-0000U", "00000_00000_00000_00001", "",
]
IDENTITIES = [
    "andreas@contoso.com", "Andreas@Contoso.COM", "andreas@contoso.com.", "andreas@m\u00fcnchen.example",
    "andreas@M\u00dcNCHEN.example", "andreas@xn--mnchen-3ya.example", "andreas@XN--MNCHEN-3YA.example",
    "andreas@mu\u0308nchen.example", "andreas@stra\u00dfe.example", "andreas@contoso\u3002com",
    "I@contoso.com", "\u0130@contoso.com", "\u0131@contoso.com", "I\u0307@contoso.com", "\u212a@contoso.com",
    "\u00c9@contoso.com", "e\u0301@contoso.com", "\u00e9@contoso.com", "H\u0331@contoso.com",
    "stra\u00dfe@contoso.com", "*@contoso.com", "o'neil+tag@contoso.com", "x" * 242 + "@contoso.com",
    "x" * 243 + "@contoso.com", "andreas", "@contoso.com", "andreas@", "andreas@contoso", "a@b@contoso.com",
    "\"andreas\"@contoso.com", "an dreas@contoso.com", "andreas@contoso.com ", "andreas\u00a0@contoso.com",
    "andreas\u0007@contoso.com", "andreas\u0085@contoso.com", "andreas@192.0.2.1", "andreas@[192.0.2.1]",
    "andreas@contoso..com", "andreas@-contoso.com", "andreas@con_toso.com", "andreas)(uid=*@contoso.com",
    "andreas@ISTANBUL.example", "andreas@\u0130stanbul.example", "andreas@\u0131stanbul.example",
    "andreas@\uff23\uff2f\uff2e\uff34\uff2f\uff33\uff2f.com", "\uff21ndreas@contoso.com", "andreas.@contoso.com",
    "andreas@contoso.com..", "andreas\ufffe@contoso.com", "andreas\u2003@contoso.com", "\u03b1@contoso.com",
    "a@" + "b" * 63 + ".com", "a@" + "b" * 64 + ".com", "x" * 231 + "@m\u00fcnchen.example", "x" * 232 + "@m\u00fcnchen.example",
    "e\u0301" * 121 + "@contoso.com", "e\u0301" * 122 + "@contoso.com", "",
]
SERVER_NAMES = [
    "mobileenroll.contoso.com", "MobileEnroll.Contoso.COM.", "enroll1", "m\u00fcnchen.example", "192.0.2.1",
    "1.2", "0x7f000001", "contoso.com.0xa", "", "con_toso.com", "-a.com",
]


def make():
    v = {
        "about": "Vectors of docs/PROTOCOL.md; made and checked by check-native.py. Octets are hex unless they travel.",
        "inputs": {
            "identity_typed": "Andreas@Contoso.COM", "identity": "", "password_typed": "", "password": "",
            "server_name": "mobileenroll.contoso.com",
            "leaf_certificate": certificate("mobileenroll.contoso.com", 7), "leaf": "",
        },
        "messages": {},
        "secret": {"name": "MachinePassword", "enrollment": "E-4H2X-8RNP", "plain": "correct horse battery staple",
                   "nonce": sha256(b"nonce of the secret")[:12].hex()},
        "passwords": [[t, None] for t in PASSWORDS],
        "identities": [[t, None] for t in IDENTITIES],
        "server_names": [[t, None] for t in SERVER_NAMES],
    }
    stem = "7K3MQD2PXW9H3TBCN6"
    for a in ALPHABET:
        for b in ALPHABET:
            if password(stem + a + b):
                whole = stem + a + b
    v["inputs"]["password_typed"] = "-".join(whole[i:i + 5] for i in range(0, 20, 5)).lower()
    for row in v["passwords"][:3]:
        row[0] = row[0].replace("CN6G5", whole[15:]).replace("cn6g5", whole[15:].lower())
    made = compose(v)
    made["about"] = v["about"]
    return {k: made[k] for k in ("about", "inputs", "keys", "transcripts", "challenge", "macs", "leave", "messages",
                                 "secret", "passwords", "identities", "server_names")}


# --- the block in PROTOCOL.md -------------------------------------------------------------------------


def block(v):
    rows = [("identity", v["inputs"]["identity"]), ("password", v["inputs"]["password"]),
            ("server_name", v["inputs"]["server_name"]), ("leaf", v["inputs"]["leaf"])]
    rows += list(v["keys"].items()) + list(v["transcripts"].items()) + [("challenge", v["challenge"])]
    rows += [("mac of " + name, row["mac"]) for name, row in v["macs"].items()]
    rows += [("signature of leave", v["leave"]["signature"])]
    rows += [("secret " + k, v["secret"][k]) for k in ("plain", "nonce", "aad", "sealed")]
    text = "| value | octets in hex, texts as they are |\n| --- | --- |\n"
    text += "".join(f"| {k} | `{x}` |\n" for k, x in rows)
    text += "\nInputs of the MACs and of the signature, and in them the payloads:\n\n```\n"
    for name, row in list(v["macs"].items()) + [("leave", v["leave"])]:
        lines = [row["input"][i:i + 96] for i in range(0, len(row["input"]), 96)]
        text += name + "\n" + "".join("  " + line + "\n" for line in lines)
    text += "```\n\nThe messages:\n\n```xml\n" + "\n".join(v["messages"].values()) + "```\n"
    text += "\n| identity as typed (JSON) | canonical |\n| --- | --- |\n"
    for typed, canonical in v["identities"]:
        if len(typed) < 60:
            shown = json.dumps(typed).replace("|", "\\|")
            text += f"| `{shown}` | " + (f"`{canonical}`" if canonical else "ENR-110") + " |\n"
    return text


def printed():
    text = open(DOCUMENT, encoding="utf-8").read()
    return text.split(MARKS[0])[1].split(MARKS[1])[0]


def write(v):
    with open(VECTORS, "w", encoding="utf-8") as f:
        json.dump(v, f, indent=1, ensure_ascii=True)
        f.write("\n")
    text = open(DOCUMENT, encoding="utf-8").read()
    before, rest = text.split(MARKS[0])
    with open(DOCUMENT, "w", encoding="utf-8") as f:
        f.write(before + MARKS[0] + block(v) + MARKS[1] + rest.split(MARKS[1])[1])


# --- checking ----------------------------------------------------------------------------------------------

passed, failed = 0, 0


def check(what, wanted, got):
    global passed, failed
    if wanted == got:
        passed += 1
        return
    failed += 1
    print(f"FAIL {what}:\n  file     {wanted}\n  computed {got}", file=sys.stderr)


def compare(path, wanted, got):
    if isinstance(got, dict):
        check(path + " names", sorted(wanted), sorted(got))
        for k in got:
            compare(f"{path}.{k}", wanted.get(k), got[k])
    elif isinstance(got, list):
        check(path + " length", len(wanted), len(got))
        for i, (a, b) in enumerate(zip(wanted, got)):
            check(f"{path}[{i}]", a, b)
    else:
        check(path, wanted, got)


def check_messages(v):
    """What a message carries is what follows from the messages before it."""
    fields = tables()
    m = {name: Message(xml, fields) for name, xml in v["messages"].items()}
    for name, row in v["macs"].items():
        check(f"mac inside {name}", m[name].octets("mac").hex(), row["mac"])
    check("selector inside bootstrap", m["bootstrap"].octets("selector").hex(), v["keys"]["selector"])
    for name in ("bootstrap", "enrollment"):
        check(f"leaf inside {name}", m[name].octets("leaf").hex(), v["inputs"]["leaf"])
    csr = x509.load_der_x509_csr(m["enrollment"].octets("csr"))
    check("signature of the csr", True, csr.is_signature_valid)
    challenge = csr.attributes.get_attribute_for_oid(x509.oid.AttributeOID.CHALLENGE_PASSWORD).value
    check("challenge inside the csr", challenge.decode(), v["challenge"])
    document = ElementTree.fromstring(m["enrolled"].octets("document"))
    check("secret inside the document", document[0][0].get("value"), v["secret"]["sealed"])
    sealed = base64.b64decode(v["secret"]["sealed"])
    plain = AESGCM(bytes.fromhex(v["keys"]["document secret"])).decrypt(
        sealed[:12], sealed[12:], bytes.fromhex(v["secret"]["aad"]))
    check("secret opened", plain.decode(), v["secret"]["plain"])
    for name, message_ in m.items():
        present = [n.tag.split("}")[1] for n in message_.root]
        left_out = ["purpose"] + ["valid-until"] * (name == "refused-early")
        check(f"elements of {name}", present, [f[0] for f in message_.fields if f[0] not in left_out])
    signed = x509.load_der_x509_certificate(m["leave"].octets("certificate")).public_key()
    check("signature inside leave", m["leave"].octets("signature").hex(), v["leave"]["signature"])
    check("signature of leave", None, signed.verify(m["leave"].octets("signature"), bytes.fromhex(v["leave"]["input"])))


def check_codes():
    """Section 9 against the table in the code."""
    rows = {n: (word, http) for n, word, http in re.findall(
        r"^X\([A-Z_0-9]+, (\d+), \"([a-z-]+)\", (\d+),", open(CODES, encoding="utf-8").read(), re.M)}
    text = open(DOCUMENT, encoding="utf-8").read()
    listed = re.findall(r"^\| ENR-(\d+) \| ([a-z-]+) \| (\d+) \|", text, re.M)
    check("section 9 lists codes", True, len(listed) > 15)
    for n, word, http in listed:
        check(f"ENR-{n}", (word, http), rows.get(n))


# Limits of section 2.3 by what they are called in lib/wire.
LIMITS = [
    ("body of a request", "NATIVE_REQUEST_MAX"), ("body of an answer", "NATIVE_ANSWER_MAX"),
    ("list of versions", "NATIVE_SHOWN_MAX"), ("identity", "IDENTITY_MAX"), ("server name", "SERVER_NAME_MAX"),
    ("state", "NATIVE_STATE_MAX"), ("anchors", "NATIVE_ANCHORS_MAX"), ("certificate request", "NATIVE_CSR_MAX"),
    ("provisioning document", "NATIVE_DOCUMENT_MAX"),
    ("certificate of a device, signature", "NATIVE_CERTIFICATE_MAX"),
]


def check_tables():
    """Labels, roles and limits of the document against what is computed with, and against the headers."""
    text = open(DOCUMENT, encoding="utf-8").read()
    labels = dict(re.findall(r"^\| `" + LABEL + r"([a-z ]+)` \| (\d+) \|", text, re.M))
    wanted = ("selector", "device bootstrap", "server bootstrap", "device enrollment", "server enrollment",
              "server refusal", "document secret")
    check("labels of section 5.1", {w: "16" if w == "selector" else "32" for w in wanted}, labels)
    check("roles", {k: str(n) for k, n in ROLES.items()}, dict(re.findall(r"^\| `([a-z-]+)` \| ([1248]) \|", text, re.M)))
    headers = "".join(open(os.path.join(ROOT, "lib/wire", name), encoding="utf-8").read()
                      for name in ("native.h", "native_keys.h", "identity.h"))
    said = dict(re.findall(r"^\| ([a-z, ]+) \| (\d+)\b.*\|$", text, re.M))
    for what, name in LIMITS:
        there = re.search(rf"^#define {name} (\d+)", headers, re.M)
        check(f"limit: {what}", there and there.group(1), said.get(what))


def main():
    if sys.argv[1:] == ["-w"]:
        write(make())
        return 0
    v = json.load(open(VECTORS, encoding="utf-8"))
    made = derive(v)
    for part in made:
        compare(part, v[part], made[part])
    check_messages(v)
    check_codes()
    check_tables()
    check("the block in PROTOCOL.md", printed(), block(v))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
