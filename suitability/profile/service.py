"""The desk of profiles and statements: gather, make, file once; the client confirms the statement.

Profiles are made by the house or an advisor and appended; the matching reads the newest one that stands on its day.
Every write leaves a row of the trail; the commit is the caller's.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from clients.household.assumptions import assumptions_on, household_rules, rule_value
from clients.household.balance import Part
from clients.household.liquidity import liquidity_of
from clients.household.plan import make_plan
from clients.household.service import HouseholdService
from clients.household.types import Household, Witness
from clients.repository import ClientRepository
from clients.staff.filing import Stamp, file_change
from diagnosis.service import DiagnosisService
from kit.access import Scope
from kit.clock import day_of
from kit.db import one_at_a_time
from kit.digest import canonical_json
from kit.problems import BadInput, NotFound
from suitability.assessment.service import AssessmentService
from suitability.assessment.sessions import is_the_client
from suitability.assessment.types import Channel
from suitability.changes.in_force import under_rules
from suitability.matching.cases import BIAS_BITS
from suitability.profile.habits import habits_seen
from suitability.profile.ledger import account_values_of
from suitability.profile.making import Known, content_of, make_profile
from suitability.profile.policy import Policy, Statement, policy_content, policy_digest, policy_faults
from suitability.profile.problems import (
    NoSuchStatement,
    OnlyTheClientConfirms,
    ShownAnother,
    StatementRefused,
    StatementSuperseded,
)
from suitability.profile.repository import ProfileRepository
from suitability.profile.rules import profile_rules
from suitability.profile.tables import PolicyConfirmationRow, PolicyRow, ProfileRow
from suitability.profile.types import HabitsSeen, Needs, Profile, ToleranceInput
from suitability.questionnaire.repository import QuestionnaireRepository
from suitability.questionnaire.types import meanings

BY_THE_DAY: Final = frozenset({"day", "confidence", "digest"})
"""Members of a profile that change with the calendar alone: a new day is no new profile."""


class ProfileService:
    """Profiles and statements over one session, within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = ProfileRepository(session, scope)
        self._clients = ClientRepository(session, scope)

    # the household as the profile reads it

    def household(self, client_no: str, day: date) -> Household | None:
        """The client's household with the values of its accounts by the ledger. Raises NoSuchClient."""
        desk = HouseholdService(self._session, self._scope)
        found = desk.of_client(client_no, day)
        if found is None:
            return None
        return replace(found, accounts=account_values_of(self._session, desk.owners(client_no, day), day))

    # profiles

    def habits(self, client_no: str, day: date) -> HabitsSeen | None:
        """What the client's trades show up to the day; None where they cannot be diagnosed. Raises NoSuchClient."""
        self._clients.client(client_no)
        try:
            return habits_seen(DiagnosisService(self._session, self._scope).client(client_no, last=day))
        except (BadInput, NotFound):  # no account, nothing traded, accounts that do not merge, no benchmark
            return None

    @under_rules("day")
    def make(self, client_no: str, day: date, habits: HabitsSeen | None = None) -> Profile:
        """The profile from what is on file and the habits that are handed in; nothing is filed. Raises NoSuchClient."""
        household = self.household(client_no, day)
        statement = self._read.in_force(client_no, day)
        known = Known(
            client_no=client_no, day=day, tolerance=self._tolerance(client_no, day),
            needs=None if household is None else needs_of(household),
            stated=None if statement is None else statement.stated(), habits=habits,
        )  # fmt: skip
        book = household_rules()
        return make_profile(known, profile_rules(), {} if household is None else {book.name: book.version})

    def file(self, profile: Profile, stamp: Stamp) -> bool:
        """Append the profile where it says anything new; returns whether it does. Raises NoSuchClient."""
        client = self._clients.client(profile.client_no)
        content = canonical_json(content_of(profile))
        before = self._read.newest(profile.client_no, profile.day)
        if before is not None and substance(json.loads(before.content)) == substance(json.loads(content)):
            return False
        facts = profile.facts
        self._read.add(ProfileRow(
            client_id=client.id, day=profile.day, made_at=stamp.at, made_by=stamp.actor.name,
            level_cap=None if facts.level_cap is None else facts.level_cap.rank,
            expected_return=facts.expected_return, needed_on=facts.needed_on, max_lock_days=facts.max_lock_days,
            reserve_months=facts.reserve_months, biases=sum(BIAS_BITS[one] for one in facts.biases),
            digest=profile.digest, content=content,
        ))  # fmt: skip
        self._file(
            stamp, "profile.file", "client_profile", profile.client_no, day=profile.day, digest=profile.digest,
            confirmed_level=profile.confirmed_level, level_used=profile.level_used,
        )  # fmt: skip
        return True

    def history(self, client_no: str) -> list[dict[str, Any]]:
        """Contents of all filed profiles, newest first. Raises NoSuchClient."""
        return [json.loads(row.content) for row in self._read.history(client_no)]

    # statements

    def draft(self, client_no: str, policy: Policy, stamp: Stamp) -> Statement:
        """A new version; it holds once the client confirms it. Raises NoSuchClient, StatementRefused."""
        client = self._clients.client(client_no)
        faults = policy_faults(policy)
        if faults:
            raise StatementRefused(
                "；".join(told for _, told in faults),
                errors=[{"pointer": f"/{field}", "detail": told} for field, told in faults],
            )
        one_at_a_time(self._session, f"policy.{client_no}")
        version = self._read.last_version(client.id) + 1
        row = PolicyRow(
            client_id=client.id, version=version, drafted_at=stamp.at, drafted_by=stamp.actor.name,
            digest=policy_digest(client_no, version, policy), content=policy_content(client_no, version, policy),
        )  # fmt: skip
        self._read.add(row)
        self._file(stamp, "policy.draft", "policy_statement", client_no, statement=row.id, version=version)
        return self.statement(row.id or 0)

    def confirm(
        self, statement_id: int, stamp: Stamp, *, shown_digest: str, channel: Channel = Channel.APP, evidence: str = ""
    ) -> Statement:
        """The client confirms what was shown. Twice is the same as once.

        Raises NoSuchStatement, OnlyTheClientConfirms, ShownAnother, StatementSuperseded.
        """
        found = self.statement(statement_id)
        if not is_the_client(stamp, found.client_no):
            raise OnlyTheClientConfirms("投资政策声明须由客户本人确认")
        if found.digest != shown_digest:
            raise ShownAnother(f"客户看到的不是声明第 {found.version} 版的内容；请重新打开后再确认")
        if found.confirmed_on is not None:
            return found
        one_at_a_time(self._session, f"policy.{found.client_no}")
        newest = self._read.statements(found.client_no)[0]
        if newest.version != found.version:
            raise StatementSuperseded(f"第 {found.version} 版之后已有第 {newest.version} 版；请确认最新的一版")
        self._read.add(PolicyConfirmationRow(
            statement_id=found.id, confirmed_on=day_of(stamp.at), confirmed_at=stamp.at,
            confirmed_by=stamp.actor.name, channel=channel.value, shown_digest=shown_digest, evidence=evidence[:80],
        ))  # fmt: skip
        self._file(
            stamp, "policy.confirm", "policy_statement", found.client_no, statement=found.id, version=found.version,
            shown=shown_digest,
        )  # fmt: skip
        return self.statement(statement_id)

    def statement(self, statement_id: int) -> Statement:
        """Raises NoSuchStatement."""
        found = self._read.statement(statement_id)
        if found is None:
            raise NoSuchStatement(f"没有投资政策声明 {statement_id}，或不在您的范围内；请核对编号")
        return found

    def statements(self, client_no: str) -> tuple[Statement, ...]:
        """All versions, newest first. Raises NoSuchClient."""
        return tuple(self._read.statements(client_no))

    def in_force(self, client_no: str, day: date) -> Statement | None:
        """The newest version that the client had confirmed by the day. Raises NoSuchClient."""
        return self._read.in_force(client_no, day)

    # inside

    def _tolerance(self, client_no: str, day: date) -> ToleranceInput | None:
        current = AssessmentService(self._session, self._scope).current(client_no, day)
        held = current.in_force
        if held is None:
            return None
        form = QuestionnaireRepository(self._session).edition(held.questionnaire).form
        full = sum(max(one.score for one in question.options) for question in form.proper)
        return ToleranceInput(
            level=current.level, confirmed_level=held.level, points=held.total, full_points=full,
            assessed_on=held.assessed_on, valid_through=held.valid_through, confirmed_on=held.confirmed_on,
            meanings=meanings(form, held.answers),
        )  # fmt: skip

    def _file(self, stamp: Stamp, action: str, kind: str, client_no: str, **detail: Any) -> None:
        file_change(self._session, stamp, action, kind, client_no, **detail)


