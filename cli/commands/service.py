"""`heshi service show|due|load|accept|undo|contact`: what clients are promised, what is due, whether it can be kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.routes.service import client_service_out, load_out
from api.routes.service_steps import agreed_out
from cli.commands.suitability import print_json
from cli.signin import AsUser, Work, operation
from clients.contacts.service import ContactService
from clients.contacts.types import Channel, ContactAsk, Purpose
from clients.service.plan import Measure
from clients.service.problems import PlanMovedOn
from clients.service.service import Due, Load, ServiceDesk
from clients.service.types import PromiseKind
from clients.staff.filing import Stamp
from clients.staff.service import StaffService
from kit.access import Verb
from kit.clock import SHANGHAI, today
from kit.digest import canonical

app = typer.Typer(help="服务承诺：客户挣得什么、何时到期、放不放得下。", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
AsOf = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="以哪一天计，默认今天")]
ClientNo = Annotated[str, typer.Argument(metavar="客户号", help="客户号")]
Reason = Annotated[str, typer.Option(help="理由，必填", show_default=False)]
STEPS: Final = 40


@app.command()
def show(client: ClientNo, on: AsOf = None, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """一位客户的服务等级、缘由、承诺与下次期限。"""
    with operation(as_user) as work:
        told = client_service_out(_desk(work, Verb.SERVICE_READ, on).of_client(client))
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    console = Console(highlight=False, soft_wrap=True)
    since = f"（{told.since} 起）" if told.since else ""
    console.print(Text.assemble((f"{told.level_label}服务", "bold"), f"{since}  主办 {told.staff_name or '无'}"))
    for ground in told.grounds:
        console.print(Text(f"  {ground.title}：{ground.label}", style="bright_black"))
    for one in told.promises:
        late = Text(f"  逾期 {one.overdue_days} 天", style="red") if one.overdue_days else Text("")
        last = f"上次 {one.last_on or '从未'}"
        console.print(Text(f"  {one.label}  每 {one.every_days} 天  {last}  下次不晚于 {one.due_on}") + late)
        if one.agreed is not None:
            by = "，由同事代办" if one.agreed.by_colleague else ""
            console.print(f"    约定{one.agreed.measure.label}：{one.agreed.to_on} 一周{by}")
    console.print(f"  首次答复 {told.response_hours} 个营业小时内；{'、'.join(told.measures)}")


@app.command()
def due(
    within: Annotated[int, typer.Option(min=0, max=366, metavar="天数", help="列到几天以后")] = 7,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多列几项")] = 50,
    on: AsOf = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """到期的承诺，最急的在前。"""
    with operation(as_user) as work:
        desk = _desk(work, Verb.CONTACT_READ, on)
        day = on.date() if on else today()
        lines, total, _ = desk.due(day + timedelta(days=within), limit=limit)
    if as_json:
        print_json(canonical({"total": total, "items": [_due(one) for one in lines]}))
        return
    table = Table("客户", "等级", "承诺", "上次", "期限", "主办", box=None, pad_edge=False)
    for one in lines:
        style = "red" if one.due_on < day else ""
        table.add_row(one.client_no, one.level.label, one.kind.label, str(one.last_on or "从未"),
                      Text(str(one.due_on), style=style), one.staff_name or "无主办")  # fmt: skip
    console = Console(highlight=False)
    console.print(table)
    console.print(Text(f"{day} 起 {within} 天内到期 {total:,} 项，列出 {len(lines):,} 项", style="bright_black"))


@app.command()
def load(
    branch: Annotated[str | None, typer.Option(metavar="营业部编号", help="只看一个营业部")] = None,
    on: AsOf = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """承诺需要的工时对可用的工时，按人按周；放不下时怎样错峰、代办、降频，还有多少无人可办。"""
    with operation(as_user) as work:
        day = on.date() if on else today()
        scope = work.actor.scope(Verb.LOAD_READ, day)
        if branch is not None:
            StaffService(work.session, scope).branch(branch)
        found = ServiceDesk(work.session, scope).load(branch)
    if as_json:
        print_json(load_out(found, len(found.plan.steps)).model_dump(mode="json"))
    else:
        print_load(found, Console(highlight=False))


@app.command()
def accept(
    client: ClientNo,
    kind: Annotated[PromiseKind, typer.Argument(metavar="承诺", help="CONTACT、REPORT、SURVEY")],
    owed: Annotated[datetime, typer.Argument(metavar="期限", formats=["%Y-%m-%d"], help="这项承诺原来的期限")],
    reason: Reason,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """接受方案里对一项承诺的调整；以后的方案按约定计算，不再移动它。"""
    with operation(as_user) as work:
        desk = _desk(work, Verb.LOAD_DECIDE, None)
        found = desk.load()
        asks = [found.ask_of(step) for step in found.plan.steps]
        chosen = [one for one in asks if (one.client_no, one.kind, one.owed_on) == (client, kind, owed.date())]
        if not chosen:
            raise PlanMovedOn(f"今天的方案里没有对 {client} {owed.date()} 的{kind.label}的调整；见 heshi service load")
        done = desk.accept(chosen, reason, Stamp(work.actor, work.now, work.origin))
    if as_json:
        print_json({"items": [agreed_out(one).model_dump(mode="json") for one in done]})
        return
    for one in done:
        to = f"{one.to_staff_no or one.staff_no} {one.to_on} 一周"
        typer.echo(f"已接受，第 {one.number} 项：{one.measure.label}，{to}")


@app.command()
def undo(
    number: Annotated[int, typer.Argument(min=1, metavar="编号", help="已接受的调整的编号")],
    reason: Reason,
    as_user: AsUser = None,
) -> None:
    """撤回一项已接受的调整；原来的登记保留。"""
    with operation(as_user) as work:
        _desk(work, Verb.LOAD_DECIDE, None).undo(number, reason, Stamp(work.actor, work.now, work.origin))
    typer.echo(f"已撤回第 {number} 项")


@app.command()
def contact(
    client: ClientNo,
    channel: Annotated[
        Channel, typer.Argument(metavar="方式", help="PHONE、MEETING、WECHAT、MESSAGE、APP、EMAIL、OTHER")
    ],
    purpose: Annotated[
        Purpose, typer.Argument(metavar="目的", help="CARE、REPORT、SURVEY、TASK、COMPLAINT、MARKETING、OTHER")
    ],
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"], help="何时，默认此刻")
    ] = None,
    staff: Annotated[str, typer.Option(metavar="工号", help="谁联系的")] = "",
    missed: Annotated[bool, typer.Option("--missed", help="没有联系上")] = False,
    note: Annotated[str, typer.Option(help="说了什么")] = "",
    as_user: AsUser = None,
) -> None:
    """登记一次接触。"""
    with operation(as_user) as work:
        scope = work.actor.scope(Verb.CONTACT_RECORD, today())
        when = at.replace(tzinfo=SHANGHAI) if at else work.now
        ask = ContactAsk(client_no=client, at=when, channel=channel, purpose=purpose, staff_no=staff,
                         reached=not missed, note=note)  # fmt: skip
        number = ContactService(work.session, scope).record(ask, Stamp(work.actor, work.now, work.origin))
    typer.echo(f"已登记，第 {number} 号")


def _desk(work: Work, verb: Verb, on: datetime | None) -> ServiceDesk:
    return ServiceDesk(work.session, work.actor.scope(verb, on.date() if on else today()))


def _due(one: Due) -> dict[str, Any]:
    return {
        "client_no": one.client_no, "level": one.level, "kind": one.kind, "last_on": one.last_on,
        "due_on": one.due_on, "staff_no": one.staff_no,
    }  # fmt: skip


def print_load(found: Load, console: Console) -> None:
    """People with a load, then what is to be done, then what cannot be done."""
    told = load_out(found, STEPS)
    table = Table("人员", "客户", "需要", "可用", "超出的周", "无人可办", "调整", box=None, pad_edge=False)
    for one in found.people:
        limit = f"/{one.person.limit}" if one.person.limit is not None else ""
        steps = "、".join(f"{how.label} {one.steps[how.value]}" for how in Measure if one.steps.get(how.value))
        table.add_row(
            f"{one.person.staff_no} {one.person.name}", f"{one.clients}{limit}", f"{one.demand:,.1f}",
            f"{one.capacity:,.1f}", str(one.weeks_over or ""),
            Text(f"{one.unplaced:,.1f}", style="red") if one.unplaced else "", steps,
        )  # fmt: skip
    console.print(table)
    for kept in told.agreed:
        console.print(Text(
            f"第 {kept.number} 项，{kept.accepted_by} 已接受：{kept.client_no} {kept.owed_on} {kept.kind.label}"
            f"{kept.measure.label} → {kept.to_staff_no or kept.staff_no} {kept.to_on} 一周  "
            f"{kept.fault or kept.reason}",
            style="red" if kept.fault else "",
        ))  # fmt: skip
    for step in told.steps:
        to = f" → {step.to_staff_no or step.staff_no} {step.to_week or '之后'}" if step.measure != "UNPLACED" else ""
        console.print(Text(
            f"{step.client_no} {step.level.label}{step.kind.label}：{step.measure.label}  "
            f"{step.staff_no} {step.week}{to}  {step.reason}"
        ))  # fmt: skip
    if told.steps_total > len(told.steps):
        console.print(f"另有 {told.steps_total - len(told.steps):,} 项调整，见 --json")
    told_nobody = f"；{told.nobody_promises:,} 项承诺的客户没有主办" if told.nobody_promises else ""
    console.print(Text(
        f"{told.day} 起 {told.weeks} 周：需 {told.demand:,.1f} 小时，可用 {told.capacity:,.1f} 小时，"
        f"无人可办 {told.unplaced:,.1f} 小时，逾期 {told.overdue:,} 项{told_nobody}", style="bright_black",
    ))  # fmt: skip
