"""From a batch's numbers to the `Diagnosis` of each account: everything that a report tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from diagnosis.attribution import attributions_of
from diagnosis.axes import axes_of
from diagnosis.behaviour import habits_of_account
from diagnosis.book import BookNumbers, benchmark_drawdowns
from diagnosis.findings import findings_of
from diagnosis.holdings import holdings_of, industry_weights_of, securities_of
from diagnosis.measures.accounts import TRADES_ARE_FLOWS
from diagnosis.parameters import point_days
from diagnosis.series import drawdowns_of, series_of
from diagnosis.timing import timing_of
from diagnosis.trades import trade_metrics, trade_quality
from diagnosis.types import DataIssue, Diagnosis, History, Metric, Peers
from kit.rulebook import load_rulebook
from market.types import Venue

CENT = Decimal("0.01")
RULE_FILES = ("axes", "behaviour", "findings", "ledger", "measures", "metrics")
MARKET_FILES = ("boards", "fees", "taxes", "venues")
NOT_COMPARED = "尚未做全账户体检，暂不比较"


def diagnoses_of(
    numbers: BookNumbers, *, first: date | None = None, issues: Sequence[DataIssue] = (), notes: Sequence[str] = ()
) -> list[Diagnosis]:
    """The diagnosis of every account of the batch; peers and axes wait for `with_peers`.

    first: the day from which a period was asked for; the history then begins on the evening before.
    issues: what the loader has to say of the data beside the replay. notes: its remarks on the method.
    """
    history, benchmark = numbers.history, numbers.benchmark
    attributions = attributions_of(history, benchmark, numbers.effects)
    timing = timing_of(history, benchmark)
    trade = trade_metrics(history, numbers.ledger, benchmark, numbers.habits)
    falls = benchmark_drawdowns(history, benchmark)
    made = []
    for a in range(len(history.accounts)):
        metrics = _metrics(numbers, a, trade[a])
        habits = habits_of_account(numbers.habits, a)
        quality = trade_quality(history, numbers.ledger, a, numbers.habits)
        lines, odd = holdings_of(history, a), (*issues, *history.issues[a])
        drawdowns = drawdowns_of(history, a)
        account, average = history.accounts[a], float(numbers.habits.book.average_assets[a])
        start, end = _period(history, a, first)
        findings = findings_of(
            metrics, habits, attributions[a], timing[a], quality, lines, odd, day=end,
            average_assets=average if np.isfinite(average) else None, currency=account.currency,
            drawdowns=drawdowns, benchmark_drawdown=float(falls[a]) if np.isfinite(falls[a]) else None,
        )  # fmt: skip
        made.append(
            Diagnosis(
                account_no=account.account_no,
                client_no=account.client_no,
                client_name=account.client_name,
                accounts=tuple(account.account_no.split("+")),
                currency=account.currency,
                venue_note=venue_note(history),
                first=start,
                last=end,
                points=_points(history, a),
                granularity=history.grid.granularity,
                has_cash=bool(history.has_cash[a]),
                benchmark=benchmark,
                metrics=metrics,
                series=series_of(history, a, benchmark),
                drawdowns=drawdowns,
                holdings=lines,
                securities=securities_of(history, a, numbers.ledger),
                attribution=attributions[a],
                timing=timing[a],
                trades=quality,
                habits=habits,
                findings=findings,
                axes=(),
                peers=Peers("", 0, {}, NOT_COMPARED),
                issues=odd,
                industry_weights=industry_weights_of(lines),
                cash_share=_cash_share(history, a),
                opening_value=_opening(history, a, first),
                closing_value=_money(history.value[a, int(history.last[a])] if _used(history, a) else 0.0),
                versions=versions(),
                notes=tuple(notes),
            )
        )
    return [with_peers(one, one.peers) for one in made]


def with_peers(diagnosis: Diagnosis, peers: Peers) -> Diagnosis:
    """The same diagnosis beside these peers: their percentiles make the axes."""
    axes = axes_of(
        diagnosis.metrics, peers, day=diagnosis.last, points=diagnosis.points, attribution=diagnosis.attribution,
        timing=diagnosis.timing, has_benchmark=diagnosis.benchmark is not None,
    )  # fmt: skip
    return replace(diagnosis, peers=peers, axes=axes)


def versions() -> dict[str, str]:
    """Versions of every rule file that a diagnosis reads."""
    of_diagnosis = {f"diagnosis/{name}": load_rulebook("diagnosis", name).version for name in RULE_FILES}
    return of_diagnosis | {f"market/{name}": load_rulebook("market", name).version for name in MARKET_FILES}


def venue_note(history: History) -> str:
    """上海证券交易所、深圳证券交易所；意大利证券交易所: where the securities of the batch trade."""
    venues = {one.venue for one in history.grid.securities}
    rules = load_rulebook("market", "venues")
    return "、".join(rules[f"VENUE-{venue.value}"].title for venue in Venue if venue in venues)


def _metrics(numbers: BookNumbers, a: int, trade: Mapping[str, Metric]) -> dict[str, Metric]:
    note = "" if numbers.history.has_cash[a] else TRADES_ARE_FLOWS
    return {**numbers.columns.cells(a, note), **trade}


def _used(history: History, a: int) -> bool:
    return 0 <= int(history.first[a]) <= int(history.last[a])


def _period(history: History, a: int, first: date | None) -> tuple[date, date]:
    """First and last day that the account's figures speak of; the grid's own for an account without any."""
    days = point_days(history)
    if not _used(history, a):
        return (date.fromordinal(int(days[0])), date.fromordinal(int(days[-1]))) if days.size else (date.min, date.min)
    start, end = (date.fromordinal(int(days[int(place[a])])) for place in (history.first, history.last))
    return (max(start, min(first, end)) if first else start), end


def _points(history: History, a: int) -> int:
    """Trading days with a return; between marks, the moments at which the account was valued."""
    if not _used(history, a):
        return 0
    if history.grid.granularity == "DAY":
        return int(np.count_nonzero(~np.isnan(history.returns[a])))
    return int(history.last[a] - history.first[a] + 1)


def _cash_share(history: History, a: int) -> float | None:
    if not history.has_cash[a] or not _used(history, a):
        return None
    t = int(history.last[a])
    value = float(history.value[a, t])
    return float(history.cash[a, t]) / value if value > 0 else None


def _opening(history: History, a: int, first: date | None) -> Decimal:
    """What was there before the period asked for; nothing where the whole life of the account is told."""
    if first is None or not _used(history, a):
        return Decimal(0)
    begin = int(history.first[a])
    before = date.fromordinal(int(point_days(history)[begin])) < first
    return _money(history.value[a, begin]) if before else Decimal(0)


def _money(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(CENT)
