"""`heshi services list|show|price|publish|subscribe|sign|pay|cancel`: the catalogue, its prices, and who subscribed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.commands.changes import AsJson, print_json, stamp_of
from cli.signin import AsUser, Work, operation
from kit.access import Verb
from kit.clock import today
from kit.problems import BadInput
from market.services.reading import card_content, draft_text, plan_content
from market.services.service import Service, ServiceCatalogue, Stamped
from market.services.types import PublishedPlan
from suitability.levels import AskedBy
from suitability.matching.hearing import Audience
from suitability.rating.service import RatingService
from suitability.subscriptions.repository import paid_of
from suitability.subscriptions.service import SubscriptionService
from suitability.subscriptions.types import Subscription, SubscriptionAsk, SubscriptionState

app = typer.Typer(help="服务产品：目录、价格、发布、订购与解除。", no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="服务", help="服务代码")]
Client = Annotated[str, typer.Argument(metavar="客户号", help="客户号")]
Number = Annotated[str, typer.Argument(metavar="协议编号", help="协议编号，如 FW00000001")]
PlanCode = Annotated[str, typer.Argument(metavar="方案", help="价格方案的代码")]
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="哪一天，默认今天")]
Days = Annotated[int | None, typer.Option(min=1, max=3660, help="期限，天")]
Size = Annotated[str | None, typer.Option(help="资产（元）、次数或成交金额（元），依收费方式")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只核对，不写入")]
MOST_BYTES = 200_000


@app.command("list")
def list_services(on: On = None, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出当日提供的服务：风险等级、面向谁、有哪些价格方案。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.MARKET_READ, today())
        day = on.date() if on else today()
        found = ServiceCatalogue(work.session).list(day)
        levels = RatingService(work.session).levels_of([one.product for one in found], day)
    if as_json:
        print_json([_brief(one, levels.get(one.product.code)) for one in found])
        return
    console = _console()
    for one in found:
        level = levels.get(one.product.code)
        plans = "、".join(f"{plan.plan.code} {plan.plan.basis.label}" for plan in one.plans) or "当日没有价格"
        console.print(f"{one.product.code}  {level.value if level else '未评级'}  {one.product.name}  {plans}")
    if not found:
        console.print(f"{day} 没有提供中的服务；发布：heshi services publish 文件")


@app.command()
def show(code: Code, on: On = None, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """一项服务的内容、每个方案的档位与历次版本。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.MARKET_READ, today())
        day = on.date() if on else today()
        desk = ServiceCatalogue(work.session)
        found, (_, versions) = desk.get(code, day), desk.history(code)
        level = RatingService(work.session).levels_of([found.product], day).get(code)
    if as_json:
        print_json({
            **_brief(found, level), "card": card_content(found.card.card),
            "plans": [{**plan_content(one.plan), "version": one.on_file.version} for one in found.plans],
        })  # fmt: skip
        return
    console = _console()
    card = found.card.card
    console.print(f"{code}  {found.product.name}（{found.product.kind.label}，{level.value if level else '未评级'}）")
    console.print(card.summary)
    for line in card.contents:
        console.print(f"  · {line}")
    console.print(f"交付：{card.delivery}")
    for one in versions:
        mark = "  当日有效" if one.covers(day) else ""
        console.print(f"{one.plan.code} 第 {one.on_file.version} 版  {one.plan.name}  {one.days_text}{mark}")
        for line in _price_lines(one):
            console.print(f"    {line}")


