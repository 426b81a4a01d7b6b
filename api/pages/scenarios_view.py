"""Scenarios in words: lines of the list, the seven steps of a file, what a preview or backtest came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from api.pages.suitability_list import moment
from kit.labels import Labelled
from kit.rulebook import load_rulebook
from mot.events.kinds import event_kinds
from mot.events.types import Family
from mot.matching.gate import gate_sentence
from mot.scenario.desk import Version
from mot.scenario.loading import step_names
from mot.scenario.predicate import words
from mot.scenario.status import ScenarioStatus
from mot.scenario.types import Assignment, Scenario, StepId
from mot.tasks.judged import HELD, Judged
from mot.tasks.types import Outcome
from reports.model import Cell, Chart, Column, Section, Table

LIST: Final = "/scenarios"
LAST_DAYS: Final = 30
DAYS_AS_BARS: Final = 31
"""Up to so many days each has its own bar; longer spans are counted by week."""
TONES: Final[Mapping[ScenarioStatus, str]] = {
    ScenarioStatus.DRAFTED: "PLAIN", ScenarioStatus.PREVIEWED: "WARN", ScenarioStatus.APPROVED: "DOWN",
    ScenarioStatus.RETIRED: "PLAIN",
}  # fmt: skip
WAITING: Final = (ScenarioStatus.DRAFTED, ScenarioStatus.PREVIEWED)
STATES: Final = (("force", "生效中"), ("draft", "草稿"), ("retired", "已停用"))


@dataclass(frozen=True, slots=True)
class Line:
    """One version in the list: the one in force, a draft, or the last of a scenario that is out of force."""

    href: str
    name: str
    id: str
    events: str
    purpose: str
    mandatory: bool
    status: str
    tone: str
    version: str
    since: str
    judged: Judged | None  # None: it is not in force
    holdout: str
    review_on: date
    review_due: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven: its name, and its parts as label and lines."""

    number: int
    name: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]


def address(version: Version, tail: str = "") -> str:
    return f"{LIST}/{version.scenario.id}/versions/{version.scenario.short_version}{tail}"


def state_of(version: Version) -> str:
    """Which chip of the list a version stands under."""
    if version.status in WAITING:
        return "draft"
    return "force" if version.status is ScenarioStatus.APPROVED else "retired"


def listed(versions: Sequence[Version]) -> list[Version]:
    """What the list shows: every version in force and every draft; of a scenario without either, its last."""
    shown = []
    for _, group in groupby(versions, key=lambda one: one.scenario.id):
        mine = list(group)
        live = [one for one in mine if one.status is not ScenarioStatus.RETIRED]
        shown += live or mine[:1]
    return shown


def by_family(versions: Sequence[Version], counts: Mapping[str, Judged], day: date) -> list[tuple[Family, list[Line]]]:
    """Families in their order, those without a line left out."""
    found = {family: [line_of(one, counts, day) for one in versions if one.scenario.family is family]
             for family in Family}  # fmt: skip
    return [(family, lines) for family, lines in found.items() if lines]


def line_of(one: Version, counts: Mapping[str, Judged], day: date) -> Line:
    scenario, in_force = one.scenario, one.status is ScenarioStatus.APPROVED
    return Line(
        href=address(one), name=scenario.name, id=scenario.id, events=event_names(scenario, day),
        purpose=scenario.purpose.label, mandatory=scenario.assignment.mandatory, status=one.status.label,
        tone=TONES[one.status], version=scenario.short_version, since=str(one.in_force_from or ""),
        judged=counts.get(scenario.id, Judged()) if in_force else None, holdout=holdout_words(scenario),
        review_on=scenario.review.review_on, review_due=in_force and scenario.review.review_on <= day,
    )  # fmt: skip


def event_names(scenario: Scenario, day: date) -> str:
    kinds = event_kinds(day)
    return "、".join(kinds[one].name for one in scenario.moment.events)


def holdout_words(scenario: Scenario) -> str:
    return f"{scenario.review.holdout:.0%}" if scenario.may_hold_out else "无"


