#!/usr/bin/env python3
"""A plain HTTP proxy that knows CONNECT and nothing else:  proxy.py PORTFILE [STATUS|cut]

With STATUS (407, say) it refuses every CONNECT with that.  With "cut" a tunnel ends with what
the client says after the server has answered three times: the handshake and two requests.  What it was asked goes to PORTFILE.log.
"""
import os
import socket
import sys
import threading


class Tunnel:
    def __init__(self, client, server):
        self.client, self.server, self.turn, self.answers = client, server, client, 0

    def may_pass(self, sender):
        if sender is self.server and self.turn is self.client:
            self.answers += 1
        self.turn = sender
        return sender is self.server or self.answers < 3 or sys.argv[2:] != ["cut"]

    def end(self):
        for s in (self.client, self.server):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def pump(self, a, b):
        try:
            while (data := a.recv(65536)) and self.may_pass(a):
                b.sendall(data)
        except OSError:
            pass
        self.end()


def serve(client):
    head = b""
    while b"\r\n\r\n" not in head:
        more = client.recv(4096)
        if not more:
            return
        head += more
    method, target = head.split()[:2]
    with open(sys.argv[1] + ".log", "ab") as log:
        log.write(method + b" " + target + b"\n")
    if sys.argv[2:] not in ([], ["cut"]):
        client.sendall(f"HTTP/1.1 {sys.argv[2]} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        client.close()
        return
    host, port = target.decode().rsplit(":", 1)
    try:
        server = socket.create_connection((host, int(port)))
    except OSError:
        client.sendall(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
        client.close()
        return
    client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
    tunnel = Tunnel(client, server)
    threading.Thread(target=tunnel.pump, args=(server, client), daemon=True).start()
    tunnel.pump(client, server)


listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as f:
    f.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
