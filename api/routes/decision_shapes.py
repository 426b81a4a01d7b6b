"""What is asked of a check, and a decision as each reader may see it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, Field

from api.routes.amounts import Yuan
from api.routes.shapes import Ask, Code, RuleDay
from kit.access import Role
from suitability.facts import Request
from suitability.levels import AskedBy, OrderSide, Outcome
from suitability.matching.hearing import Audience, change_sentence, changes_for_role, is_said, says_for_role
from suitability.matching.origin import Origin
from suitability.matching.problems import NotAskable
from suitability.matching.service import Duty
from suitability.matching.tables import DecisionRow


class CheckIn(Ask):
    """May this client have this product? Either `product_code` or `security_code`; amount or quantity."""

    client_no: Code
    product_code: Code | None = None
    security_code: Code | None = None
    asked_by: AskedBy
    side: OrderSide = OrderSide.BUY
    amount: Yuan | None = None
    quantity: Yuan | None = None
    account_no: Code | None = None
    day: Annotated[RuleDay | None, Field(description="哪一天；默认今天，不能晚于今天")] = None
    replaces: Annotated[str, Field(min_length=1, max_length=32, description="所取代的决定")] | None = None

    def request(self, today: date) -> Request:
        """Raises NotAskable."""
        faults = []
        if (self.product_code is None) == (self.security_code is None):
            faults.append(("/product_code", "product_code 与 security_code 须写且只写一个"))
        if self.amount is not None and self.quantity is not None:
            faults.append(("/quantity", "金额与数量只写一个"))
        if self.day is not None and self.day > today:
            faults.append(("/day", f"不能晚于今天 {today}"))
        if faults:
            told = "；".join(text for _, text in faults)
            raise NotAskable(told, errors=[{"pointer": place, "detail": text} for place, text in faults])
        return Request(
            client_no=self.client_no, product_code=self.product_code or self.security_code or "",
            asked_by=self.asked_by, side=self.side, day=self.day or today, account_no=self.account_no,
            amount=self.amount, quantity=self.quantity,
        )  # fmt: skip


class FactOut(BaseModel):
    """One fact that a rule read, with the day it is as of."""

    field: str
    value: Any
    as_of: date | None


class VerdictOut(BaseModel):
    """One rule: hit or not, what follows, and the sentence for each reader whom the asker may hear."""

    rule: str
    title: str
    source: str
    confirmed: bool = Field(description="来源是否已由公司核对")
    hit: bool
    outcome: Outcome
    facts: list[FactOut]
    says: dict[str, str]
    duties: list[str]


class ChangeFieldOut(BaseModel):
    field: str
    value: str


class ChangeOut(BaseModel):
    """Changes that together would give ALLOW. Client and advisor see the product's side only."""

    side: str
    fields: list[ChangeFieldOut]


class DecisionBrief(BaseModel):
    """One line of a list."""

    id: str
    client_no: str
    product_code: str
    account_no: str | None
    day: date
    made_at: datetime
    made_by: str
    asked_by: AskedBy
    side: OrderSide
    outcome: Outcome
    origin: Origin
    digest: str
    replaces: str | None


class DecisionPage(BaseModel):
    items: list[DecisionBrief]
    next: str | None


class DecisionOut(DecisionBrief):
    """The record as it was filed: every rule with its facts, the versions, what would have to change, the digest."""

    format: str
    retain_until: date
    facts: dict[str, Any] = Field(description="规则读到的全部事实：client、product、request、holding")
    verdicts: list[VerdictOut]
    versions: dict[str, str]
    changes: list[ChangeOut]
    duties: list[str]


class SentenceOut(BaseModel):
    rule: str
    title: str
    hit: bool
    outcome: Outcome
    sentence: str
    source: str
    confirmed: bool


class ExplanationOut(BaseModel):
    """The answer in the words of one reader: what was hit first, then what was looked at and is clear."""

    decision_id: str
    audience: Audience
    outcome: Outcome
    outcome_label: str
    product_name: str
    sentences: list[SentenceOut]
    changes: list[str] = Field(description="改变什么就可以；空表示没有")
    duties: list[str]
    digest: str


class DutyOut(BaseModel):
    """One duty: what has to be said or done, whether it is done, and when a cooling-off ends."""

    id: str
    title: str
    form: str
    items: list[str]
    source: str
    done_at: datetime | None
    done_by: str | None
    evidence: str
    not_before: datetime | None


class DutyList(BaseModel):
    decision_id: str
    may_proceed: bool
    items: list[DutyOut]


class ReplayOut(BaseModel):
    decision_id: str
    same: bool
    stored: str
    computed: str
    algorithm: str = Field(description="作出并重演这条决定的算法版本")
    intact: bool = Field(description="存档的内容与存档的摘要相符；不符说明存档在作出之后被改过")


BRIEF: Final = tuple(DecisionBrief.model_fields)


def brief(row: DecisionRow) -> DecisionBrief:
    return DecisionBrief(**{name: getattr(row, name) for name in BRIEF})


def decision_out(row: DecisionRow, role: Role) -> DecisionOut:
    content: dict[str, Any] = orjson.loads(row.content)
    verdicts = [{**one, "says": says_for_role(one["says"], role)} for one in content["verdicts"]]
    return DecisionOut(
        **{name: getattr(row, name) for name in BRIEF}, format=content["format"], retain_until=row.retain_until,
        facts=orjson.loads(row.facts), verdicts=[VerdictOut(**one) for one in verdicts], versions=content["versions"],
        changes=[ChangeOut(**one) for one in changes_for_role(content["changes"], role)], duties=content["duties"],
    )  # fmt: skip


def explanation_out(row: DecisionRow, audience: Audience, role: Role) -> ExplanationOut:
    content: dict[str, Any] = orjson.loads(row.content)
    outcome = Outcome(row.outcome)
    sentences = [
        SentenceOut(**{name: one[name] for name in SentenceOut.model_fields if name != "sentence"},
                    sentence=one["says"].get(audience.value, ""))
        for one in sorted(content["verdicts"], key=lambda one: not one["hit"])
        if not one["hit"] or is_said(Outcome(one["outcome"]), outcome, audience)
    ]  # fmt: skip
    return ExplanationOut(
        decision_id=row.id, audience=audience, outcome=outcome, outcome_label=outcome.label,
        product_name=orjson.loads(row.facts)["product"]["name"], sentences=[one for one in sentences if one.sentence],
        changes=[change_sentence(one) for one in changes_for_role(content["changes"], role)],
        duties=content["duties"], digest=row.digest,
    )  # fmt: skip


def duty_out(duty: Duty) -> DutyOut:
    return DutyOut(**{name: getattr(duty, name) for name in DutyOut.model_fields})
