"""`heshi serve`: the web server on one address."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.web import bound, serve_on
from kit.identity.keys import require_safe_secrets
from kit.migrate import upgrade
from kit.settings import settings
from mot.channels.addresses import address_book


def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认只对本机开放")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="端口")] = None,
    workers: Annotated[int, typer.Option(min=1, help="工作进程数")] = 1,
) -> None:
    """启动网页与接口服务。"""
    require_safe_secrets(settings())
    address_book()  # a channel file that is wrong stops the start, not the first event that is told
    listening = bound(host or settings().host, port or settings().port)
    upgrade(settings().database_url)
    serve_on(listening, workers=workers)
