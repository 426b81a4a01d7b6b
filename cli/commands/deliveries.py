"""`heshi deliveries list|show|dead|replay|confirm|cancel`: what was sent, what got stuck, what a person does then."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.commands.changes import print_json
from cli.signin import AsUser, Work, operation
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import SHANGHAI, day_of
from mot.channels.types import Channel
from mot.delivery.outbox import subject_words
from mot.delivery.service import STUCK, DeliveryDesk
from mot.delivery.types import Attempt, Delivery, DeliveryState

app = typer.Typer(help="发送记录：查看、死信、重发。", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Number = Annotated[int, typer.Argument(metavar="编号", min=1, help="发送记录的编号")]
Reason = Annotated[str, typer.Option("--reason", help="理由，随留痕保存")]
Most = Annotated[int, typer.Option("--most", min=1, max=10_000, help="最多几条")]


@app.command("list")
def list_deliveries(
    state: Annotated[DeliveryState | None, typer.Option(help="只看这个状态")] = None,
    channel: Annotated[Channel | None, typer.Option(help="只看这个渠道")] = None,
    recipient: Annotated[str | None, typer.Option(metavar="收件人", help="如 staff:S001")] = None,
    most: Most = 50,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """列出发送记录，最近的在前，并给出各状态的条数。"""
    with operation(as_user) as work:
        desk = _desk(work, Verb.DELIVERY_READ)
        found = desk.page(states=[state] if state else (), channel=channel, recipient=recipient, most=most)
        counts = desk.counts()
    if as_json:
        counted = {one.value: counts[one] for one in DeliveryState}
        print_json({"counts": counted, "items": [content(one) for one in found]})
        return
    console = Console(highlight=False)
    console.print("，".join(f"{one.label} {counts[one]:,}" for one in DeliveryState if counts[one]) or "还没有发送记录")
    if found:
        console.print(table(found))


@app.command()
def dead(most: Most = 50, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出死信与不确定的：须由人处理的。"""
    with operation(as_user) as work:
        found = _desk(work, Verb.DELIVERY_READ).page(states=STUCK, most=most)
    if as_json:
        print_json([content(one) for one in found])
    elif found:
        Console(highlight=False).print(table(found))
    else:
        typer.echo("没有死信，也没有不确定的")


@app.command()
def show(number: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """一条发送记录和它的全部经过。"""
    with operation(as_user) as work:
        desk = _desk(work, Verb.DELIVERY_READ)
        one, past = desk.get(number), desk.attempts(number)
    if as_json:
        print_json({**content(one), "history": [happened(row) for row in past]})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"{one.id}  {one.state.label}  {subject_words(one)}  {one.channel.label}"
                  f"{f'（{one.address}）' if one.address else ''} → {one.recipient}")  # fmt: skip
    console.print(f"消息编号 {one.message_id}，试了 {one.attempts} 次，其中没有回答 {one.uncertain} 次")
    if one.reason:
        console.print(one.reason)
    for row in past:
        console.print(f"  {when(row.at)}  {row.happening.label}  {row.detail}  {row.worker}")


@app.command()
def replay(number: Number, reason: Reason = "", as_user: AsUser = None) -> None:
    """重发死信、不确定或暂缓的一条；消息编号不变。"""
    with operation(as_user) as work:
        one = _desk(work, Verb.DELIVERY_HANDLE).replay(number, reason, _stamp(work))
    typer.echo(f"第 {one.id} 条已回到待发送")


@app.command()
def confirm(number: Number, reason: Reason = "", as_user: AsUser = None) -> None:
    """确认不确定的一条其实已送达（例如在群里看到了）。"""
    with operation(as_user) as work:
        one = _desk(work, Verb.DELIVERY_HANDLE).confirm(number, reason, _stamp(work))
    typer.echo(f"第 {one.id} 条已记为送达")


@app.command()
def cancel(number: Number, reason: Reason = "", as_user: AsUser = None) -> None:
    """取消还没有送达的一条。"""
    with operation(as_user) as work:
        one = _desk(work, Verb.DELIVERY_HANDLE).cancel(number, reason, _stamp(work))
    typer.echo(f"第 {one.id} 条已取消")


def _desk(work: Work, verb: Verb) -> DeliveryDesk:
    work.actor.scope(verb, day_of(work.now))
    return DeliveryDesk(work.session)


def _stamp(work: Work) -> Stamp:
    return Stamp(work.actor, work.now, work.origin)


def when(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def table(found: list[Delivery]) -> Table:
    """What became of each and why, in 80 columns: the last column takes what the others leave, and breaks."""
    made = Table(box=None, pad_edge=False)
    for name in ("编号", "状态", "渠道", "收件人", "次数", "下次"):
        made.add_column(name, no_wrap=True)
    made.add_column("事由与说明", overflow="fold")
    for one in found:
        soon = one.ready_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if one.ready_at else ""
        made.add_row(*map(Text, (
            str(one.id), one.state.label, one.channel.label, one.recipient, str(one.attempts), soon,
            f"{subject_words(one)}　{one.reason}".strip(),
        )))  # fmt: skip
    return made


def content(one: Delivery) -> dict[str, Any]:
    """A delivery as data, without its words: those belong to who receives them."""
    return {
        "id": one.id, "message_id": one.message_id, "subject_kind": one.subject_kind, "subject_id": one.subject_id,
        "channel": one.channel, "address": one.address, "recipient": one.recipient, "state": one.state,
        "reason": one.reason, "attempts": one.attempts, "uncertain": one.uncertain, "created_at": one.created_at,
        "ready_at": one.ready_at, "ended_at": one.ended_at,
    }  # fmt: skip


def happened(row: Attempt) -> dict[str, Any]:
    return {"at": row.at, "happening": row.happening, "detail": row.detail, "worker": row.worker, "fence": row.fence}
