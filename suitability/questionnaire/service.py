"""The desk of questionnaires: draft, preview, publish, retire. The commit belongs to the caller."""

from __future__ import annotations

import json
from datetime import date

import yaml
from sqlmodel import Session

from clients.staff.filing import Stamp, file_change
from kit.clock import day_of
from suitability.assessment.rules import Books, lowest_conditions
from suitability.changes.in_force import assessment_books
from suitability.questionnaire.bands import bands_for, reissued
from suitability.questionnaire.loading import read_questionnaire, shipped
from suitability.questionnaire.problems import QuestionnaireFixed, QuestionnaireNotPublishable
from suitability.questionnaire.publication import Examination, examine
from suitability.questionnaire.repository import Edition, QuestionnaireRepository
from suitability.questionnaire.types import Questionnaire, Status


class QuestionnaireService:
    """Questionnaires over one session."""

    def __init__(self, session: Session, rules: Books | None = None) -> None:
        self._session = session
        self._given = rules
        self._read = QuestionnaireRepository(session)

    def edition(self, version: str) -> Edition:
        """Raises NoSuchQuestionnaire."""
        return self._read.edition(version)

    def editions(self, form: str | None = None) -> tuple[Edition, ...]:
        """All versions, newest first."""
        return self._read.editions(form)

    def text(self, version: str) -> str:
        """A version as a file would say it. Raises NoSuchQuestionnaire."""
        row = self._read.row(self.edition(version).form.version)
        assert row is not None
        return str(yaml.safe_dump(json.loads(row.content), allow_unicode=True, sort_keys=False))

    def open_editions(self, day: date) -> tuple[Edition, ...]:
        """The versions that may be answered on the day, newest first."""
        return tuple(
            one
            for one in self._read.editions()
            if one.status is Status.PUBLISHED
            or (one.status is Status.RETIRED and one.retired_on is not None and day < one.retired_on)
        )

    def examine(self, form: Questionnaire, day: date) -> Examination:
        """What stands against publication, and the distribution of classes over all answer sheets."""
        rules = self._given or assessment_books(self._session, day)
        book, bands = rules.assessment, bands_for(form.version, day, rules.bands)
        return examine(form, bands, lowest_conditions(book, form, day), book.on("ASSESS-004", day)["share_below"])

    def draft(self, text: str, stamp: Stamp) -> Edition:
        """File a YAML text as a draft, or put the draft right. Raises QuestionnaireMalformed, QuestionnaireFixed."""
        form, raw = read_questionnaire(text)
        row = self._read.row(form.version)
        if row is not None and row.status != Status.DRAFT.value:
            if row.digest == form.digest:
                return self._read.edition(form.version)
            label = Status(row.status).label
            raise QuestionnaireFixed(f"问卷 {form.version} {label}，内容不能再改；请用新的版本号")
        self._read.save_draft(raw, form, stamp.at, stamp.actor.name)
        file_change(
            self._session, stamp, "questionnaire.draft", "questionnaire", form.version, content_digest=form.digest
        )
        return self._read.edition(form.version)

    def publish(self, version: str, stamp: Stamp) -> Examination:
        """From now on it may be answered and never changes. Raises QuestionnaireNotPublishable with every reason."""
        edition = self._read.edition(version)
        if edition.status is not Status.DRAFT:
            raise QuestionnaireFixed(f"问卷 {version} {edition.status.label}，不能再次发布")
        found = self.examine(edition.form, day_of(stamp.at))
        if found.faults:
            why = "；".join(found.faults)
            raise QuestionnaireNotPublishable(f"问卷 {version} 不能发布：{why}", faults=list(found.faults))
        row = self._read.row(version)
        assert row is not None
        row.status, row.published_at, row.published_by = Status.PUBLISHED.value, stamp.at, stamp.actor.name
        self._session.add(row)
        spread = found.distribution
        file_change(
            self._session, stamp, "questionnaire.publish", "questionnaire", version, content_digest=row.digest,
            sheets=str(spread.sheets if spread else 0),
            by_level={str(level): str(count) for level, count in spread.by_level.items()} if spread else {},
        )  # fmt: skip
        return found

    def retire(self, version: str, stamp: Stamp, *, replaced_by: str | None = None, on: date | None = None) -> Edition:
        """Not to be answered from `on` (by default today). Raises QuestionnaireNotPublished, QuestionnaireRetired."""
        edition = self._read.edition(version)
        day = on or day_of(stamp.at)
        edition.check_open(date.max if edition.status is Status.RETIRED else day)
        if replaced_by is not None:
            self._read.edition(replaced_by).check_open(day)
        row = self._read.row(version)
        assert row is not None
        row.status, row.retired_on, row.replaced_by = Status.RETIRED.value, day, replaced_by
        row.retired_at, row.retired_by = stamp.at, stamp.actor.name
        self._session.add(row)
        file_change(
            self._session, stamp, "questionnaire.retire", "questionnaire", version, retired_on=day,
            replaced_by=replaced_by,
        )  # fmt: skip
        return self._read.edition(version)

    def reissue(self, version: str, stamp: Stamp) -> Edition:
        """Publish the content of a version again under a version of its own: what is retired stays retired.

        Raises NoSuchQuestionnaire, QuestionnaireNotPublishable with every reason.
        """
        raw = yaml.safe_load(self.text(version))
        raw["version"] = reissued(version, [one.form.version for one in self.editions()])
        made = self.draft(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), stamp).form.version
        self.publish(made, stamp)
        return self._read.edition(made)

    def install(self, stamp: Stamp) -> tuple[str, ...]:
        """Publish the shipped questionnaires that the database does not have yet; the versions that are new."""
        new = []
        for form, text in shipped():
            if self._read.row(form.version) is None:
                self.draft(text, stamp)
                self.publish(form.version, stamp)
                new.append(form.version)
        return tuple(new)
