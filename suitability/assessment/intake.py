"""Answer sheets from a file into the tables, judged as if they had been handed in one by one, in the order of time.

A sheet that the client did not enter is kept, marked and refused. What only a person can decide is held for review:
a file cannot ask the client to confirm. The same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from clients.repository import ClientFacts, ClientRepository
from kit.access import everything
from kit.clock import day_of
from kit.imports.headings import Layout
from kit.imports.result import Refused, Remarks
from kit.imports.rows import Cells, Counts, Intake, RejectLog
from kit.problems import Problem
from kit.rulebook import NotInForce
from market.codes import zone_of
from suitability.assessment.evaluation import evaluate, prefilled
from suitability.assessment.imports import AnswersLine, answers_line, stated_answers
from suitability.assessment.known import known_facts
from suitability.assessment.repository import AssessmentRepository
from suitability.assessment.rules import value_on
from suitability.assessment.sessions import ONLY_THE_CLIENT
from suitability.assessment.sheets import NewSheet, Verdict, write_sheets
from suitability.assessment.tables import SessionRow
from suitability.assessment.types import (
    EnteredBy,
    Evaluation,
    Past,
    Sheet,
    SheetOutcome,
)
from suitability.changes.in_force import assessment_books
from suitability.questionnaire.bands import bands_for
from suitability.questionnaire.engine import chosen, counted_answers
from suitability.questionnaire.problems import AnswersIncomplete, OptionRefused
from suitability.questionnaire.repository import Edition, QuestionnaireRepository
from suitability.questionnaire.types import Answers

AT_ONCE: Final = 1_000


class AnswersIntake(Intake):
    """Sheets are gathered first: a client's later sheet is judged against the earlier ones, wherever they stand."""

    def __init__(
        self, session: Session, layout: Layout, remarks: Remarks, rejects: RejectLog, given: Any, batch_id: int,
        newest_first: bool = False,
    ) -> None:  # fmt: skip
        del newest_first
        super().__init__(layout, remarks, rejects)
        self._session = session
        self._batch_id = batch_id
        self._now: datetime = given.at
        self._clients = ClientRepository(session, everything(day_of(self._now)))
        self._forms = {one.form.version: one for one in QuestionnaireRepository(session).editions()}
        self._read = AssessmentRepository(session)
        self._rules = assessment_books(session, day_of(self._now))
        self._lines: list[tuple[int, AnswersLine]] = []
        self._seen: dict[str, tuple[int, str]] = {}  # by key of the sheet: line and content
        self._counts = Counts()

    def row(self, cells: Cells) -> None:
        line = answers_line(cells, zone_of(None), self._now)
        key, content = line.key, line.content
        first = self._seen.setdefault(key, (cells.line, content))
        if first[0] != cells.line:
            if first[1] != content:
                raise Refused("answered_at", str(line.day), f"与第 {first[0]} 行是同一份答卷而内容不同")
            self._counts.known += 1
            return
        self._lines.append((cells.line, line))

    def settle(self) -> Counts:
        self._lines.sort(key=lambda one: (one[1].client_no, one[1].finished_at))
        for chunk in self._chunks():
            self._take(chunk)
        return self._counts

    def _chunks(self) -> Iterator[list[tuple[int, AnswersLine]]]:
        """Some sheets at a time, all of one client together."""
        chunk: list[tuple[int, AnswersLine]] = []
        for one in self._lines:
            if len(chunk) >= AT_ONCE and chunk[-1][1].client_no != one[1].client_no:
                yield chunk
                chunk = []
            chunk.append(one)
        if chunk:
            yield chunk

    def _take(self, chunk: Sequence[tuple[int, AnswersLine]]) -> None:
        clients = self._clients.clients_by_no(sorted({line.client_no for _, line in chunk}))
        ids = [one.id for one in clients.values()]
        past, on_file = self._read.past(ids), self._on_file(ids)
        judged = []
        for number, line in chunk:
            try:
                one = self._judge(line, clients, past, on_file.get(line.key))
            except Refused as refused:
                self._counts.refused_later[number] = (refused.column, refused.value, refused.expected)
                continue
            if one is None:
                self._counts.known += 1
                continue
            judged.append(one)
            if one.refusal is not None:
                self._counts.refused_later[number] = self._said(one)
            else:
                self._counts.new += 1
        if judged:
            write_sheets(self._session, judged, self._rules, self._batch_id)

    def _on_file(self, client_ids: Sequence[int]) -> dict[str, tuple[str, str | None]]:
        """Imported sheets of these clients by key: content, and the rule that refused it."""
        found: dict[str, tuple[str, str | None]] = {}
        for start in range(0, len(client_ids), 500):
            asked = select(SessionRow.fingerprint, SessionRow.refusal).where(
                col(SessionRow.client_id).in_(list(client_ids[start : start + 500])),
                col(SessionRow.fingerprint).is_not(None),
            )
            found.update({str(mark)[:16]: (str(mark)[16:], refusal) for mark, refusal in self._session.exec(asked)})
        return found

    def _judge(
        self, line: AnswersLine, clients: Mapping[str, ClientFacts], past: dict[int, list[Past]],
        before: tuple[str, str | None] | None,
    ) -> NewSheet | None:  # fmt: skip
        """None where the sheet is on file already. Raises Refused for what cannot be taken at all."""
        if before is not None:
            self._again(line, *before)
            return None
        client, edition = clients.get(line.client_no), self._forms.get(line.questionnaire)
        if client is None:
            raise Refused("client_no", line.client_no, "没有这个客户：请先导入客户")
        if edition is None:
            raise Refused("questionnaire", line.questionnaire, f"没有这个问卷；可用：{'、'.join(sorted(self._forms))}")
        if client.kind not in edition.form.audience:
            raise Refused("questionnaire", line.questionnaire, f"不适用于{client.kind.label}客户")
        answers = self._answers(line, edition)
        if line.entered_by is not EnteredBy.CLIENT:
            return NewSheet(line, client, edition, answers, None, ONLY_THE_CLIENT)
        return self._evaluated(line, client, edition, answers, past[client.id])

    def _again(self, line: AnswersLine, content: str, refusal: str | None) -> None:
        if content != line.content:
            raise Refused("answered_at", str(line.day), "这份答卷已经导入而内容不同；答卷不能改，请核对")
        if refusal is not None:
            raise Refused(_column(refusal), line.entered_by_name, self._sentence(refusal, line))

    def _answers(self, line: AnswersLine, edition: Edition) -> dict[str, tuple[str, ...]]:
        """Raises Refused that names the column."""
        try:
            edition.check_open(line.day)
        except Problem as problem:
            raise Refused("questionnaire", line.questionnaire, problem.detail) from problem
        try:
            said = stated_answers(edition.form, line)
            return {name: chosen(edition.form.by_id[name], codes) for name, codes in said.items()}
        except OptionRefused as problem:
            name = str(problem.extra["question"])
            raise Refused(name, line.answers.get(name, ""), problem.detail) from problem

    def _evaluated(
        self, line: AnswersLine, client: ClientFacts, edition: Edition, answers: Answers, past: list[Past]
    ) -> NewSheet:
        """Raises Refused for a sheet that is not complete."""
        form = edition.form
        known = known_facts(self._session, [client], line.day)[client.client_no]
        filled = {name: codes for name, codes in prefilled(form, known).items() if name not in answers}
        try:
            bands = bands_for(form.version, line.day, self._rules.bands)
            counted = counted_answers(form, {**answers, **filled}, bands)
        except NotInForce as problem:
            raise Refused("answered_at", str(line.day), "当日还没有适用于这份问卷的分数段") from problem
        except AnswersIncomplete as problem:
            raise Refused(str(problem.extra["next_question"]), "", problem.detail) from problem
        if set(answers) - set(counted):
            self.remarks.note("有的答案不在作答路径上，未计分")
        sheet = Sheet(
            form=form, answers=counted, prefilled=frozenset(filled), started_at=line.started_at,
            finished_at=line.finished_at, day=line.day,
        )  # fmt: skip
        earlier = tuple(past)
        found = evaluate(sheet, client.kind, known, earlier, self._rules, bands)
        outcome = self._outcome(found)
        past.append(Past(line.day, found.level, True))
        refusal = found.blocking()[0].rule if outcome is SheetOutcome.BLOCKED else None
        return NewSheet(line, client, edition, counted, Verdict(sheet, found, known, earlier, outcome), refusal)

    def _outcome(self, found: Evaluation) -> SheetOutcome:
        """A question to the client that a file cannot put goes to a person."""
        outcome = found.outcome(frozenset())
        if outcome is SheetOutcome.TO_CONFIRM:
            self.remarks.note("答案有须客户确认之处，文件不能确认，转人工复核")
            return SheetOutcome.UNDER_REVIEW
        if outcome is SheetOutcome.UNDER_REVIEW:
            self.remarks.note("结果须人工复核后才生效")
        return outcome

    def _said(self, one: NewSheet) -> tuple[str, str, str]:
        """Column, value and sentence of a sheet that is kept and refused."""
        assert one.refusal is not None
        blocking = one.verdict.found.blocking() if one.verdict is not None else ()
        if blocking:
            first = blocking[0]
            column = first.questions[0] if first.questions else "answered_at"
            return column, one.line.answers.get(column, str(one.line.day)), first.sentence
        return "entered_by", one.line.entered_by_name, self._sentence(one.refusal, one.line)

    def _sentence(self, rule: str, line: AnswersLine) -> str:
        return str((value_on(self._rules.assessment, rule, line.day) or {}).get("sentence", rule))


def _column(refusal: str) -> str:
    return "entered_by" if refusal == ONLY_THE_CLIENT else "answered_at"
