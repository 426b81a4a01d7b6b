"""What the pages of the effect show, ready to be shown: charts of the series, units of a day, scenario versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from diagnosis.wording import DASH, number, percent, points, yuan
from mot.effect.reviewing import FACTS, Fact
from mot.effect.series import Growth, growth
from mot.effect.service import Review, View
from mot.effect.tables import SeriesRow
from mot.effect.telling import in_short
from mot.effect.types import Arm, Difference, Lack, Measured, Plan, arms_of
from mot.scenario.types import MetricId
from reports.model import Cell, Chart, Column, Section, Table

COUNTS: Final = frozenset(("fired",))
DAYS: Final = frozenset(("days_to_contact",))
MEASURED: Final = frozenset(("effect_low", "effect_high"))
FLAGS: Final = frozenset(("effect_unclear", "ratio_alarm"))
LEAST_TO_DRAW: Final = 2


def version_path(plan: Plan) -> str:
    digits = plan.scenario_digest.removeprefix("sha256:")[:12]
    return f"/effect/scenarios/{quote(plan.scenario_id, safe='')}/{digits}"


def series_section(rows: Sequence[SeriesRow], name: str) -> Section:
    """The two charts of one unit, over its days."""
    lead = f"{rows[0].day} 至 {rows[-1].day}，{len(rows)} 个交易日" if rows else ""
    drawn = len(rows) >= LEAST_TO_DRAW
    return Section(1, "series", name, lead, (_aum(rows, name), _mau(rows, name)) if drawn else ())


def _aum(rows: Sequence[SeriesRow], name: str) -> Chart:
    told = growth_of(rows)
    said = "" if told is None else growth_words(told)
    days = [row.day.isoformat() for row in rows]
    values = [float(row.aum) if row.known else None for row in rows]
    return Chart(
        "aum", "lines", "资产管理总规模（AUM）", "扣除负债；资产不明的客户不计入", said,
        f"{name}：{said}", {
            "x": days, "series": [{"name": "AUM", "values": values, "role": "account"}], "baseline": None,
            "percent": False,
        },
        Table("每日", (Column("日期"), Column("AUM", "right"), Column("净流入", "right"), Column("市场损益", "right"),
                     Column("已知资产", "right")), tuple(_day_cells(row) for row in reversed(rows)), collapsed=True),
    )  # fmt: skip


def _day_cells(row: SeriesRow) -> tuple[Cell, ...]:
    return (
        Cell(row.day.isoformat()), Cell(yuan(float(row.aum))), Cell(yuan(float(row.flow), signed=True)),
        Cell(yuan(float(row.market), signed=True)), Cell(f"{row.known:,} / {row.clients:,} 人"),
    )  # fmt: skip


def _mau(rows: Sequence[SeriesRow], name: str) -> Chart:
    first, last = rows[0], rows[-1]
    said = f"近 30 日活跃 {last.mau:,} 人，占 {share_text(last)}；期初 {first.mau:,} 人。"
    return Chart(
        "mau", "lines", "月度活跃客户（MAU）", "近 30 个自然日内登录、成交、转入转出资金或接通联系", said,
        f"{name}：{said}",
        {
            "x": [row.day.isoformat() for row in rows],
            "series": [{"name": "MAU", "values": [float(row.mau) for row in rows], "role": "account"}],
            "baseline": None, "percent": False,
        },
        Table("每日", (Column("日期"), Column("MAU", "right"), Column("客户", "right")), tuple(
            (Cell(row.day.isoformat()), Cell(f"{row.mau:,}"), Cell(f"{row.clients:,}")) for row in reversed(rows)
        ), collapsed=True),
    )  # fmt: skip


def share_text(row: SeriesRow) -> str:
    return percent(row.mau / row.clients, 1) if row.clients else DASH


def growth_of(rows: Sequence[SeriesRow]) -> Growth | None:
    """Over the days whose assets are known at all."""
    return growth([(row.aum, row.flow, row.market) for row in rows if row.known])


def growth_words(one: Growth) -> str:
    """Where the change came from, in one line."""
    net = "" if one.net is None else f"；剔除市场 {percent(float(one.net), 2, signed=True)}"
    return (
        f"由 {yuan(float(one.first))} 到 {yuan(float(one.last))}：净流入 {yuan(float(one.flow), signed=True)}，"
        f"市场 {yuan(float(one.market), signed=True)}，进出统计 {yuan(float(one.rest), signed=True)}{net}。"
    )


def unit_line(row: SeriesRow, href: str) -> dict[str, Any]:
    """One unit on the newest day."""
    return {
        "name": row.name, "code": row.unit, "href": href, "clients": f"{row.clients:,}",
        "aum": yuan(float(row.aum)) if row.known else DASH,
        "unknown": f"{row.clients - row.known:,} 人资产不明" if row.known < row.clients else "",
        "flow": yuan(float(row.flow), signed=True), "mau": f"{row.mau:,}", "share": share_text(row),
    }  # fmt: skip


def version_line(one: View) -> dict[str, Any]:
    """One registered version in the list."""
    plan, sample = one.registered.plan, one.finding.sample
    return {
        "name": plan.name, "href": version_path(plan), "status": one.status.label,
        "metric": f"{MetricId(plan.metric).label}，{plan.window_days} 天", "review_on": plan.review_on,
        "treated": f"{sample.enrolled.get(Arm.TREATED, 0):,}", "held": f"{sample.enrolled.get(Arm.HELD_OUT, 0):,}",
        "said": said_of(one), "warn": any(it.lack in (Lack.RATIO, Lack.MIXED) for it in one.finding.missing),
    }  # fmt: skip


def said_of(one: View) -> str:
    """What can be said of a version in a line."""
    if one.finding.difference is not None:
        return difference_words(one.registered.plan, one.finding.difference)
    return in_short(one)


def figure_words(plan: Plan, value: float, *, signed: bool = True) -> str:
    return points(value, signed=signed) if plan.measured is Measured.SHARE else yuan(value, signed=signed)


def level_words(plan: Plan, value: float) -> str:
    return percent(value, 1) if plan.measured is Measured.SHARE else f"人均 {yuan(value, signed=True)}"


def difference_words(plan: Plan, one: Difference) -> str:
    told = figure_words(plan, one.value)
    ends = f"{plan.level:.0%} 区间 {figure_words(plan, one.low)} 至 {figure_words(plan, one.high)}"
    return f"{told}（{ends}）" + ("" if one.clear else "，看不出效果")


def fact_words(name: str, fact: Fact, plan: Plan) -> str:
    if fact.value is None:
        return DASH
    if name in COUNTS:
        return f"{fact.value:,.0f}"
    if name in DAYS:
        return f"{number(fact.value, 1)} 天"
    if name in MEASURED:
        return figure_words(plan, fact.value)
    if name in FLAGS:
        return "是" if fact.value else "否"
    return percent(fact.value, 0)


def review_lines(one: Review) -> dict[str, Any]:
    """Everything of a review that needs words."""
    plan, finding = one.view.registered.plan, one.view.finding
    difference = finding.difference
    return {
        "facts": [(FACTS[name], fact_words(name, it, plan), it.n) for name, it in one.facts.items()],
        "groups": [
            {"label": arm.label, "enrolled": f"{finding.sample.enrolled.get(arm, 0):,}",
             "ended": _count(finding.sample.ended.get(arm)), "known": _count(finding.sample.known.get(arm)),
             "elsewhere": percent(finding.sample.elsewhere[arm], 0) if arm in finding.sample.elsewhere else DASH}
            for arm in arms_of(plan)
        ],
        "difference": None if difference is None else {
            "said": difference_words(plan, difference), "treated": level_words(plan, difference.treated),
            "held": level_words(plan, difference.held), "method": difference.method,
            "smallest": figure_words(plan, difference.smallest, signed=False),
        },
        "smallest": None if one.view.smallest is None else points(one.view.smallest, signed=False),
        "ratio": DASH if finding.sample.ratio_p is None else f"p={finding.sample.ratio_p:.3g}",
        "feedback": [(label, n, percent(share, 0)) for label, n, share in one.feedback],
        "advice": [(it.say, f"{FACTS[it.fact]} {fact_words(it.fact, one.facts[it.fact], plan)}") for it in one.advice],
    }  # fmt: skip


def _count(value: int | None) -> str:
    return DASH if value is None else f"{value:,}"
