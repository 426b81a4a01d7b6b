"""`heshi db upgrade`: bring the database to the newest form."""

from __future__ import annotations

import typer
from rich.console import Console
from sqlalchemy.engine import make_url

from kit.migrate import upgrade as upgrade_database
from kit.settings import settings

app = typer.Typer(help="数据库。", no_args_is_help=True)


@app.callback()
def database() -> None:
    """数据库。"""


@app.command()
def upgrade() -> None:
    """建立或升级数据库（HESHI_DATABASE_URL，默认 SQLite 文件）。"""
    url = settings().database_url
    upgrade_database(url)
    Console().print(f"数据库已是最新：{make_url(url).render_as_string(hide_password=True)}", highlight=False)