def steps_of(scenario: Scenario, day: date) -> tuple[Step, ...]:
    """All seven with the file's own words."""
    names = step_names(day)
    made = {
        StepId.IDENTIFY_MOMENT: _moment(scenario, day), StepId.ANALYSE_NEED: _needs(scenario),
        StepId.DESIGN_SERVICE: _service(scenario), StepId.ASSIGN_ROLE: _assignment(scenario.assignment),
        StepId.EXECUTE: _action(scenario), StepId.COLLECT_FEEDBACK: _feedback(scenario),
        StepId.EVALUATE_IMPROVE: _review(scenario),
    }  # fmt: skip
    return tuple(
        Step(number, names[step], tuple((label, lines) for label, lines in made[step] if lines))
        for number, step in enumerate(StepId, start=1)
    )


Parts = list[tuple[str, tuple[str, ...]]]


def _labels(codes: Sequence[Labelled]) -> tuple[str, ...]:
    return ("、".join(one.label for one in codes),) if codes else ()


def _moment(scenario: Scenario, day: date) -> Parts:
    moment_ = scenario.moment
    cooldown = f"同一客户两次任务间隔 {moment_.cooldown_days} 天" if moment_.cooldown_days else "不设间隔"
    return [
        ("为什么", (moment_.why,)), ("事件", (event_names(scenario, day),)), ("条件", (words(moment_.condition),)),
        ("时限", (f"事件后 {moment_.window_days} 个自然日内", cooldown)),
    ]  # fmt: skip


def _needs(scenario: Scenario) -> Parts:
    needs, known = scenario.needs, load_rulebook("diagnosis", "findings")
    return [
        ("画像", _labels(needs.dimensions)), ("资料", _labels(needs.materials)),
        ("诊断发现", tuple(f"{known[one].title}（{one}）" for one in needs.findings)), ("先问", needs.questions),
    ]  # fmt: skip


def _service(scenario: Scenario) -> Parts:
    service = scenario.service
    offers = tuple(
        f"{one.kind.label}：{one.name}"
        + (f"（{'、'.join(kind.label for kind in one.sought)}）" if one.sought else "")
        for one in service.offers
    )
    return [
        ("提供", offers), ("开场白", (service.opening.text,)),
        ("要点", tuple(one.text for one in service.points)), ("不可", service.avoid),
    ]  # fmt: skip


def _assignment(one: Assignment) -> Parts:
    due = f"{one.due_trading_days} 个交易日内" if one.due_trading_days else "当日"
    return [
        ("由谁", _labels(one.roles)), ("推送", _labels(one.push)), ("联系方式", _labels(one.contact)),
        ("任务", (f"{'必做' if one.mandatory else '选做'}，{due}，优先级 {one.priority}",)), ("时机", (one.when,)),
    ]  # fmt: skip


def _action(scenario: Scenario) -> Parts:
    action = scenario.action
    duties = [word for asked, word in ((action.evidence, "须留证据"), (action.compliance_copy, "抄送合规")) if asked]
    return [
        ("做法", action.steps), ("服务记录", _labels(action.record)), ("另须", ("、".join(duties),) if duties else ()),
    ]  # fmt: skip


def _feedback(scenario: Scenario) -> Parts:
    feedback = scenario.feedback
    options = tuple(f"{one.label}（{one.effect.label}）" for one in feedback.options)
    return [("选项", options), ("再次跟进", (f"{feedback.follow_up_trading_days} 个交易日后",))]


