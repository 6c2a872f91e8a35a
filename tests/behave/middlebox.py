#!/usr/bin/env python3
"""The proxy of a network, between device and server.

	middlebox.py MODE PORTFILE

Listens on a free port of 127.0.0.1, which it writes to PORTFILE, and answers CONNECT.  MODE is
  pass       carries octets, as an honest proxy does
  inspect    opens TLS with a certificate of its own for the name that was asked for, and carries the text
  refuse     407, log in first
  login      opens TLS with a certificate for its own name and answers with a page
What went through is counted, a line each, in PORTFILE.log.
"""
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

MODES = ("pass", "inspect", "refuse", "login")
PAGE = b"<html><body>Acceptable use. Please log in.</body></html>"


def carry(a, b):
    """One direction until it ends."""
    try:
        while True:
            octets = a.recv(65536)
            if not octets:
                break
            b.sendall(octets)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def both(a, b):
    back = threading.Thread(target=carry, args=(b, a), daemon=True)
    back.start()
    carry(a, b)
    back.join()


class Proxy:
    def __init__(self, mode, log, folder):
        self.mode, self.log, self.folder, self.lock = mode, log, folder, threading.Lock()
        self.key = os.path.join(folder, "key")

    def certificate(self, name):
        """A server context for name."""
        cert = os.path.join(self.folder, name + ".pem")
        with self.lock:
            if not os.path.exists(cert):
                subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                                f"subjectAltName=DNS:{name}", "-keyout", cert + ".key", "-out", cert],
                               check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, cert + ".key")
        return context

    def note(self, text):
        with open(self.log, "a") as log:
            log.write(text + "\n")

    def serve(self, s):
        head = b""
        while b"\r\n\r\n" not in head and len(head) < 65536:
            octets = s.recv(4096)
            if not octets:
                return
            head += octets
        m = re.match(rb"CONNECT ([^ :]+):(\d+) ", head)
        if not m:
            s.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return
        name, port = m.group(1).decode(), int(m.group(2))
        self.note(f"CONNECT {name}:{port}")
        if self.mode == "refuse":
            s.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        s.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        if self.mode == "pass":
            both(s, socket.create_connection(("127.0.0.1", port)))
            return
        inside = self.certificate("proxy.corp.example" if self.mode == "login" else name)
        tls = inside.wrap_socket(s, server_side=True)
        if self.mode == "login":
            tls.recv(65536)
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE))
            return
        anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anyone.check_hostname = False
        anyone.verify_mode = ssl.CERT_NONE
        both(tls, anyone.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=name))

    def one(self, s):
        try:
            self.serve(s)
        except OSError as e:
            self.note(f"ended: {e}")
        finally:
            s.close()


def main():
    mode, portfile = sys.argv[1], sys.argv[2]
    if mode not in MODES:
        sys.exit(f"no mode {mode}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # and the folder goes
    with tempfile.TemporaryDirectory(prefix="e.") as folder:
        proxy = Proxy(mode, portfile + ".log", folder)
        listener = socket.create_server(("127.0.0.1", 0))
        with open(portfile + ".new", "w") as f:
            f.write(str(listener.getsockname()[1]))
        os.rename(portfile + ".new", portfile)
        while True:
            threading.Thread(target=proxy.one, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    main()
