"""`heshi mot effect list|programme|show|review|look|series|fill`: what scenarios changed, and AUM and MAU."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from api.pages.effect_view import difference_words, fact_words
from cli.commands.suitability import print_json
from cli.signin import AsUser, operation
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import today
from kit.problems import BadInput
from mot.effect.filing import SeriesFiler
from mot.effect.repository import SeriesRepository
from mot.effect.reviewing import FACTS
from mot.effect.series import growth
from mot.effect.service import EffectDesk, Review, View
from mot.effect.tables import SeriesRow
from mot.effect.telling import effect_content, growth_content, in_short, review_content, series_content
from mot.effect.types import Arm, Level, arms_of
from mot.scenario.types import MetricId

USUAL: Final = timedelta(days=90)
FORMATS: Final = ["%Y-%m-%d"]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
OnDay = Annotated[datetime | None, typer.Option("--on", formats=FORMATS, help="以哪一天为今天，默认今天")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只计算，不登记")]
app = typer.Typer(help="效果：预先登记的指标、复核、AUM 与 MAU。", no_args_is_help=True)


@app.command("list")
def list_effects(day: OnDay = None, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出登记过的场景版本：指标、分组人数、结论或还缺什么。"""
    on = day.date() if day else today()
    with operation(as_user) as work:
        work.actor.scope(Verb.EFFECT_READ, on)
        found = EffectDesk(work.session).list(on)
    if as_json:
        print_json([effect_content(one) for one in found])
        return
    table = _table("场景", "指标", "时限", "处理组", "对照组", "复核日", "结论或还缺什么")
    for one in found:
        plan, sample = one.registered.plan, one.finding.sample
        table.add_row(
            plan.name, MetricId(plan.metric).label, f"{plan.window_days} 天",
            str(sample.enrolled.get(Arm.TREATED, 0)), str(sample.enrolled.get(Arm.HELD_OUT, 0)),
            plan.review_on.isoformat(),
            said_of(one) if one.finding.difference else in_short(one),
        )  # fmt: skip
    Console(highlight=False).print(table if found else "还没有登记过指标；场景生效后，第一次判断事件时登记")


