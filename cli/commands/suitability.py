"""`heshi suitability check|explain|replay`: may this client have this product, why, and is it still the same answer."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cli.commands.inspection import inspect
from cli.commands.suitability_watch import cases, recheck
from cli.signin import AsUser, Work, operation
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import today
from kit.problems import BadInput
from kit.rulebook import load_rulebook
from suitability.desk import matching_desk
from suitability.facts import Request
from suitability.levels import AskedBy, OrderSide, Outcome
from suitability.matching.changes import product_side
from suitability.matching.decision import Answer, change_content
from suitability.matching.hearing import Audience, change_sentence, is_said, sees_both_sides
from suitability.matching.service import MatchingDesk

app = typer.Typer(help="适当性：检查、解释、重演，核对持有，错配案件。", no_args_is_help=True)
app.command()(inspect)
app.command()(recheck)
app.command()(cases)

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
COLOURS = {Outcome.ALLOW: "green", Outcome.WARN: "yellow", Outcome.REFUSE: "red"}


@app.command()
def check(
    client: Annotated[str, typer.Argument(metavar="客户号", help="客户号")],
    product: Annotated[str, typer.Argument(metavar="产品", help="产品代码或证券代码")],
    asked_by: Annotated[
        AskedBy, typer.Option("--asked-by", help="谁提出：FIRM 公司主动推介，CLIENT 客户主动要求")
    ] = AskedBy.FIRM,
    side: Annotated[OrderSide, typer.Option(help="方向：BUY 买入，SELL 卖出")] = OrderSide.BUY,
    amount: Annotated[str | None, typer.Option(help="金额，元")] = None,
    quantity: Annotated[str | None, typer.Option(help="数量")] = None,
    account: Annotated[str | None, typer.Option(help="账户")] = None,
    day: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="哪一天，默认今天")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只作答，不登记")] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """检查一个客户能否购买一个产品并登记决定。可以则退出码 0；须警示或不得销售则退出码 1。"""
    with operation(as_user) as work:
        when = day.date() if day else today()
        request = Request(
            client_no=client, product_code=product, asked_by=asked_by, side=side, day=when, account_no=account,
            amount=_decimal(amount, "--amount"), quantity=_decimal(quantity, "--quantity"),
        )  # fmt: skip
        desk = _desk(work, Verb.SUITABILITY_CHECK, when)
        if dry_run:
            number, answer = None, desk.answer(request)
        else:
            decision = desk.decide(request, _stamp(work))
            number, answer = decision.id, desk.explain(decision.id, "advisor")
        everything = sees_both_sides(work.actor.role)
    if as_json:
        print_json(shown(number, answer, everything))
    else:
        print_answer(number, answer, "regulator" if everything else "advisor", everything)
    if answer.outcome is not Outcome.ALLOW:
        raise typer.Exit(1)


@app.command()
def explain(
    decision: Annotated[str, typer.Argument(metavar="决定编号", help="决定编号")],
    audience: Annotated[str, typer.Option("--for", help="对谁说：client、advisor、regulator")] = "advisor",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """用读者的话解释一条已登记的决定。"""
    with operation(as_user) as work:
        answer = _desk(work, Verb.SUITABILITY_READ, today()).explain(decision, audience)
        everything = sees_both_sides(work.actor.role)
    if as_json:
        print_json(shown(decision, answer, everything))
    else:
        print_answer(decision, answer, audience, everything)


@app.command()
def replay(
    decision: Annotated[str, typer.Argument(metavar="决定编号", help="决定编号")],
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """按当时的事实和规则重演一条决定，比对摘要；不一致则退出码 1。"""
    with operation(as_user) as work:
        replayed = _desk(work, Verb.SUITABILITY_READ, today()).replay(decision)
    if as_json:
        print_json({
            "decision": replayed.decision_id, "same": replayed.same, "stored": replayed.stored,
            "computed": replayed.computed, "algorithm": replayed.algorithm, "intact": replayed.intact,
        })  # fmt: skip
    else:
        told = "一致" if replayed.same else "不一致"
        Console(highlight=False, soft_wrap=True).print(
            f"{replayed.decision_id}  重演{told}  算法 {replayed.algorithm}\n"
            f"登记 {replayed.stored}\n重演 {replayed.computed}"
            + ("" if replayed.intact else "\n存档的内容与存档的摘要不符：存档在作出之后被改过")
        )
    if not replayed.same:
        raise typer.Exit(1)


def _desk(work: Work, verb: Verb, day: date) -> MatchingDesk:
    return matching_desk(work.session, work.actor.scope(verb, day))


def _stamp(work: Work) -> Stamp:
    return Stamp(work.actor, work.now, work.origin)


def _decimal(text: str | None, name: str) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation as fault:
        raise BadInput(f"{name} 须为数字：{text}") from fault
    if not value.is_finite():
        raise BadInput(f"{name} 须为数字：{text}")
    return value


def shown(number: str | None, answer: Answer, everything: bool) -> dict[str, Any]:
    """The answer as data; only compliance sees what would have to change on the client's side."""
    changes = answer.changes if everything else product_side(answer.changes)
    return {
        "decision": number, **answer.content(), "changes": [change_content(change) for change in changes],
        "digest": answer.digest,
    }  # fmt: skip


def print_answer(number: str | None, answer: Answer, audience: str, everything: bool) -> None:
    """The outcome, every rule that was hit with its source, what is to be done, what would have to change."""
    console = Console(highlight=False, soft_wrap=True)
    facts = answer.facts
    console.print(Text.assemble(
        (answer.outcome.label, f"bold {COLOURS[answer.outcome]}"), f"  客户 {facts.client.client_no}",
        f"  {facts.product.name}（{facts.product.code}）", f"  {facts.request.asked_by.label}",
    ))  # fmt: skip
    for verdict in answer.verdicts:
        if verdict.hit and is_said(verdict.outcome, answer.outcome, Audience(audience)):
            mark = "" if verdict.confirmed else "（待核）"
            console.print(Text(f"  {verdict.rule}  {verdict.says[audience]}"))
            console.print(Text(f"            {verdict.source}{mark}", style="bright_black"))
    clear = sum(not verdict.hit for verdict in answer.verdicts)
    console.print(Text(f"  另有 {clear} 条规则已检查，未触及。", style="bright_black"))
    if answer.duties:
        titles = load_rulebook("suitability", "duties")
        console.print(f"须履行：{'、'.join(titles[f'DUTY-{duty}'].title for duty in answer.duties)}")
    changes = answer.changes if everything else product_side(answer.changes)
    if answer.outcome is not Outcome.ALLOW:
        told = "；".join(change_sentence(change_content(change)) for change in changes)
        console.print(f"改变什么可以：{told or '产品一侧没有可行的改变'}")
    console.print(Text(f"{number or '未登记'}  {answer.digest}", style="bright_black"))


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
