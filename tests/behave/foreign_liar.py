#!/usr/bin/env python3
"""The device of foreign_device.py, telling lies: about its key, its conversation, its certificate.

    foreign_liar.py SERVER IDENTITY PASSWORD-FILE ROOT LIE...      lies of who enrolls
    foreign_liar.py SERVER IDENTITY leave FOLDER LIE...            lies of who leaves; FOLDER has device.pem, device.key

ROOT and FOLDER/root.pem are what the server's chain must end in. Prints for each lie its name and what came of it:
the code and proved or unproved, or the message. LIES says what each one is; "NAME=FILE" gives it a file.
"""
import os
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import foreign_device as device
from foreign_device import Conversation, Keys, Refused, Server, Stop, payload


def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.1)


class Enrolling:
    """One conversation, up to where the lie is told."""

    def __init__(self, server, identity, password):
        self.server, self.identity = server, identity
        self.keys = Keys(identity, password)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.talk = Conversation(server, identity)

    def first(self, **changes):
        """The bootstrap, with its right MAC."""
        request = self.talk.head() | {"selector": self.keys.key("selector", 16), "state": self.talk.state} | changes
        return request | {"mac": self.talk.mac(self.keys, "device bootstrap", request, "bootstrap", request,
                                               self.talk.transcript)}

    def bootstrap(self):
        answer = self.talk.prove(self.keys, "bootstrap", self.first(), "bootstrapped", "ENR-203")
        self.talk.step("bootstrapped", "bootstrapped", answer)
        self.bootstrapped = answer
        return self

    def second(self, **changes):
        csr = device.make_csr(self.key, self.talk.challenge())
        request = self.talk.head() | {"serial": None, "csr": csr, "state": self.bootstrapped["state"]} | changes
        return request | {"mac": self.talk.mac(self.keys, "device enrollment", request, "enrollment", request,
                                               self.talk.transcript)}

    def say(self, phase, request):
        """What the server answers, in words. A MAC must be one of this very request."""
        before = self.talk.transcript
        self.talk.step(phase, phase, request)
        name, answer = self.server.ask(phase, phase, request, "bootstrapped", "enrolled")
        if name != "refused":
            return name
        if "mac" not in answer:
            return answer["code"] + " unproved"
        mac = self.talk.mac(self.keys, "server refusal", request, name, answer, self.talk.transcript)
        self.talk.transcript = before
        return answer["code"] + (" proved" if mac == answer["mac"] else " forged")

    def mac_of(self, label, phase, request, transcript=None):
        return request | {"mac": self.talk.mac(self.keys, label, request, phase, request, transcript or self.talk.transcript)}


# --- who enrolls ---------------------------------------------------------------------------------------------


def bootstrap_with(label):
    """A MAC with the right inputs and the label of another message."""
    def lie(e, _):
        return e.say("bootstrap", e.mac_of(label, "bootstrap", e.first()))
    return lie


def enrollment_with(label):
    def lie(e, _):
        return e.bootstrap().say("enrollment", e.mac_of(label, "enrollment", e.second()))
    return lie


def reflected(e, _):
    """The server's own MAC sent back to it."""
    e.bootstrap()
    return e.say("enrollment", e.second() | {"mac": e.bootstrapped["mac"]})


def first_transcript(e, _):
    """T1 where T2 belongs: phase 2 left out of what is proved."""
    early = e.talk.transcript
    e.bootstrap()
    return e.say("enrollment", e.mac_of("device enrollment", "enrollment", e.second(), early))


def first_challenge(e, _):
    """The challenge of T1 in a request that is otherwise right."""
    early = e.talk.challenge()
    e.bootstrap()
    return e.say("enrollment", e.second(csr=device.make_csr(e.key, early)))


def better_removed(e, _):
    """Both lists under the MAC: the device showed 1,2, and somebody made 1 of it."""
    e.talk.asked["shows"] = "1,2"
    return e.say("bootstrap", e.first())


def other_conversation(e, _):
    """The state of one conversation, the MAC of another, same device, same nonce."""
    state, nonce = e.talk.state, e.talk.asked["nonce"]
    e.talk = Conversation(e.server, e.identity, nonce=nonce)
    return e.say("bootstrap", e.first(state=state))


def same_nonce(e, _):
    """A device that uses its nonce twice harms nobody: the server's is fresh."""
    old = e.talk.answer["nonce"]
    e.talk = Conversation(e.server, e.identity, nonce=e.talk.asked["nonce"])
    return e.say("bootstrap", e.first()) if e.talk.answer["nonce"] != old else "the same nonce"


def bootstrap_replayed(e, _):
    """The octets of an earlier bootstrap with the state of a new conversation."""
    old = e.first()
    e.say("bootstrap", old)
    e.talk = Conversation(e.server, e.identity)
    return e.say("bootstrap", old | {"state": e.talk.state})


def enrollment_replayed(e, _):
    """A request for a certificate from an earlier conversation, under a MAC of this one."""
    e.bootstrap()
    old = e.second()["csr"]
    e.talk = Conversation(e.server, e.identity)
    e.bootstrap()
    return e.say("enrollment", e.second(csr=old))