def _review(scenario: Scenario) -> Parts:
    review = scenario.review
    return [
        ("指标", (f"{review.metric.label}，{review.window_days} 个自然日内",)), ("算成功", (review.success,)),
        ("对照组", (holdout_words(scenario),)), ("复核日", (str(review.review_on),)), ("怎样改进", (review.improve,)),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """One version among those of its scenario."""

    href: str
    version: str
    status: str
    tone: str
    drafted: str
    decided: str
    why: str


def history_of(one: Version) -> History:
    decided = f"{one.approved_by} {moment(one.approved_at)} 批准" if one.approved_at else ""
    if one.retired_at:
        decided += f"{'；' if decided else ''}{one.retired_by} {moment(one.retired_at)} 停用"
    return History(
        href=address(one), version=one.scenario.short_version, status=one.status.label, tone=TONES[one.status],
        drafted=f"{one.drafted_by} {moment(one.drafted_at)}", decided=decided, why=one.retired_why,
    )  # fmt: skip


# what days came to


@dataclass(frozen=True, slots=True)
class Came:
    """What a preview or a backtest came to, for a reader. who: clients with their number of tasks."""

    told: str
    figures: tuple[tuple[str, str], ...]
    held_by: tuple[tuple[str, str], ...]
    clients: tuple[tuple[str, str], ...]
    more_clients: int
    staff: tuple[tuple[str, str], ...]


def came_of(content: Mapping[str, Any], clients: Sequence[tuple[str, int]] | None, staff: bool) -> Came | None:
    """content: as `Backtested.content` gives it; None where a preview was noted without any days. clients: those that
    this reader may know of; None where nobody counted whom the reader may see."""
    if "outcomes" not in content:
        return None
    total: dict[str, int] = {}
    for counts in content["outcomes"].values():
        for outcome, n in counts.items():
            total[outcome] = total.get(outcome, 0) + n
    shown = [(outcome.label, f"{total[outcome.value]:,}") for outcome in Outcome if total.get(outcome.value)]
    known, last = list(clients or ()), date.fromisoformat(content["last"])
    span = content["first"] if content["first"] == content["last"] else f"{content['first']} 至 {content['last']}"
    return Came(
        told=f"{span}：{content['clients']:,} 位客户，{content['events']:,} 个事件；"
             f"会生成任务 {content['tasks']:,} 件，涉及 {content['clients_with_task']:,} 位客户。",
        figures=tuple(shown), held_by=tuple(
            (f"{gate_sentence(rule, last)}（{rule}）", f"{n:,}") for rule, n in sorted(content["held_by"].items())
        ),
        clients=tuple((one, f"{n:,}") for one, n in known[:50]), more_clients=max(len(known) - 50, 0),
        staff=tuple((one, f"{n:,}") for one, n in content["by_staff"].items()) if staff else (),
    )  # fmt: skip


def charts_of(content: Mapping[str, Any]) -> Section | None:
    """Tasks that would have been made, and what would have been held back, by day (by week over a longer span)."""
    daily: Mapping[str, Mapping[str, int]] = content.get("daily") or {}
    if not daily:
        return None
    first, last = date.fromisoformat(content["first"]), date.fromisoformat(content["last"])
    labels, slots = _slots(first, last)
    held = [one.value for one in HELD]
    fired, kept = [0] * len(labels), [0] * len(labels)
    for day, counts in daily.items():
        place = slots[date.fromisoformat(day)]
        fired[place] += counts.get(Outcome.FIRED.value, 0)
        kept[place] += sum(counts.get(one, 0) for one in held)
    unit = "每天" if len(labels) == (last - first).days + 1 else "每周（所示日期起七天）"
    made = (
        _bars("fired", "生成任务", unit, labels, fired, "PLAIN", _numbers(daily)),
        _bars("held", "被闸门挡下", unit, labels, kept, "MUTED", None),
    )
    return Section(1, "backtest", "按日", "", made)


def _slots(first: date, last: date) -> tuple[list[str], dict[date, int]]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    wide = 1 if len(days) <= DAYS_AS_BARS else 7
    slots = {day: place // wide for place, day in enumerate(days)}
    return [f"{day:%m-%d}" for day in days[::wide]], slots


def _bars(
    name: str, title: str, unit: str, labels: list[str], values: list[int], tone: str, table: Table | None
) -> Chart:
    total, top = sum(values), max(values)
    most = f"最多的一段从 {labels[values.index(top)]} 起，{top:,} 件" if total else "没有"
    items = (
        [{"label": label, "value": n, "text": f"{n:,}", "tone": tone} for label, n in zip(labels, values, strict=True)]
        if total
        else []
    )  # nothing to draw: the words say it
    return Chart(
        id=name, kind="bars", title=title, aside=f"件，{unit}", message=f"共 {total:,} 件。",
        alt=f"{title}，{unit}：共 {total:,} 件，{most}", data={"items": items, "name": title}, table=table,
    )  # fmt: skip


def _numbers(daily: Mapping[str, Mapping[str, int]]) -> Table:
    used = [one for one in Outcome if any(counts.get(one.value) for counts in daily.values())]
    return Table(
        title="每天各结果的件数", columns=(Column("日期"), *(Column(one.label, "right") for one in used)),
        rows=tuple(
            (Cell(day), *(Cell(f"{counts[one.value]:,}" if counts.get(one.value) else "") for one in used))
            for day, counts in daily.items()
        ),
        note="每件事算在最后一个结果第一次出现的那天。", collapsed=True,
    )  # fmt: skip
