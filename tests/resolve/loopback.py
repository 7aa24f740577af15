"""Servers on this machine's own addresses, which tell what a client dialled and said first. They serve nothing.

Every address has the same port, so that the address alone tells which of several servers a client has chosen.
"""

from __future__ import annotations

import json
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
SECURITY_REQUESTS = (80877103, 80877104)  # of the protocol of PostgreSQL: TLS, GSSAPI

CLOSED = b"SFATAL\0Mclosed\0\0"

PODS = {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["list"]}
DISCOVERY: Mapping[str, object] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [PODS]},
}


@dataclass
class Heard:
    """What clients said to the servers of one port, in order: each the address dialled, and what was asked for."""

    port: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)


Protocol = Callable[[Heard, str], type[socketserver.BaseRequestHandler]]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def listening(protocol: Protocol, socket: Path | None = None) -> Iterator[Heard]:
    """Servers on every address of HOSTS, all with one port, and on a socket of the file system where one is named."""
    heard = Heard()
    with ExitStack() as stack:
        for server in _servers(heard, protocol):
            _start(stack, server)
        if socket is not None:
            _start(stack, _UnixServer(str(socket), protocol(heard, str(socket))))
        yield heard


def _start(stack: ExitStack, server: socketserver.BaseServer) -> None:
    stack.enter_context(server)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    stack.callback(server.shutdown)


def _servers(heard: Heard, protocol: Protocol) -> list[_Server]:
    for _ in range(16):  # a port that one address has free may be taken at another
        made = [_Server((HOSTS[0], 0), protocol(heard, HOSTS[0]))]
        heard.port = made[0].server_address[1]
        try:
            made += [_Server((host, heard.port), protocol(heard, host)) for host in HOSTS[1:]]
        except OSError:
            for server in made:
                server.server_close()
            continue
        return made
    raise OSError("no port is free at every address")


def http(answers: Mapping[str, object], header: str = "") -> Protocol:
    """A server that hears the path, or a header, answers these paths with JSON and all others with 403."""

    def protocol(heard: Heard, host: str) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                heard.calls.append((host, self.headers.get(header, "") if header else path))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = json.dumps(answers.get(path, {})).encode()
                self.send_response(200 if path in answers else 403)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_POST = do_GET  # noqa: N815 - the names are http.server's

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler

    return protocol


def postgres(heard: Heard, host: str) -> type[socketserver.StreamRequestHandler]:
    """A server that hears the start of a session, and ends it."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while True:
                head = self.rfile.read(8)
                if len(head) < 8:
                    return
                length, code = struct.unpack("!II", head)
                if code not in SECURITY_REQUESTS:
                    break
                self.wfile.write(b"N")
            words = self.rfile.read(length - 8).decode().split("\0")
            told = dict(zip(words[::2], words[1::2], strict=False))
            heard.calls.append((host, told.get("database") or told["user"]))
            self.wfile.write(b"E" + struct.pack("!I", 4 + len(CLOSED)) + CLOSED)

    return Handler
