"""What became of an earlier agreement: the figure then, the target, the figure now, and over which time."""

from __future__ import annotations

from collections.abc import Callable

from diagnosis.types import HabitId
from reports.agreements import Agreement, Outcome, Reading, judge, reached
from reports.model import Callout, Tone
from reports.sections.story import Story
from reports.targets import TRADES_A_MONTH, stand, stand_text
from reports.wordbook import agreement_rule

STATES = frozenset({"hhi", "effective_holdings"})
"""Measures that describe the last day, whatever the period."""

SINCE = "共识达成以来"
WHOLE = "按本报告区间"
LAST_DAY = "期末"

TONES = {Outcome.MISSED: Tone.WARN, Outcome.UNKNOWN: Tone.MUTED}


def follow_up(story: Story) -> tuple[Callout, ...]:
    """One callout for each agreement that was made before the end of this report's period, oldest first."""
    earlier = [a for a in story.agreements if a.agreed_on <= story.diagnosis.last]
    return tuple(
        _callout(story, agreement) for agreement in sorted(earlier, key=lambda a: (a.agreed_on, a.finding))
    )


def outcome_of(story: Story, agreement: Agreement) -> Outcome:
    near = float(agreement_rule("AGREE-NEAR", story.diagnosis.last))
    return judge(agreement, reading(story, agreement).value, story.diagnosis.last, near)


def _callout(story: Story, agreement: Agreement) -> Callout:
    read, outcome = reading(story, agreement), outcome_of(story, agreement)
    title = next(
        (f.title for f in story.diagnosis.findings if f.id == agreement.finding),
        _habit_name(agreement),
    )
    how = f"（{agreement.agreed_how}）" if agreement.agreed_how else ""
    goal = agreement.target_text.rstrip("。")
    text = f"{agreement.agreed_on} 约定{how}：{goal}。{_figures(story, agreement, read)}"
    if outcome == Outcome.RUNNING:
        text += f"{agreement.due_on} 到期" + ("，目前已达到目标。" if _met_early(agreement, read) else "。")
    return Callout(f"上次的共识：{title}", outcome.label, text, TONES.get(outcome, Tone.PLAIN))


def _met_early(agreement: Agreement, read: Reading) -> bool:
    return read.value is not None and reached(agreement, read.value)


def _habit_name(agreement: Agreement) -> str:
    return HabitId(agreement.finding).label if agreement.finding in HabitId.__members__ else agreement.finding


def _figures(story: Story, agreement: Agreement, read: Reading) -> str:
    if read.value is None:
        return f"{read.text.rstrip('。')}，暂不能核对。"
    said = []
    if agreement.baseline is not None:
        said.append(f"当时 {_text(story, agreement, agreement.baseline)}")
    if agreement.target is not None:
        said.append(f"目标 {_text(story, agreement, agreement.target)}")
    said.append(f"现在 {read.text}（{read.over}）")
    return "，".join(said) + "。"


def reading(story: Story, agreement: Agreement) -> Reading:
    """The agreement's figure: since it was agreed where measurable, else over the period."""
    metric = agreement.metric
    if metric is None:
        return Reading(None, "没有约定可以核对的指标", "")
    since = SINCE_MEASURES.get(metric)
    value = since(story, agreement) if since else None
    if value is not None:
        return Reading(value, _text(story, agreement, value), SINCE)
    now = stand(story, metric)
    if now.value is None:
        return Reading(None, now.withheld, "")
    over = LAST_DAY if metric in STATES else SINCE if story.diagnosis.first >= agreement.agreed_on else WHOLE
    return Reading(now.value, _text(story, agreement, now.value), over)


def _text(story: Story, agreement: Agreement, value: float) -> str:
    return stand_text(story, value, stand(story, agreement.metric or "").unit)


def _trades_since(story: Story, agreement: Agreement) -> float | None:
    """Trades a month over the whole months after the day agreed; None before one whole month."""
    last, since = story.diagnosis.last, agreement.agreed_on
    months = (last.year - since.year) * 12 + last.month - since.month
    if months < 1:
        return None
    first = f"{since.year:04d}-{since.month:02d}"
    return sum(count for month, count, _ in story.diagnosis.trades.months if month > first) / months


def _drawdown_since(story: Story, agreement: Agreement) -> float | None:
    """Deepest fall of the unit value from its peak since the day agreed."""
    if story.value("max_drawdown") is None:
        return None
    series, peak, deepest = story.diagnosis.series, 0.0, 0.0
    seen = [
        value
        for point, value in zip(series.points, series.index, strict=True)
        if point[:10] >= agreement.agreed_on.isoformat()
    ]
    for value in seen:
        peak = max(peak, value)
        deepest = min(deepest, value / peak - 1 if peak else 0.0)
    return deepest if len(seen) > 1 else None


def _position_since(story: Story, agreement: Agreement) -> float | None:
    """Mean share of securities in the account since the day agreed."""
    series = story.diagnosis.series
    if not series.position:
        return None
    seen = [
        value
        for point, value in zip(series.points, series.position, strict=True)
        if point[:10] >= agreement.agreed_on.isoformat()
    ]
    return sum(seen) / len(seen) if len(seen) > 1 else None


def _turnover_since(story: Story, agreement: Agreement) -> float | None:
    """(money bought + sold) / 2 over the mean value, a year, over the whole months after the day agreed."""
    d, since = story.diagnosis, agreement.agreed_on
    months = (d.last.year - since.year) * 12 + d.last.month - since.month
    if months < 1:
        return None
    first = f"{since.year:04d}-{since.month:02d}"
    values = [
        value for point, value in zip(d.series.points, d.series.value, strict=True) if point[:7] > first
    ]
    mean = sum(values) / len(values) if values else 0.0
    traded = sum(money for month, _, money in d.trades.months if month > first)
    return traded / 2 / mean * 12 / months if mean > 0 else None


SINCE_MEASURES: dict[str, Callable[[Story, Agreement], float | None]] = {
    TRADES_A_MONTH: _trades_since,
    "max_drawdown": _drawdown_since,
    "position_mean": _position_since,
    "turnover_annual": _turnover_since,
}
