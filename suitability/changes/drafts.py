"""Whether a proposed text of a rule file can stand: it parses, it is complete, it leaves every past day as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

import numpy as np

from clients.types import ClientKind
from kit.rulebook import NotInForce, Rule, Rulebook, RuleError, load_rulebook, parse_rulebook, under
from suitability.assessment.rules import check_rules
from suitability.category.judge import category_book
from suitability.changes.fault_words import fault_words
from suitability.changes.floors import breaches, value_on
from suitability.changes.problems import DraftRefused
from suitability.changes.types import PACKAGE, RULE_FILES
from suitability.gates.conditions import rules_from as gate_rules_from
from suitability.gates.problems import GateNotInForce
from suitability.levels import AskedBy, Gate, Outcome
from suitability.matching.book import OF_CLIENT, OF_PRODUCT
from suitability.matching.cases import COLUMNS, Cases
from suitability.matching.rules import LOOKS, judge
from suitability.matching.verdicts import rules_without_words
from suitability.profile.rules import profile_rules
from suitability.questionnaire.bands import LOWEST, bands_for, check_bands
from suitability.questionnaire.loading import shipped
from suitability.rating.listing import member_level, members
from suitability.rating.scoring import rules_from as rating_rules_from

Books: TypeAlias = Mapping[tuple[str, str], Rulebook]
DUTY_FORMS: Final = frozenset(("TELL", "WRITE", "CONFIRM", "WAIT", "RECORD", "CALL"))


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule that the draft changes: what stands from the day on, before and after (None: not there)."""

    rule: str
    title: str
    before: Any
    after: Any


def checked(name: str, text: str, base: Rulebook, since: date, others: Books | None = None) -> Rulebook:
    """The draft as a rule book. others: what stands in the place of the other shipped files on that day.

    Raises DraftRefused with every fault that was found first.
    """
    if name not in RULE_FILES:
        raise DraftRefused(f"没有可变更的规则文件 {name}；可选：{'、'.join(RULE_FILES)}")
    try:
        book = parse_rulebook(f"{PACKAGE}/rules/{name}.yaml", text)
    except RuleError as fault:
        raise DraftRefused(f"草稿不是有效的规则文件：{fault_words(fault)}") from fault
    faults = (*_rewritten(base, book, since), *_faults(name, book, since, others or {}))
    if not faults:  # a whole file can be held against the law
        faults = tuple(breaches(name, book, since))
    if faults:
        raise DraftRefused("；".join(faults), faults=list(faults))
    if book.version == base.version:
        raise DraftRefused(f"草稿与 {since} 在用的{RULE_FILES[name]}完全相同，没有变更")
    return book


def differences(base: Rulebook, draft: Rulebook, since: date) -> tuple[Difference, ...]:
    """Every rule whose value or wording differs from `since` on."""
    found = []
    for rule_id in sorted({*base.rules, *draft.rules}):
        old, new = base.rules.get(rule_id), draft.rules.get(rule_id)
        if old != new:
            title = (new or old).title  # type: ignore[union-attr]
            found.append(Difference(rule_id, title, old and value_on(old, since), new and value_on(new, since)))
    return tuple(found)


def _rewritten(base: Rulebook, draft: Rulebook, since: date) -> Iterator[str]:
    """Past days stay as they were: whoever asks about them must get the answer that was given then."""
    for rule in base:
        if rule.id not in draft.rules:
            yield f"规则 {rule.id} 被删去；废止请加一行 {{from: 日期, value: null}}"
            continue
        if _before(rule, since) != _before(draft[rule.id], since):
            yield f"规则 {rule.id} 改动了 {since} 以前的取值；过去的取值不改写，请加一行从 {since} 起的新值"


def _before(rule: Rule, day: date) -> list[tuple[date, Any]]:
    return [(since, value) for since, value in rule.values if since < day]


def _faults(name: str, book: Rulebook, since: date, others: Books) -> Iterator[str]:
    days = sorted({since, *(day for rule in book for day, _ in rule.values if day > since)})
    with under({**others, (PACKAGE, name): book}):
        try:
            for day in days:
                _CHECKS[name](book, day)
        except (RuleError, NotInForce, GateNotInForce, KeyError, ValueError, TypeError, AttributeError) as fault:
            yield f"{RULE_FILES[name]}不完整：{fault_words(fault)}"