def substance(content: Any) -> Any:
    """A content without what the calendar alone changes."""
    if isinstance(content, dict):
        return {name: substance(value) for name, value in content.items() if name not in BY_THE_DAY}
    return [substance(one) for one in content] if isinstance(content, list) else content


def needs_of(household: Household) -> Needs:
    """The household reduced to what the profile reads, under the assumptions of its day."""
    day = household.day
    assumed = assumptions_on(day)
    plan = make_plan(household, assumed, rule_value("REQUIRED-RETURN", day)["highest"])
    found = liquidity_of(household, assumed, rule_value("LIQUIDITY", day))
    sheet = plan.sheet
    declared = [one for one in household.items if one.amount]
    return Needs(
        required_return=plan.required.value, required_reason=plan.required.reason, funded_ratio=plan.ratio,
        reserve_months=found.reserve_months, needed_on=found.needed_on, next_year=found.next_year,
        cash_like=sheet.cash_like, investable=sheet.investable, debts=sheet.total(Part.EXPLICIT_DEBT),
        assets=sheet.total(Part.EXPLICIT_ASSET), documented=all(one.witness is Witness.DOCUMENT for one in declared),
        declared=bool(declared), as_of=found.as_of,
        outflows=tuple((one.day, one.label, one.amount) for one in found.outflows),
    )  # fmt: skip
