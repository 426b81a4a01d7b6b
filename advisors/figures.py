"""指标值与得分 of everybody on a scale: facts to figures beside the peers, person by person. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from advisors.casemix import Strata
from advisors.facts import BookFacts, Person
from advisors.indicators import INDICATORS, Indicator
from advisors.norms import Method, Placed, place, place_told, points_of, sums_of
from advisors.rules_in_force import AdvisorRules
from advisors.types import EffectFigure, IndicatorPoints, IndicatorValue, LeftOut, Scale, TrainingEntry
from advisors.witness import WHY_MISMATCH, Out, Witness, known_rows, left_out
from clients.satisfaction.intervals import wilson, z_of
from market.types import FloatArray, IntArray

CERTIFICATE: Final = "CERTIFICATE"
YEAR: Final = 365
_DIGITS: Final = 10
NOTHING: Final = {
    "mau": "本期没有服务客户，或没有成交与登录的数据", "aum_growth": "服务的客户没有可知的期初资产",
    "retention_heads": "本期没有服务客户", "retention_assets": "服务的客户没有可知的期初资产",
    "client_outcome": "没有可衡量一年结果的客户", "diagnosis_agreed": "本期没有出具诊断",
    "shortcomings_lifted": "本期没有了结或到期的共识", "coverage": "本期没有到期的承诺",
    "mot_mandatory": "本期没有到期的必做任务", "mot_mandatory_timely": "本期没有到期的必做任务",
    "mot_optional": "本期没有到期的选做任务", "mot_optional_timely": "本期没有到期的选做任务",
    "satisfaction": "本期没有客户的答卷", "record_quality": "期末没有主办客户",
}  # fmt: skip
"""Why a person may have no figure, where the facts as such are there."""


@dataclass(eq=False)
class FigureTable:
    """Figures of the people of a scale, by row. groups: title of each one's peer group; colleagues: how many in it."""

    groups: list[str]
    colleagues: IntArray
    figures: dict[str, list[IndicatorPoints]] = field(default_factory=dict)
    points: dict[str, tuple[FloatArray, FloatArray]] = field(default_factory=dict)  # raw and adjusted

    def of(self, row: int) -> dict[str, IndicatorPoints]:
        return {name: rows[row] for name, rows in self.figures.items()}

    def stages(self, row: int) -> dict[str, tuple[float, float]]:
        return {name: (float(raw[row]), float(adjusted[row])) for name, (raw, adjusted) in self.points.items()}


def figures_of(facts: BookFacts, rules: AdvisorRules, scale: Scale, who: IntArray, strata: Strata) -> FigureTable:
    """Every figure of the rules for the people at the places `who`."""
    people = [facts.people[at] for at in who.tolist()]
    bands = [band_of(one.months, rules.peer_months) for one in people]
    sizes = np.bincount(bands, minlength=len(rules.peer_months) + 1)
    wide = [sizes[band] - 1 < rules.least_peers for band in bands]
    table = FigureTable(
        [group_title(scale, rules.peer_months, band, whole) for band, whole in zip(bands, wide, strict=True)],
        np.array([len(people) - 1 if whole else sizes[band] - 1 for band, whole in zip(bands, wide, strict=True)]),
    )
    method = Method(rules.case_mix.prior, rules.least_clients, rules.widest, rules.least_peers)
    row_of = np.full(len(facts.people), -1, dtype=np.int64)
    row_of[who] = np.arange(len(who))
    for name in (name for part in rules.weights[scale].values() for name in part):
        indicator = INDICATORS[name]
        if name == "effect":
            _effects(table, facts, people, bands, method)
        elif not indicator.definition.shrinks:
            _personal(table, name, facts, people, rules)
        else:
            _quotient(table, indicator, facts, rules, row_of, bands, method, strata)
    return table


def band_of(months: int, edges: tuple[int, ...]) -> int:
    return sum(months >= one for one in edges)


def group_title(scale: Scale, edges: tuple[int, ...], band: int, whole: bool) -> str:
    if whole or not edges:
        return f"{scale.label}（全部）"
    low, high = (edges[band - 1] if band else None), (edges[band] if band < len(edges) else None)
    words = [f"满 {low} 个月"] if low is not None else []
    words += [f"不满 {high} 个月"] if high is not None else []
    return f"{scale.label}（在岗{'、'.join(words)}）"


