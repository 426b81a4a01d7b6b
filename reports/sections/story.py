"""What every section reads: the diagnosis, its currency's words, and figures made from metrics by id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from diagnosis import wording
from diagnosis.types import Axis, Diagnosis, Finding, Habit, Metric, Side
from reports import explain
from reports.agreements import Agreement
from reports.catalogue import Entry, entry
from reports.explain import Money
from reports.family import Family
from reports.model import Block, Cell, Column, Figure, Figures, Paragraph, Table, Tone
from reports.wordbook import limit, period_word, returns_label, words_abroad
from suitability.held import HeldFit

DASH = wording.DASH
NO_REASON = "数据不足，暂不计算"


@dataclass(frozen=True)
class Story:
    """One diagnosis as the sections tell it."""

    diagnosis: Diagnosis
    agreements: tuple[Agreement, ...] = ()
    previous: date | None = None  # last day of the report before this one
    advisor: str = ""
    firm: str = ""
    fit: HeldFit | None = None  # the client's level beside what is held; None: not read
    family: Family | None = None  # the client's household; None: none on file
    _limits: dict[str, float] = field(default_factory=dict)

    @cached_property
    def money(self) -> Money:
        return Money(wording.currency_word(self.diagnosis.currency))

    @cached_property
    def period(self) -> str:
        """这一年, 这半年, …"""
        return period_word(self.diagnosis.first, self.diagnosis.last)

    @cached_property
    def returns_label(self) -> str:
        return returns_label(self.diagnosis.has_cash, self.diagnosis.last)

    @property
    def subject(self) -> str:
        """What earned or lost: the account, or its securities where there is no cash statement."""
        return "账户" if self.diagnosis.has_cash else "证券交易"

    def gain_words(self, profit: float) -> str:
        """账户赚了 1.08 万元, 账户亏了 932 元, 账户不赚不亏."""
        if abs(profit) < 0.5:
            return f"{self.subject}不赚不亏"
        return f"{self.subject}{'赚' if profit > 0 else '亏'}了 {self.money(abs(profit))}"

    @property
    def daily(self) -> bool:
        return self.diagnosis.granularity == "DAY"

    @cached_property
    def quiet(self) -> bool:
        """True where nothing was ever traded or held: the report is short and says so."""
        d = self.diagnosis
        return not (d.trades.buys or d.trades.sells or d.holdings or d.securities)

    @cached_property
    def chinese_fees(self) -> bool:
        """Stamp duty, minimum commission and dividend tax are words of the mainland market only."""
        return self.diagnosis.currency == "CNY"

    def limit(self, name: str) -> float:
        return limit(name, self.diagnosis.last)

    def metric(self, metric_id: str) -> Metric | None:
        return self.diagnosis.metrics.get(metric_id)

    def value(self, metric_id: str) -> float | None:
        """The value, or None where it is withheld."""
        metric = self.metric(metric_id)
        return None if metric is None or metric.withheld else metric.value

    def withheld(self, metric_id: str) -> str:
        """The reason why a measure is not shown."""
        metric = self.metric(metric_id)
        return (metric.withheld if metric else None) or NO_REASON

    def text(self, metric_id: str, signed: bool | None = None) -> str:
        """The formatted value, — where withheld."""
        metric, value = self.metric(metric_id), self.value(metric_id)
        if metric is None or value is None:
            return DASH
        with_sign = metric_id in explain.UP_IS_GOOD if signed is None else signed
        return explain.value_text(value, str(metric.unit), self.money, with_sign)

    def entry(self, metric_id: str) -> Entry:
        """Name, plain sentence and convention in words that fit the account's market."""
        d = self.diagnosis
        return entry(metric_id, self.metric(metric_id), words_abroad(d.currency, d.last))

    def name(self, metric_id: str) -> str:
        return self.entry(metric_id).name

    def figure(
        self,
        metric_id: str,
        *,
        label: str = "",
        note: str = "",
        section: int | None = None,
    ) -> Figure:
        """A key figure; a withheld one shows — and its reason instead of the note."""
        metric, value = self.metric(metric_id), self.value(metric_id)
        told = self.entry(metric_id)
        return Figure(
            label=label or told.name,
            text=self.text(metric_id),
            value=value,
            unit=str(metric.unit) if metric else "",
            tone=explain.tone_of(metric_id, value),
            note=note if value is not None else self.withheld(metric_id),
            metric=metric_id,
            explain=told.sentence,
            definition=told.convention,
            section=section,
        )

    def figures(self, metric_ids: Sequence[str], section: int) -> Block:
        """Key figures; one sentence instead where all of them are withheld for the same reason."""
        known = [metric_id for metric_id in metric_ids if self.metric(metric_id) is not None]
        reasons = {self.withheld(metric_id) for metric_id in known if self.value(metric_id) is None}
        if len(known) > 1 and len(reasons) == 1 and all(self.value(metric_id) is None for metric_id in known):
            return Paragraph(self._withheld_sentence(known), Tone.MUTED)
        return Figures(tuple(self.figure(metric_id, section=section) for metric_id in known))

    def metric_table(self, title: str, metric_ids: Sequence[str]) -> Block:
        """Measures in rows with what they mean; those withheld stand below by their reason."""
        known = [metric_id for metric_id in metric_ids if self.metric(metric_id) is not None]
        given = [metric_id for metric_id in known if self.value(metric_id) is not None]
        missing = [metric_id for metric_id in known if self.value(metric_id) is None]
        note = self._withheld_sentence(missing) if missing else ""
        if not given:
            return Paragraph(note or "没有可计算的指标。", Tone.MUTED)
        columns = (Column("指标"), Column("数值", "right"), Column("含义"))
        return Table(title, columns, tuple(self._metric_row(metric_id) for metric_id in given), note=note)

    def _withheld_sentence(self, metric_ids: Sequence[str]) -> str:
        """夏普比率、贝塔暂不计算：没有可用基准。 One sentence for each reason."""
        by_reason: dict[str, list[str]] = {}
        for metric_id in metric_ids:
            by_reason.setdefault(self.withheld(metric_id).rstrip("。"), []).append(self.name(metric_id))
        return "".join(f"{'、'.join(names)}暂不计算：{reason}。" for reason, names in by_reason.items())

    def _metric_row(self, metric_id: str) -> tuple[Cell, ...]:
        value, told = self.value(metric_id), self.entry(metric_id)
        shown = Cell(self.text(metric_id), value, explain.tone_of(metric_id, value))
        return Cell(told.name), shown, Cell(told.sentence)

    def percentile(self, metric_id: str) -> float | None:
        """Share of the peers that this account is better than, 0 to 100; None where there are too few."""
        peers = self.diagnosis.peers
        return None if peers.withheld else peers.percentile.get(metric_id)

    def abroad(self, text: str) -> str:
        """`text` without amounts in yuan in brackets where the account is in another currency."""
        return text if self.diagnosis.currency == "CNY" else re.sub(r"（[^（）]*元[^（）]*）", "", text)

    def axis(self, axis_id: str) -> Axis | None:
        return next((axis for axis in self.diagnosis.axes if axis.id == axis_id), None)

    def habit(self, habit_id: str) -> Habit | None:
        return self.diagnosis.habits.get(habit_id)

    def seen(self, habit_id: str) -> Habit | None:
        habit = self.habit(habit_id)
        return habit if habit is not None and habit.seen else None

    @cached_property
    def strengths(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.diagnosis.findings if f.side == Side.STRENGTH)

    @cached_property
    def shortcomings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.diagnosis.findings if f.side == Side.SHORTCOMING)

    @cached_property
    def fees(self) -> float:
        """All that trading cost over the period, in the account's currency."""
        t = self.diagnosis.trades
        return t.commission + t.stamp_duty + t.transfer_fee + t.other_fee

    @cached_property
    def fees_known(self) -> bool:
        return self.fees > 0