@app.command()
def price(
    code: Code, plan: PlanCode, days: Days = None, size: Size = None,
    client: Annotated[str | None, typer.Option(help="客户号；按资产规模收费时取其账面资产")] = None, on: On = None,
    as_user: AsUser = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """某日某方案的价格，到分，并说明怎么算的。"""
    with operation(as_user) as work:
        day = on.date() if on else today()
        amount = _number(size)
        if client:
            desk = SubscriptionService(work.session, work.actor.scope(Verb.SUBSCRIPTION_READ, day))
            quote = desk.quote(SubscriptionAsk(
                client_no=client, service=code, plan=plan, asked_by=AskedBy.CLIENT, days=days, size=amount
            ))  # fmt: skip
        else:
            work.actor.scope(Verb.MARKET_READ, today())
            quote = ServiceCatalogue(work.session).price(code, plan, day, days=days, size=amount)
    if as_json:
        print_json({"service": code, "plan": plan, "day": day, "amount": str(quote.amount), "says": list(quote.says)})
        return
    _console().print(f"{quote.amount} 元", *quote.says, sep="\n  ")


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(metavar="文件", exists=True, dir_okay=False, help="服务文件（YAML）")],
    dry_run: DryRun = False, as_user: AsUser = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """发布服务目录与价格方案的新版本；重复发布同一文件没有变化。虚假折扣、重叠、缺口一律拒绝。"""
    if file.stat().st_size > MOST_BYTES:
        raise BadInput(f"{file.name} 超过 {MOST_BYTES:,} 字节，不像服务文件")
    try:
        draft = draft_text(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as fault:
        raise BadInput(f"{file.name} 不是 UTF-8 文本：{fault}") from fault
    with operation(as_user) as work:
        work.actor.scope(Verb.SERVICE_PUBLISH, today())
        stamp = Stamped(work.actor, work.now, work.origin)
        done = ServiceCatalogue(work.session).publish(draft, stamp, lambda *asked: paid_of(work.session, *asked))
        if dry_run:
            work.session.rollback()
    if as_json:
        print_json({
            "service": done.code, "made": list(done.made), "known": list(done.known), "notes": list(done.notes),
            "evidence": done.evidence, "dry_run": dry_run,
        })  # fmt: skip
        return
    console = _console()
    head = "可以发布（未写入）" if dry_run else "已发布"
    console.print(f"{done.code}  {head}：{'、'.join(done.made) or '没有变化'}")
    if done.known:
        console.print(f"  已有，不变：{'、'.join(done.known)}")
    for note in done.notes:
        console.print(f"  注意：{note}")


@app.command()
def subscribe(
    client: Client, code: Code, plan: PlanCode, days: Days = None, size: Size = None,
    asked_by: Annotated[AskedBy, typer.Option(help="谁提出：FIRM 公司主动推介，CLIENT 客户主动要求")] = AskedBy.CLIENT,
    dry_run: DryRun = False, as_user: AsUser = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """为客户申请一项服务：先作适当性检查并登记。待签署则退出码 0，不合适则退出码 1。"""
    with operation(as_user) as work:
        desk = _desk(work)
        ask = SubscriptionAsk(
            client_no=client, service=code, plan=plan, asked_by=asked_by, days=days, size=_number(size)
        )
        one = desk.apply(ask, stamp_of(work))
        duties = [duty.title for duty in desk.detail(client, one.number).duties if duty.done_at is None]
        if dry_run:
            work.session.rollback()
    _told(one, as_json, duties=duties, dry_run=dry_run)
    if one.state is SubscriptionState.REFUSED:
        raise typer.Exit(1)


@app.command()
def sign(
    client: Client, number: Number,
    scan: Annotated[str, typer.Option(metavar="SHA-256", help="客户签署的风险揭示书扫描件的摘要")],
    advisor: Annotated[str, typer.Option(help="签约投顾的工号")] = "", as_user: AsUser = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """登记客户在柜台签署的协议与风险揭示书；服务开始，五个工作日内可以解除。"""
    with operation(as_user) as work:
        desk = _desk(work)
        before = desk.get(client, number)
        one = desk.sign(
            client, number, expected_version=before.version, stamp=stamp_of(work), signed_text=_digest(scan),
            advisor_no=advisor, on_paper=True,
        )  # fmt: skip
    _told(one, as_json)


@app.command()
def pay(
    client: Client, number: Number, amount: Annotated[str, typer.Argument(metavar="金额", help="元")],
    reference: Annotated[str, typer.Option(help="公司账户的入账流水号")], as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """登记收到的服务费（只入公司账户）。"""
    with operation(as_user) as work:
        desk = SubscriptionService(work.session, work.actor.scope(Verb.SUBSCRIPTION_PAY, today()))
        before = desk.get(client, number)
        one = desk.pay(
            client, number, _number(amount) or Decimal(0), expected_version=before.version, stamp=stamp_of(work),
            reference=reference,
        )  # fmt: skip
    _told(one, as_json)


@app.command()
def cancel(
    client: Client, number: Number, reason: Annotated[str, typer.Option(help="客户说的原因")] = "",
    noticed: Annotated[
        datetime | None, typer.Option("--noticed-on", formats=["%Y-%m-%d"], help="客户书面通知的日期，默认今天")
    ] = None,
    evidence: Annotated[str, typer.Option(metavar="SHA-256", help="书面通知的摘要")] = "", as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """撤回申请，或在签署后五个工作日内解除协议，已付费用全额退还。"""
    with operation(as_user) as work:
        desk = _desk(work)
        before = desk.get(client, number)
        one = desk.cancel(
            client, number, expected_version=before.version, stamp=stamp_of(work), reason=reason,
            noticed_on=noticed.date() if noticed else None, evidence=_digest(evidence) if evidence else "",
        )  # fmt: skip
    _told(one, as_json)


def _desk(work: Work) -> SubscriptionService:
    return SubscriptionService(work.session, work.actor.scope(Verb.SUBSCRIPTION_EDIT, today()))


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True, markup=False)


def _brief(one: Service, level: Any) -> dict[str, Any]:
    return {
        "code": one.product.code, "name": one.product.name, "kind": one.product.kind.value,
        "level": level.value if level else None, "plans": [plan.plan.code for plan in one.plans],
    }


def _price_lines(one: PublishedPlan) -> list[str]:
    plan = one.plan
    lines = [f"{term.days} 天  {term.price} 元" for term in plan.terms]
    for tier in plan.tiers:
        end = "" if tier.ceiling is None else f"不满 {tier.ceiling}"
        lines.append(f"{tier.floor} 以上{end}  {tier.price}")
    return lines


def _told(one: Subscription, as_json: bool, *, duties: list[str] | None = None, dry_run: bool = False) -> None:
    why = one.why.get(Audience.ADVISOR.value, ())
    if as_json:
        print_json({
            "number": one.number, "state": one.state.value, "decision": one.decision_id, "outcome": one.outcome.value,
            "fee": str(one.fee), "due": str(one.due), "refunded": str(one.refunded), "cancel_until": one.cancel_until,
            "duties": duties or [], "refused_because": list(why), "dry_run": dry_run,
        })  # fmt: skip
        return
    console = _console()
    mark = "（未写入）" if dry_run else ""
    console.print(f"{one.number}{mark}  {one.state.label}  {one.service_name} {one.plan_name}  费用 {one.fee} 元")
    console.print(f"  适当性：{one.outcome.label}（{one.decision_id}）")
    for said in why:
        console.print(f"  不受理：{said}")
    for note in one.notes:
        console.print(f"  告知：{note}")
    if duties:
        console.print(f"  签署前须完成：{'、'.join(duties)}")
    if one.cancel_until and one.state is SubscriptionState.ACTIVE:
        console.print(f"  {one.cancel_until} 二十四时之前可以解除；应付 {one.due} 元")
    if one.refunded:
        console.print(f"  退还 {one.refunded} 元")


def _number(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation as fault:
        raise BadInput(f"须为数字：{text}") from fault
    if not found.is_finite():
        raise BadInput(f"须为数字：{text}")
    return found


def _digest(text: str) -> str:
    told = text.strip().lower().removeprefix("sha256:")
    if len(told) != 64 or set(told) - set("0123456789abcdef"):
        raise BadInput("摘要须为文件的 SHA-256（64 位十六进制）")
    return f"sha256:{told}"
