"""Every read and write of the questionnaire table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from kit.digest import canonical_json
from kit.kept import Kept
from suitability.questionnaire.loading import parse_questionnaire
from suitability.questionnaire.problems import NoSuchQuestionnaire, QuestionnaireNotPublished, QuestionnaireRetired
from suitability.questionnaire.tables import QuestionnaireRow
from suitability.questionnaire.types import Questionnaire, Status

_PARSED: Kept[Questionnaire] = Kept(64)  # by digest: a content never changes under its digest


@dataclass(frozen=True, slots=True)
class Edition:
    """One version as it stands in the database."""

    id: int
    form: Questionnaire
    status: Status
    published_at: datetime | None
    retired_on: date | None
    replaced_by: str | None

    def check_open(self, day: date) -> None:
        """Raises QuestionnaireRetired that names what replaced it, QuestionnaireNotPublished."""
        version = self.form.version
        if self.status is Status.DRAFT:
            raise QuestionnaireNotPublished(f"问卷 {version} 还是草稿，不能作答；请先发布")
        if self.status is Status.RETIRED and self.retired_on is not None and day >= self.retired_on:
            way_out = f"请改答 {self.replaced_by}" if self.replaced_by else "请向营业部询问现行问卷"
            raise QuestionnaireRetired(
                f"问卷 {version} 已于 {self.retired_on} 停用；{way_out}",
                version=version, replaced_by=self.replaced_by, retired_on=str(self.retired_on),
            )  # fmt: skip


class QuestionnaireRepository:
    """Questionnaires on one session. They hold nothing of any client, so there is no scope."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def row(self, version: str) -> QuestionnaireRow | None:
        asked = select(QuestionnaireRow).where(col(QuestionnaireRow.version) == version)
        return self._session.exec(asked).one_or_none()

    def edition(self, version: str) -> Edition:
        """Raises NoSuchQuestionnaire."""
        row = self.row(version)
        if row is None:
            raise NoSuchQuestionnaire(f"没有问卷 {version}；现有的见问卷列表")
        return _edition(row)

    def by_id(self, questionnaire_id: int) -> Edition:
        row = self._session.get(QuestionnaireRow, questionnaire_id)
        if row is None:
            raise NoSuchQuestionnaire(f"没有编号 {questionnaire_id} 的问卷")
        return _edition(row)

    def editions(self, form: str | None = None) -> tuple[Edition, ...]:
        """All versions, of one form where it is named, newest first."""
        asked = select(QuestionnaireRow).order_by(col(QuestionnaireRow.id).desc())
        if form is not None:
            asked = asked.where(col(QuestionnaireRow.form) == form)
        return tuple(_edition(row) for row in self._session.exec(asked))

    def save_draft(self, raw: Any, form: Questionnaire, at: datetime, by: str) -> QuestionnaireRow:
        """A new draft, or the draft on file put right. The caller has seen that the version is no published one."""
        row = self.row(form.version) or QuestionnaireRow(
            version=form.version, form=form.form, status=Status.DRAFT.value, digest="", content="", drafted_at=at,
            drafted_by=by,
        )
        row.form, row.digest, row.content = form.form, form.digest, canonical_json(raw)
        row.drafted_at, row.drafted_by = at, by
        self._session.add(row)
        self._session.flush()
        return row


def _edition(row: QuestionnaireRow) -> Edition:
    assert row.id is not None
    form = _PARSED.get((row.digest,))
    if form is None:
        form = parse_questionnaire(json.loads(row.content))
        _PARSED.put((row.digest,), form)
    return Edition(row.id, form, Status(row.status), row.published_at, row.retired_on, row.replaced_by)
