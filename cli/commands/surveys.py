"""`heshi surveys list|open|result`: rounds of satisfaction surveys and what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.routes.surveys import get_survey, round_out
from cli.commands.suitability import print_json
from cli.signin import AsUser, operation
from clients.satisfaction.intervals import Estimate, GroupResult
from clients.satisfaction.service import SurveyService
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import today

app = typer.Typer(help="满意度调查：登记轮次、看结果。", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Code = Annotated[str, typer.Argument(metavar="调查编号", help="如 2026-Q4")]


@app.command("list")
def list_rounds(as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出各轮调查。"""
    with operation(as_user) as work:
        found = SurveyService(work.session, work.actor.scope(Verb.SATISFACTION_READ, today())).rounds()
    if as_json:
        print_json([round_out(one).model_dump(mode="json") for one in found])
        return
    for one in found:
        typer.echo(f"{one.code}  {one.title}  {one.first_on} 至 {one.last_on}  答卷 {one.answers:,}")


@app.command("open")
def open_round(
    code: Code,
    title: Annotated[str, typer.Argument(metavar="名称", help="这一轮的名称")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="开始日")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="截止日")],
    invited: Annotated[int | None, typer.Option(min=1, help="发出份数")] = None,
    as_user: AsUser = None,
) -> None:
    """登记一轮调查；之后才能导入它的答卷。"""
    with operation(as_user) as work:
        desk = SurveyService(work.session, work.actor.scope(Verb.SATISFACTION_RUN, today()))
        stamp = Stamp(work.actor, work.now, work.origin)
        made = desk.open_round(code, title, first.date(), last.date(), stamp, invited)
    typer.echo(f"{made.code}  已登记")


@app.command()
def result(code: Code, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """一轮的满意率与净推荐值，连同区间：全部、按营业部、按人员、按等级。"""
    with operation(as_user) as work:
        desk = SurveyService(work.session, work.actor.scope(Verb.SATISFACTION_READ, today()))
        found = desk.result(code)
        told = get_survey(code, desk) if as_json else None
    if told is not None:
        print_json(told.model_dump(mode="json"))
        return
    table = Table("", "答卷", "满意率", f"{found.level:.0%} 区间", "净推荐值", f"{found.level:.0%} 区间", box=None,
                  pad_edge=False)  # fmt: skip
    for group in (found.whole, *found.by_branch, *found.by_advisor, *found.by_grade):
        table.add_row(*_row(group))
    console = Console(highlight=False)
    console.print(table)
    if found.withheld:
        console.print(Text(f"{found.withheld} 组不足 {found.least} 份，不单列", style="bright_black"))


def _row(one: GroupResult) -> tuple[str, ...]:
    return (
        f"{one.key} {one.label}".strip(), f"{one.satisfied.n:,}", *_said(one.satisfied, "{:.1%}", 1),
        *_said(one.promoters, "{:+.0f}", 100),
    )  # fmt: skip


def _said(one: Estimate, form: str, times: int) -> tuple[str, str]:
    if one.value is None or one.low is None or one.high is None:
        return "—", "没有答卷"
    return form.format(one.value * times), f"{form.format(one.low * times)} 至 {form.format(one.high * times)}"
