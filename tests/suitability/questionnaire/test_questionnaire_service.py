"""Draft, publish, retire; a published version never changes, whoever tries."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
import yaml
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clients.staff.filing import Stamp
from kit.access import Actor, Role
from kit.rulebook import RuleError
from kit.trail.service import history
from suitability.questionnaire.loading import shipped
from suitability.questionnaire.problems import (
    NoSuchQuestionnaire,
    QuestionnaireFixed,
    QuestionnaireNotPublishable,
    QuestionnaireNotPublished,
    QuestionnaireRetired,
)
from suitability.questionnaire.service import QuestionnaireService
from suitability.questionnaire.types import Status

STAMP = Stamp(Actor("U1", "合规甲", Role.COMPLIANCE), datetime(2026, 3, 10, 2, 0, tzinfo=UTC))
DAY = date(2026, 3, 10)
TEXTS = {form.version: text for form, text in shipped()}


@pytest.fixture
def desk(session):
    return QuestionnaireService(session)


def test_installing_publishes_the_shipped_forms_once(desk):
    assert sorted(desk.install(STAMP)) == sorted(TEXTS)
    assert desk.install(STAMP) == ()
    assert {one.status for one in desk.editions()} == {Status.PUBLISHED}


def test_a_draft_may_change_and_a_published_version_may_not(desk):
    desk.draft(TEXTS["natural-20.1"], STAMP)
    desk.draft(TEXTS["natural-20.1"].replace("您的主要收入来源是", "您主要的收入来源是"), STAMP)
    assert desk.edition("natural-20.1").form.by_id["q1"].text == "您主要的收入来源是"

    desk.publish("natural-20.1", STAMP)
    with pytest.raises(QuestionnaireFixed, match="新的版本号"):
        desk.draft(TEXTS["natural-20.1"], STAMP)
    with pytest.raises(QuestionnaireFixed):
        desk.publish("natural-20.1", STAMP)


def test_the_same_content_again_is_no_change(desk):
    desk.install(STAMP)

    assert desk.draft(TEXTS["natural-20.1"], STAMP).status is Status.PUBLISHED


def test_a_form_that_cannot_work_is_not_published(desk):
    raw = yaml.safe_load(TEXTS["natural-20.1"])
    raw["questions"][0]["when"] = {"q2": ["A"]}
    desk.draft(yaml.safe_dump(raw, allow_unicode=True), STAMP)

    with pytest.raises(QuestionnaireNotPublishable, match="q1 题的跳转条件引用了后面的第 q2 题"):
        desk.publish("natural-20.1", STAMP)
    assert desk.edition("natural-20.1").status is Status.DRAFT


def test_a_form_for_which_no_bands_are_chosen_is_not_published(desk):
    desk.draft(TEXTS["natural-20.1"].replace("natural-20.1", "natural-20.9"), STAMP)

    with pytest.raises(RuleError, match=r"natural-20\.9"):
        desk.publish("natural-20.9", STAMP)


def test_publishing_prints_the_distribution_and_files_it(desk, session):
    desk.draft(TEXTS["natural-20.1"], STAMP)
    found = desk.publish("natural-20.1", STAMP)

    assert found.distribution is not None
    assert found.remarks  # C1 can hardly be reached
    entry = history(session, "questionnaire", "natural-20.1")[0]
    assert entry["action"] == "questionnaire.publish"
    assert json.loads(entry["detail"])["by_level"]["C1"] == "8"


def test_a_retired_version_names_what_replaced_it(desk):
    desk.install(STAMP)
    desk.retire("natural-20.1", STAMP, replaced_by="natural-mini.1", on=DAY)

    desk.edition("natural-20.1").check_open(date(2026, 3, 9))
    with pytest.raises(QuestionnaireRetired, match=r"natural-mini\.1") as refused:
        desk.edition("natural-20.1").check_open(DAY)
    assert (refused.value.status, refused.value.extra["replaced_by"]) == (409, "natural-mini.1")
    assert "natural-20.1" not in [one.form.version for one in desk.open_editions(DAY)]
    assert "natural-20.1" in [one.form.version for one in desk.open_editions(date(2026, 3, 9))]


def test_what_was_retired_is_not_retired_again_and_a_draft_not_at_all(desk):
    desk.install(STAMP)
    desk.retire("natural-20.1", STAMP)
    desk.draft(TEXTS["natural-mini.1"].replace("natural-mini.1", "natural-mini.2"), STAMP)

    with pytest.raises(QuestionnaireRetired):
        desk.retire("natural-20.1", STAMP)
    with pytest.raises(QuestionnaireNotPublished):
        desk.retire("natural-mini.2", STAMP)
    with pytest.raises(QuestionnaireRetired):
        desk.retire("natural-mini.1", STAMP, replaced_by="natural-20.1")


def test_an_unknown_version_is_named(desk):
    with pytest.raises(NoSuchQuestionnaire, match="natural-99"):
        desk.edition("natural-99")


CHANGES = [
    "UPDATE questionnaire SET content = '{}' WHERE version = 'natural-20.1'",
    "UPDATE questionnaire SET digest = 'x' WHERE version = 'natural-20.1'",
    "UPDATE questionnaire SET version = 'other' WHERE version = 'natural-20.1'",
    "UPDATE questionnaire SET status = 'DRAFT' WHERE version = 'natural-20.1'",
    "UPDATE questionnaire SET published_by = 'x' WHERE version = 'natural-20.1'",
    "DELETE FROM questionnaire WHERE version = 'natural-20.1'",
    "DELETE FROM questionnaire",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_a_published_version(desk, session, change):
    desk.install(STAMP)

    with pytest.raises(DBAPIError, match="never changes"), session.begin_nested():
        session.execute(text(change))


@pytest.mark.parametrize("change", [*CHANGES, "UPDATE questionnaire SET retired_on = NULL"])
def test_the_database_refuses_to_change_a_retired_version(desk, session, change):
    desk.draft(TEXTS["natural-20.1"], STAMP)
    desk.publish("natural-20.1", STAMP)
    desk.retire("natural-20.1", STAMP)

    with pytest.raises(DBAPIError, match="never changes"), session.begin_nested():
        session.execute(text(change))


def test_the_database_lets_a_draft_go(desk, session):
    desk.draft(TEXTS["natural-20.1"], STAMP)
    session.execute(text("DELETE FROM questionnaire WHERE version = 'natural-20.1'"))
    session.expire_all()

    with pytest.raises(NoSuchQuestionnaire):
        desk.edition("natural-20.1")


def test_a_draft_cannot_be_retired_past_the_desk(desk, session):
    desk.draft(TEXTS["natural-20.1"], STAMP)

    with pytest.raises(DBAPIError, match="never changes"), session.begin_nested():
        session.execute(text("UPDATE questionnaire SET status = 'RETIRED'"))
