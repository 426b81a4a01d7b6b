"""`heshi complaints list|show|add|act|review`: the register of complaints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.routes.complaints import ActIn, Deed, complaint_out, done
from cli.commands.suitability import print_json
from cli.signin import AsUser, Work, operation
from clients.complaints.repository import ComplaintFilter
from clients.complaints.service import ComplaintService
from clients.complaints.types import (
    Complainant,
    Complaint,
    ComplaintAsk,
    Conclusion,
    Severity,
    Topic,
    Way,
)
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import today
from kit.digest import canonical

app = typer.Typer(help="投诉：登记、办理、复核。", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Number = Annotated[str, typer.Argument(metavar="投诉编号", help="如 TS0000012")]


@app.command("list")
def list_complaints(
    show_all: Annotated[bool, typer.Option("--all", help="连同已办结的")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列逾期的")] = False,
    severity: Annotated[Severity | None, typer.Option(help="轻重：ORDINARY、SERIOUS、MAJOR")] = None,
    client: Annotated[str | None, typer.Option(metavar="客户号", help="只列这位客户的")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="最多列几件")] = 50,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """列出投诉，期限近的在前；默认只列未办结的。"""
    with operation(as_user) as work:
        desk = _desk(work, Verb.COMPLAINT_READ)
        wanted = ComplaintFilter(unsettled=not show_all, overdue=overdue, severity=severity, client_no=client)
        found, more = desk.page(wanted, limit=limit)
    if as_json:
        print_json([complaint_out(one, today()).model_dump(mode="json") for one in found])
        return
    table = Table("投诉", "客户", "事项", "轻重", "状态", "期限", "办理人", box=None, pad_edge=False)
    for one in found:
        late = Text(str(one.due_on), style="red" if one.is_overdue(today()) else "")
        table.add_row(one.number, one.client_no, one.topic.label, one.severity.label, one.status.label, late,
                      one.owner_name or "未分派")  # fmt: skip
    console = Console(highlight=False)
    console.print(table)
    console.print(Text(f"{len(found)} 件{'，还有更多，见 --limit' if more else ''}", style="bright_black"))


@app.command()
def show(number: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """一件投诉的内容与经过。"""
    with operation(as_user) as work:
        found = _desk(work, Verb.COMPLAINT_READ).detail(number)
    one = found.complaint
    if as_json:
        told = complaint_out(one, today()).model_dump(mode="json")
        print_json({**told, "events": canonical(list(found.events))})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"{one.number}  {one.topic.label}  {one.severity.label}  {one.status.label}  第 {one.version} 版")
    owner = one.owner_name or "未分派"
    console.print(f"客户 {one.client_no}  受理 {one.received_on}  期限 {one.due_on}  办理人 {owner}")
    console.print(one.content)
    for event in found.events:
        console.print(f"  {event.at:%Y-%m-%d %H:%M}  {event.act.label}  {event.by_name}  {event.note}")
    if one.conclusion:
        console.print(f"结论 {one.conclusion.label}：{one.conclusion_note}\n学到的：{one.lesson}")


@app.command()
def add(
    client: Annotated[str, typer.Argument(metavar="客户号", help="客户号")],
    topic: Annotated[
        Topic,
        typer.Argument(metavar="事项", help="SERVICE、FEE、SALES、TRADING、MARKETING、PRIVACY、CONDUCT、OTHER"),
    ],
    severity: Annotated[Severity, typer.Argument(metavar="轻重", help="ORDINARY、SERIOUS、MAJOR")],
    content: Annotated[str, typer.Argument(metavar="内容", help="客户说了什么")],
    way: Annotated[Way, typer.Option(help="渠道")] = Way.PHONE,
    complainant: Annotated[Complainant, typer.Option(help="投诉人")] = Complainant.CLIENT,
    received: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="受理日，默认今天")] = None,
    about: Annotated[str, typer.Option(metavar="工号", help="涉及的人员")] = "",
    as_user: AsUser = None,
) -> None:
    """登记一件投诉。"""
    with operation(as_user) as work:
        made = _desk(work, Verb.COMPLAINT_WORK).receive(
            ComplaintAsk(
                client_no=client, received_on=received.date() if received else today(), way=way,
                complainant=complainant, topic=topic, severity=severity, content=content, about_staff_no=about,
            ),
            _stamp(work),
        )  # fmt: skip
    typer.echo(f"{made.number}  已登记，期限 {made.due_on}；办结前不向这位客户营销")


@app.command()
def act(
    number: Number,
    deed: Annotated[Deed, typer.Argument(metavar="办理", help="ASSIGN、NOTE、REGRADE、EXTEND、CONCLUDE、REOPEN")],
    note: Annotated[str, typer.Option(help="说明、理由")] = "",
    staff: Annotated[str | None, typer.Option(metavar="工号", help="分派给谁")] = None,
    severity: Annotated[Severity | None, typer.Option(help="改定为")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=60, help="延期几个营业日")] = None,
    conclusion: Annotated[Conclusion | None, typer.Option(help="UPHELD、PARTLY、UNFOUNDED、SETTLED、WITHDRAWN")] = None,
    lesson: Annotated[str, typer.Option(help="学到什么")] = "",
    version: Annotated[int | None, typer.Option(help="您看到的版本，默认现在的")] = None,
    as_user: AsUser = None,
) -> None:
    """办理一步。"""
    with operation(as_user) as work:
        desk = _desk(work, Verb.COMPLAINT_WORK)
        body = ActIn(act=deed, note=note, staff_no=staff, severity=severity, days=days, conclusion=conclusion,
                     lesson=lesson)  # fmt: skip
        told = done(desk, number, body, version or desk.get(number).version, _stamp(work))
    _print(told)


@app.command()
def review(
    number: Number,
    note: Annotated[str, typer.Argument(metavar="意见", help="复核意见或退回的理由")],
    reject: Annotated[bool, typer.Option("--reject", help="退回")] = False,
    version: Annotated[int | None, typer.Option(help="您看到的版本，默认现在的")] = None,
    as_user: AsUser = None,
) -> None:
    """复核结论：同意并办结，或退回。"""
    with operation(as_user) as work:
        desk = _desk(work, Verb.COMPLAINT_APPROVE)
        deed = desk.reject if reject else desk.approve
        told = deed(number, note, expected_version=version or desk.get(number).version, stamp=_stamp(work))
    _print(told)


def _desk(work: Work, verb: Verb) -> ComplaintService:
    return ComplaintService(work.session, work.actor.scope(verb, today()))


def _stamp(work: Work) -> Stamp:
    return Stamp(work.actor, work.now, work.origin)


def _print(one: Complaint) -> None:
    typer.echo(f"{one.number}  {one.status.label}  期限 {one.due_on}  第 {one.version} 版")
