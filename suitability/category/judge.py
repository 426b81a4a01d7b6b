"""A row of the category table against evidence: pure predicates, the limits are rule data (`rules/category.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from clients.types import ClientKind
from kit.rulebook import Rulebook, RuleError, load_rulebook, per_rules
from suitability.assessment.validity import whole_years, years_later
from suitability.category.problems import NoSuchCategoryTest
from suitability.category.types import Evidence, EvidenceKind, InformationItem, Judgement, Part, Trial, TrialKind
from suitability.levels import InvestorCategory

PREFIX: Final = "PRO_"
BACK_TO_ORDINARY: Final = "CATEGORY-001"
PASS_MARKS: Final = "CATEGORY-002"
EVIDENCE_AGE: Final = "CATEGORY-003"
VALIDITY: Final = "CATEGORY-004"
ITEMS_NEEDED: Final = "CATEGORY-005"
ITEMS_AGE: Final = "CATEGORY-006"
_CONDITION: Final = {"kind", "from", "years", "year_end"}


@dataclass(frozen=True, slots=True)
class Need:
    """One condition: a kind of document, and the least amount or years."""

    kind: EvidenceKind
    at_least: Decimal | None
    years: int | None
    year_end: bool

    @property
    def asks(self) -> str:
        amount = "" if self.at_least is None else f"不低于 {self.at_least / 10_000:f} 万元"
        years = "" if self.years is None else f"满 {self.years} 年"
        return f"{self.kind.label}{amount or years}" + ("（最近一年末）" if self.year_end else "")


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """One row of the table."""

    id: str
    category: InvestorCategory
    kinds: frozenset[ClientKind]
    needs: tuple[tuple[Need, ...], ...]  # every group, at least one of each


def parse_test(rule_id: str, value: Mapping[str, Any]) -> CategoryRule:
    """Raises RuleError."""
    try:
        needs = tuple(tuple(_need(rule_id, one) for one in group) for group in value["needs"])
        kinds = frozenset(ClientKind(kind) for kind in value["kinds"])
        category = InvestorCategory(value["category"])
    except (KeyError, TypeError, ValueError) as fault:
        raise RuleError(f"rule {rule_id!r}: {fault}") from fault
    if not needs or not all(needs) or not category.professional:
        raise RuleError(f"rule {rule_id!r} needs at least one condition in each group and a professional category")
    return CategoryRule(rule_id, category, kinds, needs)


def _need(rule_id: str, raw: Mapping[str, Any]) -> Need:
    kind = EvidenceKind(raw["kind"])
    unknown = sorted(set(raw) - _CONDITION)
    amount_missing = kind.needs_amount != ("from" in raw)
    if unknown or amount_missing or kind.needs_since != ("years" in raw):
        raise RuleError(f"rule {rule_id!r}: {kind} takes from for amounts and years for experience, not {dict(raw)!r}")
    at_least = Decimal(str(raw["from"])) if "from" in raw else None
    return Need(kind, at_least, raw.get("years"), raw.get("year_end") is True)


@per_rules()
def category_book() -> Rulebook:
    """`suitability/rules/category.yaml`, checked. Raises RuleError."""
    book = load_rulebook("suitability", "category")
    for rule in book:
        for _, value in rule.values:
            if rule.id.startswith(PREFIX) and value is not None:
                parse_test(rule.id, value)
    for _, marks in book[PASS_MARKS].values:
        _known(PASS_MARKS, marks, set(TrialKind))
    for _, ages in book[ITEMS_AGE].values:
        _known(ITEMS_AGE, ages, set(InformationItem))
    return book


def _known(rule_id: str, found: Mapping[str, Any], known: set[Any]) -> None:
    unknown = sorted(set(found) - {one.value for one in known})
    if unknown:
        raise RuleError(f"rule {rule_id!r} names unknown {', '.join(unknown)}")


def category_rule(test_id: str, day: date, book: Rulebook) -> CategoryRule:
    """Raises NoSuchCategoryTest that lists what there is."""
    if test_id not in book.rules or not test_id.startswith(PREFIX) or book.on(test_id, day) is None:
        known = "、".join(sorted(one for one in book.rules if one.startswith(PREFIX)))
        raise NoSuchCategoryTest(f"没有认定 {test_id}；可用：{known}")
    return parse_test(test_id, book.on(test_id, day))


def judge(test: CategoryRule, kind: ClientKind, evidence: Sequence[Evidence], day: date, book: Rulebook) -> Judgement:
    """day: of the application. Every group is looked at, so that all that lacks is said at once."""
    faults = () if kind in test.kinds else (f"{test.id} 不适用于{kind.label}客户",)
    parts = tuple(_part(group, evidence, day, book) for group in test.needs)
    return Judgement(test.id, test.category, parts, faults)


def _part(group: Sequence[Need], evidence: Sequence[Evidence], day: date, book: Rulebook) -> Part:
    asks = "或".join(need.asks for need in group)
    why: list[str] = []
    for need in group:
        own = [one for one in evidence if one.kind is need.kind]
        for one in sorted(own, key=lambda one: one.as_of, reverse=True):
            faults = list(shortfalls(need, one, day, book))
            if not faults:
                return Part(asks, True, one.id, (), one.valid_through)
            why += [f"{one.name}{fault}" for fault in faults]
    return Part(asks, False, None, tuple(why) or ("没有材料",), None)


def shortfalls(need: Need, one: Evidence, day: date, book: Rulebook) -> Iterator[str]:
    """Why this document does not meet this condition; nothing where it does."""
    if need.at_least is not None and (one.amount is None or one.amount < need.at_least):
        known = "没有写明" if one.amount is None else f"只有 {one.amount:,.2f} 元"
        yield f"的金额{known}，须不低于 {need.at_least:,.2f} 元"
    if need.years is not None and (one.since is None or whole_years(one.since, day) < need.years):
        yield f"从 {one.since} 起不满 {need.years} 年"
    if need.year_end and one.as_of != last_year_end(day):
        yield f"的时点不是最近一年末 {last_year_end(day)}"
    until = fresh_through(need, one, book, day)
    if until is not None and until < day:
        yield f"已于 {until} 过期"


def last_year_end(day: date) -> date:
    """最近一年末: 31 December of the year before."""
    return date(day.year - 1, 12, 31)


def fresh_through(need: Need, one: Evidence, book: Rulebook, day: date) -> date | None:
    """The last day on which an application may rely on the document: its own, or by its age. Year-end figures: none.

    A document that was fresh when it was relied on does not end the category by its age, only by a validity of its own.
    """
    if one.valid_through is not None:
        return one.valid_through
    if need.year_end:
        return None
    days = book.on(EVIDENCE_AGE, day).get(one.kind.value)
    return None if days is None else one.as_of + timedelta(days=days)


def trial_fault(trials: Sequence[Trial], day: date, book: Rulebook) -> str | None:
    """Why the prudent assessment of a conversion is not passed; None where one test or trading was."""
    marks = book.on(PASS_MARKS, day)
    if any(one.score >= marks[one.kind.value] for one in trials):
        return None
    if not trials:
        return "还没有知识测试或模拟交易的结果"
    best = "、".join(f"{one.kind.label} {one.score} 分（合格 {marks[one.kind.value]} 分）" for one in trials)
    return f"审慎评估没有合格：{best}"


def granted_through(
    category: InvestorCategory, effective_from: date, evidence_through: date | None, book: Rulebook
) -> date | None:
    """The last day of a granted category, None without end."""
    years = book.on(VALIDITY, effective_from).get(category.value)
    own = None if years is None else years_later(effective_from, years) - timedelta(days=1)
    return min((one for one in (own, evidence_through) if one is not None), default=None)
