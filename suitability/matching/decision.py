"""A decision is written once: the facts, every rule's verdict, the versions it was made under, and a digest over them.

The facts that are judged are the facts that are stored: they pass through their text first, so that a replay reads the
very same numbers.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from kit.rulebook import Rulebook
from suitability.levels import OrderSide, Outcome
from suitability.matching.cases import Facts, case_of
from suitability.matching.changes import Change, changes_after
from suitability.matching.origin import Origin, origin_of
from suitability.matching.rules import judge, worst_of_one
from suitability.matching.verdicts import Read, Verdict, as_data, overall, tell

FORMAT: Final = "heshi.decision/1"
"""Version of the record and of the judgement that makes it; older ones are kept in `algorithms.py`."""
_FACTS: Final = TypeAdapter(Facts)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule files that a decision is made under."""

    matching: Rulebook
    words: Rulebook
    duties: Rulebook

    def versions(self) -> dict[str, str]:
        return {book.name: book.version for book in (self.matching, self.words, self.duties)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was answered about one product for one client, and on what ground. A change of mind is a new decision."""

    id: str
    made_at: datetime  # with time zone
    made_by: str
    facts: Facts
    versions: dict[str, str]  # questionnaire, product rating, rule files
    verdicts: tuple[Verdict, ...]
    outcome: Outcome
    origin: Origin
    changes: tuple[Change, ...]  # what would have to change for ALLOW, both sides
    duties: tuple[str, ...]
    digest: str
    replaces: str | None = None


def facts_text(facts: Facts) -> str:
    """The facts as one text: the same facts give the same text."""
    content = _FACTS.dump_python(facts, mode="json")
    content["client"]["biases"].sort()
    content["product"]["gates"].sort()
    return canonical_text(content)


def facts_from(text: str) -> Facts:
    """The facts of a text that `facts_text` made."""
    return _FACTS.validate_json(text)


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of a decision that follows from facts and rules alone."""

    facts: Facts
    text: str  # of the facts
    versions: dict[str, str]
    verdicts: tuple[Verdict, ...]
    outcome: Outcome
    origin: Origin
    changes: tuple[Change, ...]
    duties: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over everything that was judged and answered."""
        return content_digest(self.text, self.judged())

    def content(self) -> dict[str, Any]:
        """The answer as plain data: what is digested."""
        return {**self.judged(), "facts": json.loads(self.text)}

    def judged(self) -> dict[str, Any]:
        """The same without the facts. Texts, whole numbers, truth and lists alone: one way to write it."""
        told: dict[str, dict[str, Any]] = {}  # by field: many rules read the same
        return {
            "format": FORMAT,
            "versions": dict(sorted(self.versions.items())),
            "verdicts": [verdict_content(verdict, told) for verdict in self.verdicts],
            "outcome": self.outcome.value,
            "origin": self.origin.value,
            "changes": [change_content(change) for change in self.changes],
            "duties": list(self.duties),
        }


def content_digest(facts: str, judged: dict[str, Any]) -> str:
    """The digest of an answer: of the canonical text of its content. facts: their text, which stands in it as it is."""
    content = {**judged, "facts": orjson.Fragment(facts)}
    return "sha256:" + hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def canonical_text(content: dict[str, Any]) -> str:
    """One text for one content: what is stored and digested."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def verdict_content(verdict: Verdict, told: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """told: facts of the same case that were written already, by field."""
    for one in verdict.facts:
        if one.field not in told:
            told[one.field] = {"field": one.field, "value": one.value, "as_of": as_data(one.as_of)}
    return {
        "rule": verdict.rule,
        "title": verdict.title,
        "source": verdict.source,
        "confirmed": verdict.confirmed,
        "hit": verdict.hit,
        "outcome": verdict.outcome.value,
        "facts": [told[one.field] for one in verdict.facts],
        "says": dict(verdict.says),
        "duties": list(verdict.duties),
    }


def change_content(change: Change) -> dict[str, Any]:
    return {"side": change.side, "fields": [{"field": name, "value": value} for name, value in change.fields]}


def answer_to(facts: Facts, rules: Rules) -> Answer:
    """Judge the facts under the rules. Every rule runs; the facts pass through their stored form first."""
    return answer_from(facts_text(facts), rules)


def answer_from(text: str, rules: Rules) -> Answer:
    """The same from facts as they are stored: their text is digested as it stands."""
    facts = facts_from(text)
    case = case_of(facts)
    judged = judge(case, rules.matching)
    verdicts = tell(facts, case, judged, rules.matching, rules.words)
    duties = dict.fromkeys(duty for verdict in verdicts for duty in verdict.duties)
    outcome = overall(verdicts)
    return Answer(
        facts=facts,
        text=text,
        versions={**rules.versions(), **_sources(facts)},
        verdicts=verdicts,
        outcome=outcome,
        origin=origin_of(facts, _if_bought(facts, outcome, rules.matching)),
        changes=changes_after(facts, case, judged, rules.matching),
        duties=() if outcome is Outcome.REFUSE else tuple(duties),
    )


def answer_on_file(text: str, judged: dict[str, Any]) -> Answer:
    """The answer as it was filed, read back: nothing is judged, so it needs neither the rules nor the judgement."""
    return Answer(
        facts=facts_from(text),
        text=text,
        versions=judged["versions"],
        verdicts=tuple(_verdict_from(one) for one in judged["verdicts"]),
        outcome=Outcome(judged["outcome"]),
        origin=Origin(judged["origin"]),
        changes=tuple(
            Change(one["side"], tuple((field["field"], field["value"]) for field in one["fields"]))
            for one in judged["changes"]
        ),
        duties=tuple(judged["duties"]),
    )


def _verdict_from(one: dict[str, Any]) -> Verdict:
    facts = tuple(
        Read(fact["field"], fact["value"], date.fromisoformat(fact["as_of"]) if fact["as_of"] else None)
        for fact in one["facts"]
    )
    return Verdict(
        rule=one["rule"], title=one["title"], source=one["source"], confirmed=one["confirmed"], hit=one["hit"],
        outcome=Outcome(one["outcome"]), facts=facts, says=one["says"], duties=tuple(one["duties"]),
    )  # fmt: skip


def _if_bought(facts: Facts, outcome: Outcome, rules: Rulebook) -> Outcome:
    """What the same request as a purchase would be answered."""
    if facts.request.side is OrderSide.BUY:
        return outcome
    bought = case_of(replace(facts, request=replace(facts.request, side=OrderSide.BUY)))
    return worst_of_one(judge(bought, rules))


def _sources(facts: Facts) -> dict[str, str]:
    """Versions of what the facts were made with."""
    told = {"questionnaire": facts.client.questionnaire, "product_rating": facts.product.rating_version}
    return {name: version for name, version in told.items() if version is not None}
