"""合规: what is taken off a score, by what it is multiplied, and what sets the lowest level. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from advisors.facts import BookFacts
from advisors.measures import unlicensed
from advisors.rules_in_force import AdvisorRules
from advisors.types import Deduction, IndicatorValue, SourceKind, SourceRow, Veto

ORDINARY: Final = "COMPLAINT"
MAJOR: Final = "COMPLAINT_MAJOR"
PUSH: Final = "MISMATCH_PUSH"
_FACTORS: Final = (("MISMATCH", "造成的错配"), ("OVERRIDE", "警示下办理"), ("UNLICENSED", "没有登记而提供建议"))


@dataclass(frozen=True, slots=True)
class Conduct:
    """What one person's conduct comes to. cases: source rows by id of `advisors.indicators.CONDUCT`."""

    figures: tuple[IndicatorValue, ...]
    deductions: tuple[Deduction, ...]
    multiplier: float
    why: tuple[str, ...]
    vetoes: tuple[Veto, ...]
    notes: tuple[str, ...]
    cases: Mapping[str, tuple[SourceRow, ...]]

    @property
    def blocked_until(self) -> date | None:
        return max((one.until for one in self.vetoes), default=None)


def conduct_of(facts: BookFacts, rules: AdvisorRules, clients: Mapping[str, int]) -> dict[str, Conduct]:
    """By staff number, everybody of the facts. clients: how many each serves, for the figures a hundred."""
    cases = _cases(facts)
    entries: dict[str, list[SourceRow]] = {}
    codes: dict[str, str] = {}
    for one in facts.conduct:
        if facts.period.holds(one.day):
            row = SourceRow(SourceKind.CONDUCT, one.number, one.client_no, one.day, 1.0, 1.0, one.note)
            entries.setdefault(one.staff_no, []).append(row)
            codes[one.number] = one.code
    found = {}
    for person in facts.people:
        own = {name: _sorted(rows.get(person.staff_no, ())) for name, rows in cases.items()}
        found[person.staff_no] = _one(
            person.staff_no, facts, rules, own, _sorted(entries.get(person.staff_no, ())), codes,
            clients.get(person.staff_no, 0),
        )  # fmt: skip
    return found


def _cases(facts: BookFacts) -> dict[str, dict[str, list[SourceRow]]]:
    made: dict[str, dict[str, list[SourceRow]]] = {
        name: {} for name in ("complaints", "mismatches", "overrides", "unlicensed")
    }

    def add(name: str, staff_no: str, row: SourceRow) -> None:
        made[name].setdefault(staff_no, []).append(row)

    for complaint in facts.complaints:
        if facts.period.holds(complaint.day):
            note = ("重大" if complaint.major else "一般") + ("" if complaint.settled else "，尚未办结，不扣分")
            add("complaints", complaint.staff_no, SourceRow(
                SourceKind.COMPLAINT, complaint.number, complaint.client_no, complaint.day,
                float(complaint.settled), 1.0, note,
            ))  # fmt: skip
    for sale in facts.mismatches:
        if facts.period.holds(sale.day):
            note = sale.product + ("，主动推介" if sale.pushed else "")
            add("mismatches", sale.staff_no, SourceRow(
                SourceKind.MISMATCH, sale.number, sale.client_no, sale.day, 1.0, 1.0, note,
            ))  # fmt: skip
    for override in facts.overrides:
        if facts.period.holds(override.day):
            add("overrides", override.staff_no, SourceRow(
                SourceKind.DECISION, override.number, override.client_no, override.day, 1.0, 1.0, override.what,
            ))  # fmt: skip
    for at in unlicensed(facts).tolist():
        tasks = facts.tasks
        assert tasks is not None
        number = tasks.key[at] if tasks.key else str(at)
        add("unlicensed", facts.people[int(tasks.staff[at])].staff_no, SourceRow(
            SourceKind.TASK, number, facts.client_no[int(tasks.client[at])],
            date.fromordinal(int(tasks.done_on[at])), 1.0, 1.0, "办结当日没有证券投资顾问登记",
        ))  # fmt: skip
    return made


def _sorted(rows: Iterable[SourceRow]) -> tuple[SourceRow, ...]:
    return tuple(sorted(rows, key=lambda one: (one.day or date.min, one.key, one.client_no, one.note)))


def _one(
    staff_no: str, facts: BookFacts, rules: AdvisorRules, cases: Mapping[str, tuple[SourceRow, ...]],
    entries: tuple[SourceRow, ...], codes: Mapping[str, str], clients: int,
) -> Conduct:  # fmt: skip
    multiplier, why = _multiplier(rules, cases)
    pushed = {one.number for one in facts.mismatches if one.pushed and one.staff_no == staff_no}
    vetoes = [_veto(rules, codes[one.key], one) for one in entries if codes[one.key] in rules.severe]
    if PUSH in rules.severe:
        vetoes += [_veto(rules, PUSH, one) for one in cases["mismatches"] if one.key in pushed]
    deductions = [_deduction(rules, codes[one.key], one) for one in entries if codes[one.key] in rules.deductions]
    major = {one.number for one in facts.complaints if one.major}
    deductions += [
        _deduction(rules, MAJOR if one.key in major else ORDINARY, one) for one in cases["complaints"] if one.counted
    ]
    strange = sorted({codes[one.key] for one in entries} - set(rules.severe) - set(rules.deductions))
    figures = tuple(_figure(name, rows, clients, facts.missing.get(name, "")) for name, rows in cases.items())
    return Conduct(
        figures, tuple(sorted(deductions, key=lambda one: (one.day, one.code, one.row.key))), multiplier, why,
        tuple(sorted(vetoes, key=lambda one: (one.day, one.code, one.row.key))),
        tuple(f"行为登记 {one} 不在扣分项或否决项之内，未计" for one in strange), {**cases, "entries": entries},
    )  # fmt: skip


def _multiplier(rules: AdvisorRules, cases: Mapping[str, tuple[SourceRow, ...]]) -> tuple[float, tuple[str, ...]]:
    numbers = {"MISMATCH": "mismatches", "OVERRIDE": "overrides", "UNLICENSED": "unlicensed"}
    product, why = 1.0, []
    for code, word in _FACTORS:
        times, factor = len(cases[numbers[code]]), rules.factors[code]
        if times:
            one = factor.of(times)
            product *= one
            why.append(f"{word} {times} 件，系数 {one:.2f}")
    return product, tuple(why)


def _veto(rules: AdvisorRules, code: str, row: SourceRow) -> Veto:
    assert row.day is not None
    return Veto(code, rules.severe[code], row.day, row, row.day + timedelta(days=rules.blocks_days))


def _deduction(rules: AdvisorRules, code: str, row: SourceRow) -> Deduction:
    assert row.day is not None
    title, points = rules.deductions[code]
    return Deduction(code, title, points, row.day, row, rules.deduction_source, code in rules.severe)


def _figure(name: str, rows: tuple[SourceRow, ...], clients: int, missing: str) -> IndicatorValue:
    """Cases a hundred clients."""
    if missing:
        return IndicatorValue(name, None, missing)
    counted = sum(one.counted for one in rows)
    if not clients:
        why = "本期没有服务客户" + (f"；另有 {len(rows)} 件" if rows else "")
        return IndicatorValue(name, None, why, numerator=counted, rows=len(rows))
    return IndicatorValue(
        name, 100 * counted / clients, numerator=counted, denominator=float(clients), clients=clients, rows=len(rows)
    )
