"""What a client holds, each holding judged by the rules that the watch asks: for whoever tells the client of it.

One definition with the watch: a holding is judged as a purchase of what it is worth, asked for by the client. The
facts of the client are read once, those of all holdings together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlmodel import Session

from kit.access import Scope
from kit.rulebook import Rulebook
from suitability.cases.rules import watched
from suitability.cases.types import Dimension
from suitability.changes.in_force import rules_of
from suitability.desk import FactsReader
from suitability.facts import ClientFacts, HoldingFacts, ProductFacts, Request
from suitability.levels import AskedBy, Gate, OrderSide
from suitability.matching.cases import Facts, cases_of
from suitability.matching.rules import judge_one, terms_of
from suitability.matching.service import house_rules
from suitability.profile.facts import profile_facts
from suitability.rating.service import RatingService


@dataclass(frozen=True, slots=True)
class Worth:
    """One holding: its code, its name for want of a better one, and what it is worth; None without a price."""

    code: str
    name: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule that a holding hits. terms: what the rule says on the day."""

    rule: str
    title: str
    source: str
    confirmed: bool
    dimension: Dimension
    terms: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One holding with its rating and every watched rule that it hits. product: None where the code is not on file."""

    code: str
    name: str
    value: Decimal | None
    product: ProductFacts | None
    hits: tuple[Hit, ...] = ()
    gates_lacking: tuple[Gate, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldFit:
    """The client and every holding on a day. level_reason: why finances lower the level (Chinese), empty otherwise."""

    day: date
    client: ClientFacts
    level_reason: str
    lines: tuple[HeldLine, ...]
    versions: Mapping[str, str]


class HeldReader:
    """Judges what clients within a scope hold, over one session. Nothing is filed."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._facts = FactsReader(session, scope)
        self._ratings = RatingService(session)

    def of_client(self, client_no: str, day: date, held: Sequence[Worth], total: Decimal | None) -> HeldFit:
        """total: of all that the client has with the firm, None where it is not known. Raises NoSuchClient."""
        with rules_of(self._session, day):
            client = self._facts.client(client_no, day)
            products = self._ratings.facts_of_codes([one.code for one in held], day)
            rules = house_rules().matching
            lines = judged(replace(client, total_assets=total), day, held, products, total, rules)
            return HeldFit(
                day, client, self._why_lower(client, day), lines, {rules.name: rules.version},
            )  # fmt: skip


    def _why_lower(self, client: ClientFacts, day: date) -> str:
        """Where the level that is used is below the confirmed one by finances, and not by a newer result."""
        if client.level is client.confirmed_level:
            return ""
        profile = profile_facts(self._session, self._scope, client.client_no, day)
        return profile.level_reason if client.level is profile.level_cap else ""


def judged(
    client: ClientFacts, day: date, held: Sequence[Worth], products: Mapping[str, ProductFacts],
    total: Decimal | None, rules: Rulebook,
) -> tuple[HeldLine, ...]:
    """The holdings in their order, each with the watched rules that it hits."""
    known = [one for one in held if one.code in products]
    facts = [_facts(client, day, one, products[one.code], total) for one in known]
    hits: dict[str, list[Hit]] = {one.code: [] for one in known}
    if facts:
        cases = cases_of(facts)
        for name, watch in watched(day).items():
            found = judge_one(name, cases, rules)
            if found is None:
                continue
            rule = rules[name]
            terms = terms_of(name, cases, rules) or {}
            told = Hit(name, rule.title, rule.source, rule.confirmed, watch.dimension, terms)
            for one, hit in zip(known, found.hit.tolist(), strict=True):
                if hit:
                    hits[one.code].append(told)
    return tuple(_line(client, day, one, products.get(one.code), hits.get(one.code, [])) for one in held)


def _line(client: ClientFacts, day: date, one: Worth, product: ProductFacts | None, hits: Sequence[Hit]) -> HeldLine:
    if product is None:
        return HeldLine(one.code, one.name, one.value, None)
    opened = {gate for gate, since in client.gates.items() if since <= day}
    lacking = tuple(gate for gate in Gate if gate in product.gates and gate not in opened)
    return HeldLine(one.code, product.name, one.value, product, tuple(hits), lacking)


def _facts(client: ClientFacts, day: date, one: Worth, product: ProductFacts, total: Decimal | None) -> Facts:
    request = Request(
        client_no=client.client_no, product_code=one.code, asked_by=AskedBy.CLIENT, side=OrderSide.BUY, day=day,
        amount=one.value,
    )  # fmt: skip
    return Facts(client=client, product=product, request=request, holding=HoldingFacts(total_value=total))
