"""Receivers that misbehave, on real sockets: an HTTP server and an SMTP server that do what a script tells them."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_SECONDS = 0.6


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpReceiver:
    """script: what to do with one request after another; behind its end all is well. `seen`: what arrived whole."""

    good: bytes = b'{"errcode":0,"errmsg":"ok"}'
    script: list[Any] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    address: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> Any:
        with self.lock:
            return self.script.pop(0) if self.script else 200


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def http_receiver(good: bytes = b'{"errcode":0,"errmsg":"ok"}', at: str = "127.0.0.1") -> Iterator[HttpReceiver]:
    receiver = HttpReceiver(good)
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            what = receiver.next()
            if what == "reset unread":
                reset(self.connection)
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers["content-length"]))
            with receiver.lock:
                receiver.seen.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.close_connection = True
            self.answer(what)

        def answer(self, what: Any) -> None:
            if what == "slow":
                over.wait(SLOW_SECONDS)
                what = 200
            if what == "reset":
                reset(self.connection)
            elif what == "silent":
                return
            elif what == "half":
                self.say(200, receiver.good, {"Content-Length": str(len(receiver.good) + 50)})
            elif what == "half json":
                self.say(200, receiver.good[:-4])
            elif isinstance(what, bytes):
                self.say(200, what)
            elif isinstance(what, tuple):
                self.say(what[0], b"no", what[1])
            else:
                self.say(what, receiver.good if what == 200 else b"no")

        def say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_told: Any) -> None:
            pass

    server = Server((at, 0), Handler)
    receiver.address = f"http://{at}:{server.server_address[1]}"
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    running.start()
    yield receiver
    over.set()
    server.shutdown()
    server.server_close()
    running.join()


@dataclass
class MailReceiver:
    """script: for one connection after another, the step that goes wrong and the answer there (None: hang up)."""

    script: list[tuple[str, str | None] | None] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def mail_receiver() -> Iterator[MailReceiver]:
    receiver = MailReceiver()
    listening = socket.create_server(("127.0.0.1", 0))
    receiver.port = listening.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                converse(connection, receiver, receiver.script.pop(0) if receiver.script else None)

    running = threading.Thread(target=serve, daemon=True)
    running.start()
    yield receiver
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    running.join()


def converse(connection: socket.socket, receiver: MailReceiver, fault: tuple[str, str | None] | None) -> None:
    """One connection, until QUIT, the end, or the step that goes wrong."""
    lines = connection.makefile("rb")
    step, told = fault or ("", None)

    def say(at: str, text: str) -> bool:
        if at == step and told is None:
            return False
        connection.sendall(f"{told if at == step else text}\r\n".encode())
        return True

    if not say("CONNECT", "220 here"):
        return
    steps: dict[str, Callable[[], bool]] = {
        "EHLO": lambda: say("EHLO", "250 here"), "MAIL": lambda: say("MAIL", "250 ok"),
        "RCPT": lambda: say("RCPT", "250 ok"), "DATA": lambda: say("DATA", "354 go on"),
    }  # fmt: skip
    try:
        while line := lines.readline():
            verb = line[:4].decode().upper().strip()
            if verb == "QUIT" or verb not in steps or not steps[verb]():
                return
            if verb == "DATA" and step != "DATA":
                mail = b""
                while not mail.endswith(b"\r\n.\r\n"):
                    if not (piece := lines.readline()):
                        return
                    mail += piece
                receiver.mails.append(mail.decode())
                if not say("DOT", "250 kept"):
                    return
    except OSError:
        return
