"""The web server on one address: no traceback on a busy port or on Ctrl+C."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import Final

import uvicorn
from fastapi import FastAPI
from rich.console import Console
from uvicorn.supervisors import Multiprocess

from kit.problems import Conflict

FACTORY: Final = "api.app:create_app"
LAST_PORT: Final = 65_535
STREAMS_MAY_TAKE: Final = 3
"""Seconds until an open stream of messages is cut when the server stops: its reader comes back and goes on."""


class PortTaken(Conflict):
    """端口已被占用"""

    title = "Port taken"


def bound(host: str, port: int, tries: int = 1) -> socket.socket:
    """A socket on `port`, or on the next free one of `tries`. Raises PortTaken."""
    last = min(port + tries - 1, LAST_PORT)
    for candidate in range(port, last + 1):
        try:
            return _bind(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                where = f"{host} 的端口 {candidate}"
                raise PortTaken(f"不能在 {where} 上提供服务：{error.strerror}；请换 --port 或 --host") from error
    every = f"端口 {port}" if tries == 1 else f"端口 {port} 至 {last} 都"
    raise PortTaken(f"{every}已被占用；请用 --port 换一个，或先停止占用它的程序")


def serve_on(listening: socket.socket, app: FastAPI | str = FACTORY, workers: int = 1) -> None:
    """Say where, and serve until Ctrl+C. Several workers make the application themselves, from the environment."""
    config = uvicorn.Config(
        app, factory=isinstance(app, str), workers=workers, log_level="warning",
        timeout_graceful_shutdown=STREAMS_MAY_TAKE,
    )  # fmt: skip
    with suppress(KeyboardInterrupt), listening:
        if workers > 1:
            say_where(listening)
            Multiprocess(config, sockets=[listening]).run()
            return
        config.load()
        say_where(listening)
        uvicorn.Server(config).run(sockets=[listening])


def say_where(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    Console().print(f"网页  [bold]http://{shown}:{port}/[/bold]   （Ctrl+C 停止）", highlight=False)


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)  # taken from now on: the next one to ask for it is told so
    except OSError:
        listening.close()
        raise
    return listening