def leaving_state(e, _):
    return e.say("bootstrap", e.first(state=Conversation(e.server, e.identity, "leave").state))


def of_other_server(e, other):
    """A state of another installation under the same name."""
    there = Server(other, e.server.schema)
    return e.say("bootstrap", e.first(state=Conversation(there, e.identity).state))


def aged(state, key, seconds, phase):
    """A state of the server as if it had been made that much earlier: with the server's own key, from its folder."""
    lock, aad = AESGCM(open(key, "rb").read()), f"enrolld conversation 1 {phase}".encode()
    plain = lock.decrypt(state[:12], state[12:], aad)
    made = int.from_bytes(plain[:8], "big") - seconds
    return state[:12] + lock.encrypt(state[:12], made.to_bytes(8, "big") + plain[8:], aad)


def old_bootstrap(seconds):
    def lie(e, key):
        return e.say("bootstrap", e.first(state=aged(e.talk.state, key, seconds, "discovered")))
    return lie


def old_enrollment(e, key):
    e.bootstrap()
    return e.say("enrollment", e.second(state=aged(e.bootstrapped["state"], key, 605, "bootstrapped")))


# --- who leaves ------------------------------------------------------------------------------------------------


class Leaving:
    def __init__(self, server, identity, folder):
        self.server, self.identity = server, identity
        pem = open(f"{folder}/device.pem", "rb").read()
        self.certificate = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        self.key = serialization.load_pem_private_key(open(f"{folder}/device.key", "rb").read(), None)
        self.talk = Conversation(server, identity, "leave")
        self.last = None

    def signed(self, label="device leave", digest=hashes.SHA256(), transcript=None):
        m = self.talk.head() | {"certificate": self.certificate, "state": self.talk.state}
        data = self.talk.context(label, m, transcript or self.talk.transcript) + payload("leave", m)
        return m | {"signature": self.key.sign(data, ec.ECDSA(digest))}

    def say(self, request):
        self.last = request
        name, answer = self.server.ask("leave", "leave", request, "left")
        return answer["code"] if name == "refused" else answer["outcome"]


def other_identity(e, _):
    e.talk = Conversation(e.server, "x@contoso.test", "leave")
    e.talk.identity = "x@contoso.test"
    return e.say(e.signed())


def enroll_conversation(e, _):
    e.talk = Conversation(e.server, e.identity)
    return e.say(e.signed())


def old_nonce(e, _):
    """Signed in an earlier conversation."""
    old = e.signed()["signature"]
    e.talk = Conversation(e.server, e.identity, "leave")
    return e.say(e.signed() | {"signature": old})


def old_leave(e, key):
    e.talk.state = aged(e.talk.state, key, 605, "leaving")
    return e.say(e.signed())


def no_state(e, _):
    return e.say(e.signed() | {"state": os.urandom(300)})


LIES = {
    "true": lambda e, _: e.say("bootstrap", e.first()) if isinstance(e, Enrolling) else e.say(e.signed()),
    # who enrolls: MACs of other messages and directions, transcripts, conversations
    "server-label": bootstrap_with("server bootstrap"), "later-label": bootstrap_with("device enrollment"),
    "refusal-label": bootstrap_with("server refusal"), "earlier-label": enrollment_with("device bootstrap"),
    "answer-label": enrollment_with("server enrollment"), "reflected": reflected,
    "first-transcript": first_transcript, "first-challenge": first_challenge, "better-removed": better_removed,
    "other-conversation": other_conversation, "same-nonce": same_nonce, "bootstrap-replayed": bootstrap_replayed,
    "enrollment-replayed": enrollment_replayed, "leaving-state": leaving_state, "other-server": of_other_server,
    "young-bootstrap": old_bootstrap(590), "old-bootstrap": old_bootstrap(605), "future-bootstrap": old_bootstrap(-120),
    "old-enrollment": old_enrollment,
    # who leaves
    "other-identity": other_identity, "enroll-conversation": enroll_conversation, "old-nonce": old_nonce,
    "no-state": no_state, "old-leave": old_leave,
    "enroll-label": lambda e, _: e.say(e.signed("device enrollment")),
    "sha384": lambda e, _: e.say(e.signed(digest=hashes.SHA384())),
    "no-transcript": lambda e, _: e.say(e.signed(transcript=bytes(32))),
    "again": lambda e, _: e.say(e.last),
}


def main():
    server, identity, password = sys.argv[1:4]
    root = sys.argv[4] if password != "leave" else f"{sys.argv[4]}/root.pem"
    root = x509.load_pem_x509_certificate(open(root, "rb").read()).public_bytes(serialization.Encoding.DER)
    e = None
    for word in sys.argv[5:]:
        name, _, file = word.partition("=")
        if name == "wait":
            wait_for(file)
            continue
        if name != "again":
            to = Server(server)
            to.anchors = [root]
            e = (Leaving(to, identity, sys.argv[4]) if password == "leave" else
                 Enrolling(to, identity, device.canonical_password(open(password, encoding="utf-8").read())))
        try:
            print(name, LIES[name](e, file), flush=True)
        except (Refused, Stop) as no:
            print(name, getattr(no, "code", no), "unexpected", flush=True)


main()
