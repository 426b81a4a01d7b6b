"""`heshi records check`: what is missing, stale or wrong in client records, and the points that it costs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.routes.record_quality import quality_out
from cli.commands.suitability import print_json
from cli.signin import AsUser, operation
from clients.records.checks import CHECKS
from clients.records.service import Quality, RecordService
from kit.access import Verb
from kit.clock import today

app = typer.Typer(help="客户资料质量。", no_args_is_help=True)


@app.callback()
def records() -> None:
    """客户资料质量。"""


@app.command()
def check(
    staff: Annotated[str | None, typer.Option(metavar="工号", help="只看此人主办的客户")] = None,
    limit: Annotated[int, typer.Option(min=0, help="列出几处")] = 20,
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="以哪一天计，默认今天")] = None,
    as_user: AsUser = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，列出全部")] = False,
) -> None:
    """逐项检查客户资料：缺失、未按时更新、录入不正确，按主办人员计扣分，并列出是哪些客户。"""
    with operation(as_user) as work:
        day = on.date() if on else today()
        found = RecordService(work.session, work.actor.scope(Verb.RECORD_READ, day)).check(staff)
    if as_json:
        print_json(quality_out(found, len(found.findings)).model_dump(mode="json"))
    else:
        print_quality(found, limit, Console(highlight=False))


def print_quality(found: Quality, limit: int, console: Console) -> None:
    table = Table("主办", "客户", "资料完整", "扣分", "每位客户", box=None, pad_edge=False)
    for one in found.people:
        table.add_row(f"{one.staff_no} {one.staff_name}".strip() or "无主办", f"{one.clients:,}", f"{one.whole:,}",
                      f"{one.points:,}", f"{one.points_a_client:.1f}")  # fmt: skip
    console.print(table)
    for name, times in found.by_check.items():
        if times:
            console.print(f"{CHECKS[name].fault.label}  {CHECKS[name].label}  {times:,}")
    for one_ in found.findings[:limit]:
        console.print(Text(f"  {one_.client_no}  {one_.check.label}：{one_.check.ask}  扣 {one_.points}"))
    console.print(Text(f"{found.day}  {found.clients:,} 位客户，{len(found.findings):,} 处，扣 {found.points:,} 分",
                       style="bright_black"))  # fmt: skip
