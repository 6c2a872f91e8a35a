#!/usr/bin/python3
"""Leaves a machine as it is when the server's answer has come and nothing was made of it yet, so that
`enroll join` goes on with it: key, certificate of a CA of its own, sealed machine password, document.
Made from docs/PROTOCOL.md section 10 and docs/PROVISIONING.md, without a line of the programs.

	answered.py ROOT NAME=VALUE…

name fqdn dns; realm account password version spns controller netbios login (none of them: no Kerberos); crl (URL);
identity. Values of password come from the file password=FILE names, whole.
"""
import base64
import datetime
import hashlib
import json
import os
import struct
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ENROLLMENT = "E-4H2X-8RNP"
root_dir, given = sys.argv[1], dict(a.split("=", 1) for a in sys.argv[2:])
folder = root_dir + "/etc/enroll"
now = datetime.datetime.utcnow()
der = lambda c: c.public_bytes(serialization.Encoding.DER)


def certificate(cn, key, issuer, issuer_key, add):
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, cn)]
    if issuer is not None and issuer.subject.rfc4514_string() == "CN=CA":
        subject.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, ENROLLMENT))
    b = x509.CertificateBuilder().subject_name(x509.Name(subject))
    b = b.issuer_name(issuer.subject if issuer else x509.Name(subject)).public_key(key.public_key())
    b = b.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
    b = b.not_valid_after(now + datetime.timedelta(days=30))
    b = b.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    for extension, critical in add:
        b = b.add_extension(extension, critical)
    return b.sign(issuer_key, hashes.SHA256())


def usage(ca):
    return (x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)


def certificates():
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    root = certificate("Root", keys[0], None, keys[0], [(x509.BasicConstraints(True, 1), True), usage(True)])
    ca = certificate("CA", keys[1], root, keys[0], [(x509.BasicConstraints(True, 0), True), usage(True)])
    add = [(x509.BasicConstraints(False, None), True), usage(False),
           (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
           (x509.SubjectAlternativeName([x509.DNSName(given["fqdn"])]), False)]
    if "crl" in given:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(given["crl"])], None, None, None)
        add.append((x509.CRLDistributionPoints([point]), False))
    return root, ca, certificate(given["name"], keys[2], ca, keys[1], add), keys


def crl(ca, key, revoked):
    b = x509.CertificateRevocationListBuilder().issuer_name(ca.subject).last_update(now)
    b = b.next_update(now + datetime.timedelta(days=1))
    for c in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(c.serial_number).revocation_date(now)
        b = b.add_revoked_certificate(entry.build())
    return b.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def seal(key, name, secret):
    lp = lambda text: struct.pack(">I", len(text)) + text.encode()
    aad = lp("enrolld-native-1 document secret") + lp(name) + lp(ENROLLMENT)
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, secret, aad)).decode()


def characteristic(kind, content):
    return '<characteristic type="%s">%s</characteristic>' % (kind, content)


def parms(values):
    return "".join('<parm name="%s" value="%s"/>' % p for p in values if p[1] is not None)


def store(name, c):
    entry = parms([("EncodedCertificate", base64.b64encode(der(c)).decode())])
    return characteristic(name, characteristic(hashlib.sha1(der(c)).hexdigest().upper(), entry))


def document(root, ca, device, key):
    domain = [("DNSDomain", given["dns"]), ("DN", "CN=" + given["name"])]
    if "account" in given:
        domain += [("Realm", given["realm"]), ("NetBIOSDomain", given.get("netbios")),
                   ("DomainController", given.get("controller")), ("Account", given["account"]),
                   ("KeyVersion", given["version"]), ("ServicePrincipals", given["spns"]),
                   ("MachinePassword", seal(key, "MachinePassword", open(given["password"], "rb").read())),
                   ("Login", given["login"])]
    name = [("Name", given["name"]), ("FQDN", given["fqdn"])]
    enrollment = [("EnrollmentID", ENROLLMENT), ("Enrolled", "1")]
    return '<wap-provisioningdoc version="1.1">%s</wap-provisioningdoc>' % "".join([
        characteristic("CertificateStore", store("ROOT", root) + store("CA", ca) + store("MY", device)),
        characteristic("Enrolld.DeviceName", parms(name)), characteristic("Enrolld.Domain", parms(domain)),
        characteristic("Enrolld.Enrollment", parms(enrollment))])


def put(name, data):
    fd = os.open(folder + "/" + name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(fd, data)
    os.close(fd)


os.makedirs(folder, exist_ok=True)
root, ca, device, keys = certificates()
secret = os.urandom(32)
pkcs8 = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
put("device.key", keys[2].private_bytes(*pkcs8))
put("provisioning.xml", document(root, ca, device, secret).encode())
put("join.state", json.dumps({
    "kind": "state", "version": 1, "stage": "answered", "identity": given["identity"], "server": "mobileenroll.contoso.test",
    "port": 443, "key_type": "p256", "made_folder": True, "secret_key": base64.b64encode(secret).decode(),
    "attempt": "A-2M6C-W8RA", "joined": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "anchors": [{"roles": 3, "der": base64.b64encode(der(root)).decode()}]}).encode())
if "lists" in given:  # a folder: what a CRL listener would answer, before and after a revocation
    for name, revoked in (("good.crl", []), ("revoked.crl", [device])):
        with open(given["lists"] + "/" + name, "wb") as out:
            out.write(crl(ca, keys[1], revoked))
