"""`heshi user add|role|disable|enable|reset|password|list`: users, by an administrator who signs in."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.signin import AsUser, operation, origin, seal_work
from kit.access import Role
from kit.db import transaction
from kit.digest import canonical
from kit.identity.problems import BadUser
from kit.identity.service import Identity
from kit.identity.types import Identified, User
from kit.migrate import upgrade
from kit.settings import settings

app = typer.Typer(help="用户：角色、停用、口令。", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="USER", help="用户名")]
Subject = Annotated[str, typer.Option(help="主体，如 staff:S001 或 client:C0001；客户、投资顾问与主管必填")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="从标准输入读一行作为新口令，不在终端询问")]
MustChange = Annotated[bool, typer.Option("--must-change/--final", help="用户是否须先更换口令，才能办理其他事项")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="角色")],
    subject: Subject = "",
    password_stdin: FromStdin = False,
    must_change: MustChange = True,
    as_user: AsUser = None,
) -> None:
    """新增用户。库中尚无用户时，首个管理员不用 --as。"""
    password = new_password(password_stdin)
    if as_user is None:
        show(first_administrator(name, role, password), "已新增首个管理员")
        return
    with operation(as_user) as work:
        added = work.identity.add_user(work.actor, name, role, password, subject, must_change=must_change)
    show(added, "已新增")


def first_administrator(name: str, role: Role, password: str) -> User:
    """Without sign-in, for nobody is there who could; recorded as such. Raises UsersExist once there is anyone."""
    upgrade(settings().database_url)
    with transaction() as session:
        identity = Identity(session, now=datetime.now(UTC), origin=origin())
        identity.must_be_first()
        if role is not Role.ADMINISTRATOR:
            raise BadUser("库中尚无用户：首个用户须是管理员（--role ADMINISTRATOR）")
        added = identity.found_administrator(name, password)
    seal_work()
    return added


@app.command("role")
def change_role(
    name: Name, role: Annotated[Role, typer.Argument(help="新角色")], subject: Subject = "", as_user: AsUser = None
) -> None:
    """变更角色或主体；该用户的登录随即失效。"""
    with operation(as_user) as work:
        changed = work.identity.change_role(work.actor, name, role, subject)
    show(changed, "已变更")


@app.command()
def disable(name: Name, as_user: AsUser = None) -> None:
    """停用用户；其登录随即失效。"""
    with operation(as_user) as work:
        changed = work.identity.disable(work.actor, name)
    show(changed, "已停用")


@app.command()
def enable(name: Name, as_user: AsUser = None) -> None:
    """重新启用用户，并解除锁定。"""
    with operation(as_user) as work:
        changed = work.identity.enable(work.actor, name)
    show(changed, "已启用")


@app.command()
def reset(
    name: Name, password_stdin: FromStdin = False, must_change: MustChange = True, as_user: AsUser = None
) -> None:
    """重置口令；该用户的登录随即失效，锁定解除。"""
    password = new_password(password_stdin)
    with operation(as_user) as work:
        changed = work.identity.reset_password(work.actor, name, password, must_change=must_change)
    show(changed, "已重置口令")


@app.command()
def password(password_stdin: FromStdin = False, as_user: AsUser = None) -> None:
    """修改自己的口令；自己的全部登录随即失效。"""
    new = new_password(password_stdin)
    with operation(as_user, any_password=True) as work:
        work.identity.choose_password(Identified(work.actor, ""), new)
    Console().print("口令已修改")


@app.command("list")
def list_users(as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出全部用户。"""
    users: list[User] = []
    with operation(as_user) as work:
        while block := work.identity.users(work.actor, users[-1].name if users else ""):
            users += block
    if as_json:
        typer.echo(json.dumps(canonical([as_record(user) for user in users]), ensure_ascii=False, indent=2))
        return
    table = Table("用户名", "角色", "主体", "状态", "最近登录", box=None, pad_edge=False)
    for user in users:
        signed_in = user.signed_in_at.astimezone().strftime("%Y-%m-%d %H:%M") if user.signed_in_at else "从未"
        table.add_row(*map(Text, (user.name, user.role.label, user.subject, state(user), signed_in)))
    Console().print(table)


def new_password(from_stdin: bool) -> str:
    """Never an argument: those are seen by everyone on the machine."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    chosen: str = typer.prompt("新口令", hide_input=True, confirmation_prompt="再输入一次", err=True)
    return chosen


def state(user: User) -> str:
    if user.disabled_at is not None:
        return "已停用"
    if user.locked_until is not None and user.locked_until > datetime.now(UTC):
        return f"锁定至 {user.locked_until.astimezone():%H:%M}"
    return "须更换口令" if user.must_change_password else "可用"


def as_record(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "name": user.name, "role": user.role, "subject": user.subject, "version": user.version,
        "must_change_password": user.must_change_password, "created_at": user.created_at,
        "signed_in_at": user.signed_in_at, "disabled_at": user.disabled_at, "locked_until": user.locked_until,
    }  # fmt: skip


def show(user: User, done: str) -> None:
    subject = f"，主体 {user.subject}" if user.subject else ""
    Console().print(Text(f"{done}：{user.name}，{user.role.label}{subject}，第 {user.version} 版"))
