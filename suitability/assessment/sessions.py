"""Answering: start, answer one by one, resume, submit. What somebody else than the client does is kept and refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlmodel import Session

from clients.repository import ClientFacts, ClientRepository, NoSuchClient
from clients.staff.filing import Stamp, file_change
from kit.access import Role, Scope
from kit.clock import day_of
from kit.db import one_at_a_time
from suitability.assessment.conduct import capped
from suitability.assessment.evaluation import evaluate, prefilled
from suitability.assessment.filing import assessment_row, submission_row, view_of
from suitability.assessment.household_known import on_file
from suitability.assessment.known import Source, known_facts
from suitability.assessment.problems import NoSuchSession, SessionClosed, WrongAudience
from suitability.assessment.repository import AssessmentRepository, Filed, Given
from suitability.assessment.rules import Books, value_on
from suitability.assessment.tables import AnswerRow, SessionRow
from suitability.assessment.types import (
    Channel,
    EnteredBy,
    Evaluation,
    KnownFacts,
    Origin,
    SessionState,
    Sheet,
    SheetOutcome,
)
from suitability.assessment.views import SessionView, Submission
from suitability.changes.in_force import assessment_books
from suitability.questionnaire.bands import Bands, bands_for
from suitability.questionnaire.difference import difference
from suitability.questionnaire.engine import SEPARATOR, chosen, counted_answers, may_answer, walk_all
from suitability.questionnaire.problems import NotAsked, QuestionnaireRetired
from suitability.questionnaire.repository import Edition, QuestionnaireRepository

ONLY_THE_CLIENT: Final = "ASSESS-003"
LAPSED: Final = "ASSESS-006"
_LAPSED_SENTENCE: Final = "上次的评估没有答完，已超过保留时间，请重新开始"


def is_the_client(stamp: Stamp, client_no: str) -> bool:
    """Whether the one who acts is the client in person."""
    return stamp.actor.role is Role.CLIENT and stamp.actor.subject == f"client:{client_no}"


class SessionService:
    """Answering over one session, within a scope. sources: what is known besides the registered facts."""

    def __init__(
        self, session: Session, scope: Scope, *, rules: Books | None = None, sources: Sequence[Source] = (on_file,)
    ) -> None:
        self._session = session
        self._rules = rules or assessment_books(session, scope.day)
        self._sources = tuple(sources)
        self._clients = ClientRepository(session, scope)
        self._forms = QuestionnaireRepository(session)
        self._read = AssessmentRepository(session)

    # answering

    def start(self, client_no: str, version: str, stamp: Stamp, channel: Channel = Channel.APP) -> SessionView:
        """Begin, or go on with what is open in the same version. What may not begin is kept with its refusal.

        Raises NoSuchClient, NoSuchQuestionnaire, QuestionnaireRetired, WrongAudience.
        """
        client, edition, day = self._clients.client(client_no), self._forms.edition(version), day_of(stamp.at)
        self._check_open(edition, day)
        if client.kind not in edition.form.audience:
            raise WrongAudience(f"问卷 {version} 不适用于{client.kind.label}客户 {client_no}；请选用其类别的问卷")
        self._alone(client)
        refusal = None if is_the_client(stamp, client_no) else ONLY_THE_CLIENT
        if refusal is None:
            running = self._still_open(client, edition, day, stamp)
            if running is not None:
                return self._view(running, client, edition, day)
            over = capped(self._read.past([client.id])[client.id], day, self._rules.assessment)
            refusal = over[0].rule if over else None
        row = self._begin(client, edition, stamp, channel, refusal)
        if refusal is None:
            known = self._known(client, day)
            for question, codes in prefilled(edition.form, known).items():
                self._answer(row, question, codes, Origin.PREFILLED, stamp.at)
        return self._view(row, client, edition, day)

    def answer(self, session_id: int, question_id: str, codes: Sequence[str], stamp: Stamp) -> SessionView:
        """File one answer: to the question that is next, or anew to one on the way. Earlier answers stay on file.

        Raises NoSuchSession, SessionClosed, QuestionnaireRetired, NotAsked, OptionRefused.
        """
        row, client, edition = self._held(session_id, stamp)
        if not is_the_client(stamp, client.client_no):
            return self._refuse(row, client, edition, stamp)
        given = self._read.answers(session_id)
        question = may_answer(edition.form, _codes(given), self._bands(edition, day_of(stamp.at)), question_id)
        if question_id in given and given[question_id].origin is Origin.PREFILLED:
            raise NotAsked(f"第 {question_id} 题已按登记的信息填写；信息有误请先更正身份信息")
        said = chosen(question, codes)
        self._answer(row, question_id, said, Origin.CLIENT, stamp.at)
        self._trail(stamp, "assessment.answer", row, client, question=question_id, codes=list(said))
        return self._view(row, client, edition, day_of(stamp.at))

    def resume(self, session_id: int, day: date) -> SessionView:
        """The session as it stands, with the question to ask now. Raises NoSuchSession."""
        row = self._read.session_row(session_id)
        client = None if row is None else self._client_of(row.client_id)
        if row is None or client is None:
            raise NoSuchSession(f"没有作答 {session_id}，或不在您的范围内；请核对编号，或重新开始作答")
        return self._view(row, client, self._forms.by_id(row.questionnaire_id), day)

    def submit(self, session_id: int, stamp: Stamp, *, confirmed: Sequence[str] = ()) -> Submission:
        """Hand in the sheet; whatever comes of it is filed. confirmed: rules whose sentence the client has confirmed.

        Raises NoSuchSession, SessionClosed, QuestionnaireRetired, AnswersIncomplete.
        """
        row, client, edition = self._held(session_id, stamp)
        if not is_the_client(stamp, client.client_no):
            return Submission(SheetOutcome.BLOCKED, (), self._refuse(row, client, edition, stamp), None)
        self._alone(client)
        sheet = self._sheet(row, edition, stamp)
        known = self._known(client, sheet.day)
        past = self._read.past([client.id])[client.id]
        found = evaluate(sheet, client.kind, known, past, self._rules)
        outcome = found.outcome(frozenset(confirmed))
        self._read.add(submission_row(session_id, client.id, sheet, found, outcome, confirmed))
        filed = None
        if outcome in (SheetOutcome.ASSESSED, SheetOutcome.UNDER_REVIEW):
            result = assessment_row(
                session_id, client.id, client.client_no, edition.id, sheet, found, known, past, self._rules, outcome,
                confirmed,
            )
            self._read.add(result)
            filed = view_of(Filed(result, None, None), client.client_no)
        self._close(row, found, outcome, stamp)
        self._trail(
            stamp, "assessment.submit", row, client, outcome=outcome, total=found.score.total, level=found.level,
            rules=[one.rule for one in found.findings], digest=filed.digest if filed else "",
        )  # fmt: skip
        return Submission(outcome, found.findings, self._view(row, client, edition, day_of(stamp.at)), filed)

    # inside

    def _alone(self, client: ClientFacts) -> None:
        one_at_a_time(self._session, f"heshi.assessment.{client.id}")

    def _bands(self, edition: Edition, day: date) -> Bands:
        return bands_for(edition.form.version, day, self._rules.bands)

    def _known(self, client: ClientFacts, day: date) -> KnownFacts:
        return known_facts(self._session, [client], day, self._sources)[client.client_no]

    def _client_of(self, client_id: int) -> ClientFacts | None:
        number = self._clients.numbers_of([client_id]).get(client_id)
        try:
            return None if number is None else self._clients.client(number)
        except NoSuchClient:
            return None

    def _still_open(self, client: ClientFacts, edition: Edition, day: date, stamp: Stamp) -> SessionRow | None:
        """The open session of the same version; those that have lapsed are closed on the way."""
        running = None
        for row in self._read.open_sessions(client.id):
            if self._has_lapsed(row, day):
                row.state, row.refusal, row.closed_at = SessionState.REFUSED.value, LAPSED, stamp.at
                self._read.add(row)
                self._trail(stamp, "assessment.lapse", row, client)
            elif row.questionnaire_id == edition.id:
                running = row
        return running

    def _has_lapsed(self, row: SessionRow, day: date) -> bool:
        value = value_on(self._rules.assessment, LAPSED, day)
        begun = day_of(row.started_at)
        return value is not None and (day - begun).days > value["days"]

    def _begin(
        self, client: ClientFacts, edition: Edition, stamp: Stamp, channel: Channel, refusal: str | None
    ) -> SessionRow:
        by = EnteredBy.STAFF if refusal == ONLY_THE_CLIENT else EnteredBy.CLIENT
        row = SessionRow(
            client_id=client.id, questionnaire_id=edition.id, channel=channel.value, entered_by=by.value,
            entered_by_name=stamp.actor.name, started_at=stamp.at,
            state=(SessionState.REFUSED if refusal else SessionState.OPEN).value, refusal=refusal,
            closed_at=stamp.at if refusal else None,
        )  # fmt: skip
        self._read.add(row)
        action = "assessment.refuse" if refusal else "assessment.start"
        self._trail(stamp, action, row, client, questionnaire=edition.form.version, refusal=refusal)
        return row

    def _held(self, session_id: int, stamp: Stamp) -> tuple[SessionRow, ClientFacts, Edition]:
        """Raises NoSuchSession, SessionClosed, QuestionnaireRetired."""
        row = self._read.held_session(session_id)
        client = None if row is None else self._client_of(row.client_id)
        if row is None or client is None:
            raise NoSuchSession(f"没有作答 {session_id}，或不在您的范围内；请核对编号，或重新开始作答")
        if row.state != SessionState.OPEN.value:
            raise SessionClosed(f"作答 {session_id} {SessionState(row.state).label}，不能再改；请重新开始评估")
        edition = self._forms.by_id(row.questionnaire_id)
        day = day_of(stamp.at)
        if self._has_lapsed(row, day):
            raise SessionClosed(f"作答 {session_id} 已超过保留时间；请重新开始评估")
        self._check_open(edition, day)
        return row, client, edition

    def _check_open(self, edition: Edition, day: date) -> None:
        """Raises QuestionnaireRetired that says what replaced it and what changed, QuestionnaireNotPublished."""
        try:
            edition.check_open(day)
        except QuestionnaireRetired as fault:
            if edition.replaced_by is None:
                raise
            changed = difference(edition.form, self._forms.edition(edition.replaced_by).form)
            raise QuestionnaireRetired(fault.detail, **fault.extra, changed=changed) from fault

    def _refuse(self, row: SessionRow, client: ClientFacts, edition: Edition, stamp: Stamp) -> SessionView:
        """Somebody else touched the sheet: it is marked and ends here."""
        row.entered_by, row.entered_by_name = EnteredBy.STAFF.value, stamp.actor.name
        row.state, row.refusal, row.closed_at = SessionState.REFUSED.value, ONLY_THE_CLIENT, stamp.at
        row.version += 1
        self._read.add(row)
        self._trail(stamp, "assessment.refuse", row, client, refusal=ONLY_THE_CLIENT)
        return self._view(row, client, edition, day_of(stamp.at))

    def _answer(self, row: SessionRow, question: str, codes: Sequence[str], origin: Origin, at: datetime) -> None:
        assert row.id is not None
        self._read.add(AnswerRow(
            session_id=row.id, question=question, codes=SEPARATOR.join(codes), origin=origin.value, answered_at=at
        ))  # fmt: skip

    def _sheet(self, row: SessionRow, edition: Edition, stamp: Stamp) -> Sheet:
        """Raises AnswersIncomplete."""
        assert row.id is not None
        day = day_of(stamp.at)
        given = self._read.answers(row.id)
        answers = counted_answers(edition.form, _codes(given), self._bands(edition, day))
        own = [given[question].at for question in answers if given[question].origin is Origin.CLIENT]
        return Sheet(
            form=edition.form, answers=answers, prefilled=_prefilled(given) & set(answers), started_at=row.started_at,
            finished_at=max([row.started_at, *own]), day=day,
        )  # fmt: skip

    def _close(self, row: SessionRow, found: Evaluation, outcome: SheetOutcome, stamp: Stamp) -> None:
        """A result ends the session, and so does a block that no other answer can cure."""
        fatal = [one for one in found.blocking() if not one.mendable]
        if outcome in (SheetOutcome.ASSESSED, SheetOutcome.UNDER_REVIEW):
            row.state, row.closed_at = SessionState.DONE.value, stamp.at
        elif fatal:
            row.state, row.refusal, row.closed_at = SessionState.REFUSED.value, fatal[0].rule, stamp.at
        row.version += 1
        self._read.add(row)

    def _view(self, row: SessionRow, client: ClientFacts, edition: Edition, day: date) -> SessionView:
        assert row.id is not None
        given = self._read.answers(row.id)
        counted, missing = walk_all(edition.form, _codes(given), self._bands(edition, day))
        hidden = _prefilled(given)
        return SessionView(
            id=row.id, client_no=client.client_no, questionnaire=edition.form.version, channel=Channel(row.channel),
            entered_by=EnteredBy(row.entered_by), started_at=row.started_at, state=SessionState(row.state),
            refusal=row.refusal, sentence=self._sentence(row), answers=counted, prefilled=hidden,
            next_question=missing if row.state == SessionState.OPEN.value else None, asked=len(set(counted) - hidden),
        )  # fmt: skip

    def _sentence(self, row: SessionRow) -> str:
        if row.refusal is None:
            return ""
        value = value_on(self._rules.assessment, row.refusal, day_of(row.started_at)) or {}
        return str(value.get("sentence", _LAPSED_SENTENCE))

    def _trail(self, stamp: Stamp, action: str, row: SessionRow, client: ClientFacts, **detail: Any) -> None:
        file_change(
            self._session, stamp, action, "assessment_session", str(row.id), version=row.version,
            client_no=client.client_no, **detail,
        )  # fmt: skip


def _codes(given: dict[str, Given]) -> dict[str, tuple[str, ...]]:
    return {question: one.codes for question, one in given.items()}


def _prefilled(given: dict[str, Given]) -> frozenset[str]:
    return frozenset(question for question, one in given.items() if one.origin is Origin.PREFILLED)