@app.command("programme")
def programme(day: OnDay = None, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """全部场景合在一起的效果：与任何场景都不打扰的全局对照组比，AUM 与 MAU 各一项。"""
    on = day.date() if day else today()
    with operation(as_user) as work:
        work.actor.scope(Verb.EFFECT_READ, on)
        found = EffectDesk(work.session).programme_reviews(on)
    if as_json:
        print_json([review_content(one) for one in found])
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for one in found:
        print_review(one, console)
        console.print()
    if not found:
        console.print("还没有登记；第一次生成任务时登记")


@app.command("show")
def show(
    scenario: Annotated[str, typer.Argument(metavar="场景", help="场景编号")],
    version: Annotated[str, typer.Option(metavar="版本", help="版本哈希的前几位；默认最新登记的")] = "",
    day: OnDay = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """一个场景版本：登记了什么、发现了什么、还缺什么、建议改什么。"""
    on = day.date() if day else today()
    with operation(as_user) as work:
        work.actor.scope(Verb.EFFECT_READ, on)
        one = EffectDesk(work.session).review(scenario, version, on)
    if as_json:
        print_json(review_content(one))
    else:
        print_review(one, Console(highlight=False, soft_wrap=True, markup=False))


@app.command("review")
def review(day: OnDay = None, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """第七步复核：复核日已到的场景，逐个列出发现与建议。"""
    on = day.date() if day else today()
    with operation(as_user) as work:
        work.actor.scope(Verb.EFFECT_READ, on)
        desk = EffectDesk(work.session)
        found, waiting = desk.reviews(on), [one.registered.plan.review_on for one in desk.list(on) if not one.due]
    if as_json:
        print_json([review_content(one) for one in found])
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for one in found:
        print_review(one, console)
        console.print()
    if not found:
        console.print(f"没有到复核日的场景；最近的复核日是 {min(waiting)}" if waiting else "还没有登记过指标")


@app.command("look")
def look(day: OnDay = None, dry_run: DryRun = False, as_user: AsUser = None) -> None:
    """登记复核日已到的场景的结论；日终批次也会登记。已有结论的不再看。"""
    on = day.date() if day else today()
    with operation(as_user) as work:
        work.actor.scope(Verb.MOT_RUN, on)
        n = EffectDesk(work.session).look_due(on, Stamp(work.actor, work.now, work.origin), dry=dry_run)
    typer.echo(f"{'可登记' if dry_run else '已登记'} {n} 个结论")


@app.command("series")
def series(
    first: Annotated[datetime | None, typer.Option("--from", formats=FORMATS, help="从哪一天，默认 90 天前")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=FORMATS, help="到哪一天，默认今天")] = None,
    level: Annotated[Level, typer.Option(help="层级")] = Level.FIRM,
    unit: Annotated[str | None, typer.Option(metavar="编号", help="营业部、人员或等级的编号")] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """AUM 与 MAU 的每日序列，以及一段时间的增长：净流入、市场、进出统计各多少。"""
    until = last.date() if last else today()
    since = first.date() if first else until - USUAL
    with operation(as_user) as work:
        read = SeriesRepository(work.session, work.actor.scope(Verb.SERIES_READ, today()))
        rows = read.rows(since, until, level, unit)
    units = [(key, list(some)) for key, some in groupby(rows, key=lambda row: row.unit)]
    if as_json:
        print_json([series_of(some) for _, some in units])
        return
    console = Console(highlight=False)
    for _, some in units:
        console.print(f"{some[0].name}：{growth_words(some)}", markup=False, soft_wrap=True)
        table = _table("日期", "AUM（元）", "净流入", "市场损益", "已知/客户", "MAU")
        for row in some:
            table.add_row(
                row.day.isoformat(), f"{row.aum:,.2f}", f"{row.flow:,.2f}", f"{row.market:,.2f}",
                f"{row.known}/{row.clients}", str(row.mau),
            )  # fmt: skip
        console.print(table)
    if not rows:
        console.print("这段日子没有登记；用 heshi mot effect fill 补登，或跑日终批次")


@app.command("fill")
def fill(
    first: Annotated[datetime, typer.Option("--from", formats=FORMATS, help="从哪一天")],
    last: Annotated[datetime, typer.Option("--to", formats=FORMATS, help="到哪一天")],
    dry_run: DryRun = False,
    as_user: AsUser = None,
) -> None:
    """按账本登记一段日子的 AUM 与 MAU；账本没有变的日子不改动。"""
    since, until = first.date(), last.date()
    if since > until or until > today():
        raise BadInput("起日不晚于止日，止日不晚于今天")
    with operation(as_user) as work:
        work.actor.scope(Verb.MOT_RUN, today())
        done = SeriesFiler(work.session).fill(since, until, Stamp(work.actor, work.now, work.origin), dry=dry_run)
    typer.echo(f"{done.days} 个交易日，其中 {done.changed} 天{'会' if dry_run else '已'}登记 {done.rows} 行")


def series_of(rows: list[SeriesRow]) -> dict[str, Any]:
    """One unit with its days and its growth."""
    return {
        "level": rows[0].level, "unit": rows[0].unit, "name": rows[0].name, "growth": growth_content(_growth(rows)),
        "days": [series_content(row) for row in rows],
    }  # fmt: skip


def _growth(rows: list[SeriesRow]) -> Any:
    return growth([(row.aum, row.flow, row.market) for row in rows if row.known])


def growth_words(rows: list[SeriesRow]) -> str:
    told = growth_content(_growth(rows))
    if told is None:
        return "资产不明"
    net = "" if told["net"] is None else f"，剔除市场后 {told['net']:+.2%}"
    return (
        f"由 {told['first']} 到 {told['last']} 元；净流入 {told['flow']}，市场 {told['market']}，"
        f"进出统计 {told['rest']}{net}"
    )


def said_of(one: View) -> str:
    """The difference with its interval, or everything that is missing."""
    found = one.finding.difference
    if found is None:
        return "；".join(it.text for it in one.finding.missing)
    return f"{difference_words(one.registered.plan, found)}，{found.method}"


def print_review(one: Review, console: Console) -> None:
    """A review as lines."""
    plan, sample = one.view.registered.plan, one.view.finding.sample
    which = "全局对照组" if plan.programme else f"{plan.scenario_id} {plan.scenario_digest[7:19]}"
    console.print(f"{plan.name}（{which}，{one.view.status.label}）")
    console.print(f"  登记：{MetricId(plan.metric).label}，{plan.window_days} 天，{plan.success}；"
                  f"{one.view.registered.registered_on} 登记，复核日 {plan.review_on}")  # fmt: skip
    groups = "，".join(f"{arm.label} {sample.enrolled.get(arm, 0)} 人" for arm in arms_of(plan))
    console.print(f"  分组：{groups}" + ("" if sample.ratio_p is None else f"；分组比例 p={sample.ratio_p:.3g}"))
    console.print(f"  结论：{said_of(one.view)}")
    for name, fact in one.facts.items():
        if fact.value is not None:
            console.print(f"  {FACTS[name]}：{fact_words(name, fact, plan)}（{fact.n}）")
    for label, n, share in one.feedback:
        console.print(f"  反馈：{label} {n} 件，{share:.0%}")
    for reason, n in one.skipped:
        console.print(f"  跳过：{reason} {n} 件")
    for rule, says, n in one.held_by:
        console.print(f"  挡下：{says}（{rule}）{n} 次")
    for it in one.advice:
        console.print(f"  建议：{it.say}")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")  # a narrow terminal must not lose how many are missing
    return table
