"""A preview made: the change is tried inside the transaction and taken back, and the book is judged on both sides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import yaml
from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import Actor, Role
from kit.digest import digest
from kit.problems import Problem
from kit.rulebook import parse_rulebook
from suitability.assessment.repository import AssessmentRepository
from suitability.assessment.standing import AssessmentColumns
from suitability.changes.book import People, PreviewReader, Read
from suitability.changes.impact import Side, impact
from suitability.changes.in_force import as_if, assessment_books, file_name, forget, schedule
from suitability.changes.types import Change, ChangeKind
from suitability.levels import ClientLevel
from suitability.questionnaire.bands import bands_for
from suitability.questionnaire.engine import score
from suitability.questionnaire.loading import read_questionnaire
from suitability.questionnaire.publication import distribution_table
from suitability.questionnaire.service import QuestionnaireService
from suitability.questionnaire.types import Questionnaire
from suitability.rating.service import RatingService

_TRIAL = Actor("preview", "影响预演", Role.SERVICE)


def preview_of(session: Session, change: Change, stamp: Stamp) -> dict[str, Any]:
    """What the change would do to the book on its first day: facts as they are on file now."""
    day = change.effective_from
    reader = PreviewReader(session, day)
    before = reader.side()
    told: dict[str, Any] = {}
    if change.kind is ChangeKind.QUESTIONNAIRE:
        after, told = _answered_again(session, change, reader.people, before)
    else:
        with tried(session, change, stamp):
            changed = reader.side()
        assert before.codes == changed.codes
        after = changed.side
    return {**impact(reader.book(before.codes), before.side, after, day), **told}


def preview_digest(change: Change, result: Mapping[str, Any]) -> str:
    """Over the change, what it replaces, its day and all that it would change; totals of the book are left out."""
    pinned = {
        **result,
        "holdings": {key: value for key, value in result["holdings"].items() if key != "by_rule"},
    }
    return digest({"change": change.digest, "base": change.base, "day": change.effective_from, "result": pinned})


@contextmanager
def tried(session: Session, change: Change, stamp: Stamp) -> Iterator[None]:
    """Inside the block the session is as it would be with the change in force; nothing of it stays."""
    if change.kind is ChangeKind.RULES:
        book = parse_rulebook(file_name(change.target), change.content)
        with as_if(session, schedule(session).and_then(change.target, change.effective_from, book)):
            yield
        return
    trial = session.begin_nested()
    try:
        proposal = int(yaml.safe_load(change.content)["proposal"])
        RatingService(session).decide(proposal, approve=True, reason="影响预演", stamp=replace(stamp, actor=_TRIAL))
        yield
    finally:
        trial.rollback()
        session.expire_all()
        forget(session)


def _answered_again(
    session: Session, change: Change, people: People, before: Read
) -> tuple[Side, dict[str, Any]]:
    """The same answers under the new form: what the levels would be if every client answered as last time."""
    day = change.effective_from
    form, _ = read_questionnaire(change.content)
    forms = QuestionnaireService(session)
    examined = forms.examine(form, day)
    bands = bands_for(form.version, day, assessment_books(session, day).bands)
    found = before.clients.assessed
    earlier = {one.form.version for one in forms.editions() if one.form.form == form.form}
    contents = AssessmentRepository(session).contents([int(one) for one in (*found.id, *found.waiting_id) if one > 0])
    level = np.asarray(before.side.clients["client_rank"], dtype=np.int64).copy()
    kept = 0

    def rank(result: int) -> int | None:
        """Of the same answers under the new form; None where they do not fit it."""
        total = _total(form, contents[result])
        return None if total is None else int(bands.ranks(np.array([total], dtype=np.int64))[0]) or None

    for line, place in enumerate(np.searchsorted(people.ids, found.client_id).tolist()):
        own, waiting = int(found.id[line]), int(found.waiting_id[line])
        if own <= 0 or json.loads(contents[own]).get("questionnaire") not in earlier:
            continue  # has answered none, or another form
        now = rank(own)
        kept += now is None
        cap = _cap(found, line, rank(waiting) if waiting > 0 else 0)
        level[place] = min(now or int(found.confirmed_level[line]), cap)
    told = {
        "faults": list(examined.faults), "remarks": list(examined.remarks), "not_convertible": kept,
        "distribution": "" if examined.distribution is None else distribution_table(examined.distribution),
    }
    used = before.clients.profiles.lower(people.ids, level)  # finances lower a new level as they do the old one
    side = replace(before.side, clients={**before.side.clients, "client_rank": used})
    return side, {"questionnaire": told}


def _cap(found: AssessmentColumns, line: int, waiting: int | None) -> int:
    """A newer result that waits for confirmation never raises a level, but it lowers it: as far as the new form says.

    waiting: its rank under the new form, 0 where none waits, None where its answers do not fit: then it stays.
    """
    if waiting == 0 or (waiting is None and found.level[line] == found.confirmed_level[line]):
        return len(ClientLevel)
    return int(found.level[line]) if waiting is None else waiting


def _total(form: Questionnaire, content: str) -> int | None:
    """The score of stored answers under the form; None where they do not fit it."""
    answers = json.loads(content).get("answers", {})
    known = {one: tuple(codes) for one, codes in answers.items() if one in form.by_id}
    try:
        return score(form, known).total
    except (Problem, KeyError):
        return None