def _matching(book: Rulebook, day: date) -> None:
    unknown = sorted(set(book.rules) - set(LOOKS))
    lacking = sorted(set(LOOKS) - set(book.rules))
    if unknown or lacking:
        raise RuleError(f"规则编号与程序不符：多出 {'、'.join(unknown) or '无'}，缺少 {'、'.join(lacking) or '无'}")
    judge(_example(day), book)
    duties = load_rulebook(PACKAGE, "duties")
    for rule in book:
        terms = value_on(rule, day) or {}
        outcomes = terms.get("outcome", {who.value: Outcome.ALLOW.value for who in AskedBy})
        if set(outcomes) != {who.value for who in AskedBy} or not set(outcomes.values()) <= set(Outcome):
            raise RuleError(f"规则 {rule.id} 的 outcome 须为 FIRM、CLIENT 各写 ALLOW、WARN 或 REFUSE")
        if outcomes[AskedBy.FIRM.value] == Outcome.WARN.value:
            told = "使公司主动推介也可以警示后确认；这条路只给客户主动要求（《办法》第十九条）"
            raise RuleError(f"规则 {rule.id} {told}")
        missing = [one for one in terms.get("duties", ()) if not _stands(duties, one, day)]
        if missing:
            raise RuleError(f"规则 {rule.id} 列出了没有定义、或者已废止的义务 {'、'.join(missing)}")
    told = (value_on(book["SUIT-170"], day) or {}).get("outcome", {})
    if set(told.values()) - {Outcome.ALLOW.value}:
        raise RuleError("规则 SUIT-170：行为习惯只作提示，结论须为 ALLOW")


def _stands(duties: Rulebook, duty: str, day: date) -> bool:
    """A duty is defined, and not repealed: it stands from its first value back to the first rule that lists it."""
    rule = duties.rules.get(f"DUTY-{duty}")
    return rule is not None and rule.on(max(day, rule.values[0][0])) is not None


def _example(day: date) -> Cases:
    """Cases that reach into every rule: an elderly client of the lowest class, and a locked R5 product."""
    made: dict[str, Any] = {name: np.array([1]) for name in COLUMNS}
    truths = ("ordinary", "lowest", "firm_asked", "buy")
    made |= {name: np.array([True]) for name in truths} | {"expired": np.array([False])}
    made |= {name: np.array([5]) for name in ("product_rank", "product_type")}
    made |= {name: np.array([10_000]) for name in ("age", "term_days", "lockup_days", "biases")}
    made |= {name: np.array([0.5]) for name in ("expected_return", "reserve_months", "return_high")}
    made |= {name: np.array([100.0]) for name in ("amount", "held_value", "total_value", "min_amount")}
    assert {*OF_CLIENT, *OF_PRODUCT} <= set(made)
    return Cases(day=day, **made)


def _words(book: Rulebook, _: date) -> None:
    lacking = rules_without_words(book)
    if lacking:
        raise RuleError(f"没有这些规则的用语：{'、'.join(lacking)}")


def _duties(book: Rulebook, day: date) -> None:
    for rule in book:
        terms = value_on(rule, day)
        if terms is not None and (terms["form"] not in DUTY_FORMS or not terms["items"]):
            raise RuleError(f"义务 {rule.id} 须写明 form（{'、'.join(sorted(DUTY_FORMS))}）与 items")
        if terms is not None and terms["form"] == "WAIT" and int(terms["hours"]) < 0:
            raise RuleError(f"义务 {rule.id} 的 hours 不能为负")
    for rule in load_rulebook(PACKAGE, "matching"):
        for duty in (value_on(rule, day) or {}).get("duties", ()):
            if not _stands(book, duty, day):
                raise RuleError(f"义务 DUTY-{duty} 不得废止：规则 {rule.id} 还列着它；请先从匹配规则里去掉")


def _bands(book: Rulebook, day: date) -> None:
    check_bands(book)
    _lowest_by_score(day)


def _assessment(book: Rulebook, day: date) -> None:
    check_rules(book, [form for form, _text in shipped()])
    _lowest_by_score(day)


def _lowest_by_score(day: date) -> None:
    """Where the score alone makes the lowest class, each band of a natural person has to name it: none may vanish."""
    if load_rulebook(PACKAGE, "assessment").on("LOWEST-SCHEME", day) != "SCORE":
        return
    for form in (form for form, _ in shipped() if ClientKind.NATURAL in form.audience):
        bands = bands_for(form.version, day, load_rulebook(PACKAGE, "bands"))
        if bands.lowest is None:
            told = f"问卷 {form.version} 用的分数段 {bands.id} 没有 {LOWEST}，最低类别就无从认定；请先写上"
            raise RuleError(f"LOWEST-SCHEME 为 SCORE 时，{told}")


def _gates(book: Rulebook, day: date) -> None:
    for gate in Gate:
        try:
            gate_rules_from(book, gate, day)
        except GateNotInForce:
            continue


def _product_list(_: Rulebook, day: date) -> None:
    for member in members():
        member_level(member, day)


_CHECKS: Final[Mapping[str, Callable[[Rulebook, date], Any]]] = {
    "matching": _matching,
    "matching_words": _words,
    "duties": _duties,
    "bands": _bands,
    "assessment": _assessment,
    "category": lambda _book, _: category_book(),
    "access": _gates,
    "rating": rating_rules_from,
    "product_list": _product_list,
    "profile": lambda _book, _: profile_rules(),
}