def _quotient(
    table: FigureTable, indicator: Indicator, facts: BookFacts, rules: AdvisorRules, row_of: IntArray,
    bands: list[int], method: Method, strata: Strata,
) -> None:  # fmt: skip
    name, p = indicator.definition.id, len(bands)
    made = None if name in facts.missing or indicator.of is None else indicator.of(facts, rules.figures)
    if made is None:
        why = facts.missing.get(name, f"没有“{indicator.definition.title}”的数据来源")
        _withheld(table, name, [why] * p)
        return
    witness = _of_scale(known_rows(made, len(facts.people)), row_of)
    sums = sums_of(witness, strata.of, len(strata), p, len(facts.client_no))
    placed = place(sums, strata.design, bands, method, higher=indicator.definition.higher_is_better)
    out = left_out(witness, facts.client_no)
    unknown = np.zeros(p, dtype=np.int64) if witness.unknown is None else witness.unknown
    num, den = sums.num.sum(axis=1), sums.den.sum(axis=1)
    level = rules.figures["level"]
    values = []
    for row in range(p):
        values.append(_value(
            name, placed, row, float(num[row]), float(den[row]), int(sums.rows[row]), int(unknown[row]),
            out.get(row, ()), level, witness.note,
        ))  # fmt: skip
    full = rules.figures["satisfied_full"] if name == "satisfaction" else None
    _file(table, name, values, placed, method.least_peers, full)


def _of_scale(witness: Witness, row_of: IntArray) -> Witness:
    """Those of the people of the scale, persons by row."""
    row = row_of[witness.staff] if len(witness) else witness.staff
    good = row >= 0
    place_of = np.cumsum(good) - 1
    unknown = None
    if witness.unknown is not None:
        known = np.flatnonzero(row_of >= 0)
        unknown = np.zeros(len(known), dtype=np.int64)
        unknown[row_of[known]] = witness.unknown[known]
    out = tuple(
        Out(place_of[one.at[good[one.at]]], one.what, one.why,
            None if one.amount is None else one.amount[good[one.at]])
        for one in witness.out
    )  # fmt: skip
    return Witness(
        witness.kind, row[good], witness.client[good], witness.num[good], witness.den[good], witness.day[good],
        (), unknown, out, witness.note,
    )  # fmt: skip


def _value(
    name: str, placed: Placed, row: int, num: float, den: float, rows: int, unknown: int,
    out: list[LeftOut] | tuple[()], level: float, note: str,
) -> IndicatorValue:  # fmt: skip
    notes = [note] if note else []
    if unknown:
        notes.append(f"{unknown} 行的数字不明，未计入")
    if np.isnan(placed.value[row]):
        return IndicatorValue(name, None, NOTHING.get(name, "本期没有数据"), rows=rows, note="；".join(notes))
    value = float(placed.value[row])
    low: float | None
    high: float | None
    if name == "satisfaction":
        told = wilson(round(num), round(den), level)
        low, high = told.low, told.high
    else:
        half = z_of(level) * placed.error[row]
        known = not np.isnan(half)
        low, high = (value - half, value + half) if known else (None, None)
    return IndicatorValue(
        name, _digits(value), "", _digits(num), _digits(den), None if low is None else _digits(low),
        None if high is None else _digits(high), int(placed.clients[row]), rows, "；".join(notes), tuple(out),
    )  # fmt: skip


def _file(
    table: FigureTable, name: str, values: list[IndicatorValue], placed: Placed, least: int, full: float | None
) -> None:
    """Points of all three stages. full: a shrunk figure that reaches this has full points."""
    shrunk = points_of(placed.z)
    if full is not None:
        estimate = placed.peers + placed.credibility * (placed.adjusted - placed.peers)
        shrunk = np.where(estimate >= full, 100.0, shrunk)
    raw, adjusted = points_of(placed.z_raw), points_of(placed.z_adjusted)
    table.points[name] = (raw, adjusted)
    made = []
    for row, value in enumerate(values):
        if value.value is None:
            made.append(IndicatorPoints(value, 0.0))
        elif placed.colleagues[row] < least:
            why = f"有这项数据的同事只有 {placed.colleagues[row]} 人，不足 {least} 人，无从比较"
            made.append(IndicatorPoints(_without(value, why), 0.0))
        else:
            at_full = full is not None and shrunk[row] == 100.0
            made.append(IndicatorPoints(
                value, 0.0, 0.0, _digits(placed.adjusted[row]), _digits(placed.peers[row]),
                _digits(placed.credibility[row]), _digits(placed.z_raw[row]), _digits(placed.z_adjusted[row]),
                _digits(placed.z[row]), _digits(shrunk[row]),
                f"达到 {full:.0%}，满分" if at_full else "",
            ))  # fmt: skip
    table.figures[name] = made


