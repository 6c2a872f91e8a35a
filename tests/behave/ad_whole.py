"""What ad_*.sh looks at with python: certificates and documents of devices in Active Directory.

	ad_whole.py certificate DER-FILE	one line a part: subject, names, upn, sid, purposes
	ad_whole.py password DOCUMENT IDENTITY PASSWORD	the machine password in the document, as the device gets it
	ad_whole.py parm DOCUMENT NAME		a parm of the domain section
"""
import base64
import hashlib
import hmac
import struct
import sys
import xml.etree.ElementTree as ET

from cryptography import x509
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

UPN = "1.3.6.1.4.1.311.20.2.3"
SID = "1.3.6.1.4.1.311.25.2"
SID_NAME = "1.3.6.1.4.1.311.25.2.1"


def der(data):
    """The first value: tag, content."""
    length, at = data[1], 2
    if length & 0x80:
        at += length & 0x7F
        length = int.from_bytes(data[2:at], "big")
    assert len(data) == at + length, "something behind it"
    return data[0], data[at:]


def certificate(path):
    cert = x509.load_der_x509_certificate(open(path, "rb").read())
    print("subject", cert.subject.rfc4514_string())
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for name in names:
        if isinstance(name, x509.OtherName):
            assert name.type_id.dotted_string == UPN
            tag, text = der(name.value)
            assert tag == 0x0C, "a UTF8String"
            print("upn", text.decode())
        else:
            print("dns", name.value)
    extension = cert.extensions.get_extension_for_oid(x509.ObjectIdentifier(SID))
    assert not extension.critical
    tag, general_names = der(extension.value.value)
    assert tag == 0x30
    tag, other_name = der(general_names)
    assert tag == 0xA0 and other_name[0] == 0x06
    oid, rest = other_name[2:2 + other_name[1]], other_name[2 + other_name[1]:]
    assert oid.hex() == "2b060104018237190201", SID_NAME
    tag, value = der(rest)
    assert tag == 0xA0
    tag, sid = der(value)
    assert tag == 0x04, "an OCTET STRING"
    print("sid", sid.decode())
    for use in cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value:
        print("purpose", use.dotted_string)


def domain(path):
    section = ET.parse(path).getroot().find("characteristic[@type='Enrolld.Domain']")
    return {p.get("name"): p.get("value") for p in section.findall("parm")}


def lp(text):
    return struct.pack(">I", len(text)) + text


def password(path, identity, typed):
    document = ET.parse(path).getroot()
    flag = document.find("characteristic[@type='Enrolld.Enrollment']/parm[@name='EnrollmentID']").get("value")
    canonical = typed.replace("-", "").encode()
    root = hmac.digest(b"enrolld-native-1 identity\0" + identity.encode(), canonical, hashlib.sha256)
    label = b"enrolld-native-1 document secret"
    key = hmac.digest(root, label + b"\x01", hashlib.sha256)
    sealed = base64.b64decode(domain(path)["MachinePassword"])
    aad = lp(label) + lp(b"MachinePassword") + lp(flag.encode())
    print(AESGCM(key).decrypt(sealed[:12], sealed[12:], aad).decode(), end="")


if __name__ == "__main__":
    verb, rest = sys.argv[1], sys.argv[2:]
    if verb == "certificate":
        certificate(*rest)
    elif verb == "password":
        password(*rest)
    else:
        print(domain(rest[0]).get(rest[1], ""))