def _without(value: IndicatorValue, why: str) -> IndicatorValue:
    return IndicatorValue(
        value.id, None, why, value.numerator, value.denominator, clients=value.clients, rows=value.rows,
        note=value.note, left_out=value.left_out,
    )  # fmt: skip


def _withheld(table: FigureTable, name: str, whys: list[str]) -> None:
    table.figures[name] = [IndicatorPoints(IndicatorValue(name, None, why), 0.0) for why in whys]
    blank = np.full(len(whys), np.nan)
    table.points[name] = (blank, blank)


def _effects(table: FigureTable, facts: BookFacts, people: list[Person], bands: list[int], method: Method) -> None:
    told = facts.effects
    sold = {(one.staff_no, one.client_no) for one in facts.mismatches}
    every = [(told.figures.get(one.staff_no), one.staff_no) for one in people]
    found = [None if one is None else without_sales(one, {c for s, c in sold if s == no}) for one, no in every]
    if not any(found):
        _withheld(table, "effect", [told.withheld or "没有场景效果的数据"] * len(people))
        return
    value = np.array([np.nan if one is None else one.value for one in found])
    error = np.array([np.nan if one is None else one.error for one in found])
    clients = np.array([0.0 if one is None else float(one.clients) for one in found])
    placed = place_told(value, error, clients, bands, method)
    half = z_of(0.95) * error
    values = [
        IndicatorValue("effect", None, told.withheld or "本期没有可衡量效果的任务") if one is None else IndicatorValue(
            "effect", _digits(one.value), low=_digits(one.value - half[row]), high=_digits(one.value + half[row]),
            clients=one.clients, rows=len(one.rows), note=one.note,
        )
        for row, one in enumerate(found)
    ]  # fmt: skip
    _file(table, "effect", values, placed, method.least_peers, None)


def without_sales(figure: EffectFigure, clients: set[str]) -> EffectFigure:
    """As if no client who was sold a mismatch had responded: a figure is the share of its rows less that of others."""
    hits = sum(row.counted for row in figure.rows if row.client_no in clients)
    if not hits:
        return figure
    rows = tuple(
        replace(row, counted=0.0, note=WHY_MISMATCH) if row.client_no in clients else row for row in figure.rows
    )
    note = "；".join(one for one in (figure.note, WHY_MISMATCH) if one)
    return replace(figure, value=figure.value - hits / len(figure.rows), rows=rows, note=note)


def _personal(table: FigureTable, name: str, facts: BookFacts, people: list[Person], rules: AdvisorRules) -> None:
    """Facts of the person alone: full points at a mark, in proportion below it; beside nobody, and not shrunk."""
    if name in facts.missing:
        _withheld(table, name, [facts.missing[name]] * len(people))
        return
    last = facts.period.last
    by_person: dict[str, list[TrainingEntry]] = {}
    for entry in facts.training:
        by_person.setdefault(entry.staff_no, []).append(entry)
    made, points = [], np.zeros(len(people))
    for row, one in enumerate(people):
        used = counted(name, by_person.get(one.staff_no, []), last, rules.certificates)
        value = sum(amount for _, amount in used)
        full = rules.figures["training_hours"] if name == "training" else 100.0
        points[row] = 100 * min(1.0, value / full)
        made.append(IndicatorPoints(
            IndicatorValue(name, _digits(value), rows=len(used)), 0.0, adjusted=_digits(value),
            points=_digits(points[row]), why=f"满分 {full:g}",
        ))  # fmt: skip
    table.figures[name] = made
    table.points[name] = (points, points)


def counted(
    name: str, entries: list[TrainingEntry], last: date, certificates: Mapping[str, float]
) -> list[tuple[TrainingEntry, float]]:
    """The entries that count on the last day of a period with what each adds; a certificate counts once."""
    found: dict[str, tuple[TrainingEntry, float]] = {}
    for entry in sorted(entries, key=lambda one: (one.day, one.number)):
        if entry.day > last:
            continue
        if name == "training" and entry.kind != CERTIFICATE and entry.day > last - timedelta(days=YEAR):
            found[entry.number] = (entry, entry.hours)
        valid = entry.valid_to is None or entry.valid_to >= last
        if name == "certificates" and entry.kind == CERTIFICATE and valid and entry.code in certificates:
            found[entry.code] = (entry, certificates[entry.code])
    return list(found.values())


def _digits(value: float) -> float:
    return float(f"{float(value):.{_DIGITS}g}") + 0.0
