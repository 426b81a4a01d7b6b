"""Changes of rules: previewed on the whole book, approved by a second person as shown, in force by day, rolled back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from clients.staff.filing import Stamp
from kit.access import everything
from kit.digest import canonical_json
from kit.rulebook import load_rulebook
from suitability.assessment.service import AssessmentService
from suitability.changes.book import PreviewReader
from suitability.changes.impact import impact
from suitability.changes.in_force import as_if, forget, rules_of, schedule
from suitability.changes.problems import (
    ChangeDecided,
    DraftRefused,
    NothingToRollBack,
    PreviewMissing,
    PreviewMoved,
    SecondPersonNeeded,
)
from suitability.changes.service import ChangeService
from suitability.changes.standing import below_the_law
from suitability.changes.types import ChangeState
from suitability.desk import matching_desk
from suitability.facts import Request
from suitability.levels import AskedBy, OrderSide, Outcome, ProductLevel
from suitability.matching.service import house_rules
from suitability.questionnaire.bands import bands_for
from suitability.questionnaire.loading import shipped
from suitability.questionnaire.problems import QuestionnaireRetired
from suitability.rating.service import RatingService
from tests.suitability.assessment.desk import ALL, DAY, NATURAL, NOW, sheet_of, stamp
from tests.suitability.changes.world import QIAN, TOMORROW, ZHAO, bands, text_of


@pytest.fixture
def desk(world):
    return ChangeService(world.session)


def drafted(desk, name, content, since=DAY):
    return desk.draft_rules(name, content, title="试验", reason="内部讨论", effective_from=since, stamp=stamp(ZHAO))


def in_force(desk, name, content, since=DAY):
    made = drafted(desk, name, content, since)
    shown = desk.preview(made.id, stamp(ZHAO)).digest
    return desk.approve(made.id, shown, reason="同意", stamp=stamp(QIAN))


def asked(session, client, product, day=DAY, asked_by=AskedBy.FIRM):
    request = Request(client_no=client, product_code=product, asked_by=asked_by, side=OrderSide.BUY, day=day)
    return matching_desk(session, everything(day)).answer(request)


def tighter(rules):
    rules["BANDS-CITIC"]["values"].append({"from": DAY, "value": {
        "C1_LOWEST": [0, 0], "C1": [1, 19], "C2": [20, 60], "C3": [61, 70], "C4": [71, 90], "C5": [91, 100],
    }})  # fmt: skip


def reserve_ignored(rules):
    rules["SUIT-115"]["values"].append({"from": DAY, "value": None})


def never_above(rules):
    rules["SUIT-101"]["values"].append({"from": DAY, "value": {"outcome": {"FIRM": "REFUSE", "CLIENT": "REFUSE"}}})


@pytest.mark.parametrize(
    ("name", "change"),
    [("bands", tighter), ("matching", reserve_ignored), ("matching", never_above)],
    ids=["bands", "rule repealed", "rule tightened"],
)
def test_what_was_previewed_is_what_a_scan_finds_afterwards(desk, world, name, change):
    session = world.session
    reader = PreviewReader(session, DAY)
    before = reader.side()
    done = in_force(desk, name, text_of(name, change))
    again = impact(reader.book(before.codes), before.side, reader.side().side, DAY)

    assert done.state is ChangeState.APPROVED
    assert canonical_json(done.preview.result) == canonical_json(again)
    touched = again["levels"]["changed"] + again["holdings"]["appear"] + again["holdings"]["heal"]
    assert touched or name == "matching"


def test_a_band_moves_levels_down_from_its_day_and_never_up(desk, world):
    session = world.session
    result = in_force(desk, "bands", text_of("bands", tighter), DAY).preview.result["levels"]

    assert all(row["to"] < row["from"] for row in result["matrix"])
    assert (result["up"], result["down"]) == (0, result["changed"])
    current = AssessmentService(session, everything(DAY)).current("K3", DAY)
    assert (current.level.value, current.in_force.level.value) == ("C2", "C3")
    assert AssessmentService(session, everything(DAY)).current("K3", DAY - timedelta(days=1)).level is None


def test_a_wider_band_waits_for_the_next_assessment(desk, world):
    made = in_force(desk, "bands", bands(DAY + timedelta(days=3), C2=[20, 25], C3=[26, 53]), DAY + timedelta(days=3))
    found = made.preview.result["levels"]

    assert (found["changed"], found["would_rise"]) == (0, 1)
    late = NOW + timedelta(days=4)
    service = AssessmentService(world.session, everything(late.date()), sources=())
    world.service = service
    assert service.current("K2", late.date()).level.value == "C2"
    done = world.hand_in("K2", sheet_of(NATURAL, "C2"), at=late, confirmed=ALL)
    assert done.assessment.level.value == "C3"


def test_a_check_asks_for_the_rules_of_its_day(desk, world):
    def repeal(rules):
        rules["SUIT-115"]["values"].append({"from": TOMORROW, "value": None})

    before = asked(world.session, "K1", "P5")
    in_force(desk, "matching", text_of("matching", repeal), TOMORROW)
    now, later = asked(world.session, "K1", "P5"), asked(world.session, "K1", "P5", TOMORROW)

    assert before.digest == now.digest
    assert "SUIT-115" in {one.rule for one in now.verdicts}
    assert "SUIT-115" not in {one.rule for one in later.verdicts}
    assert later.versions != now.versions


def test_a_decision_under_an_approved_text_replays(desk, world):
    in_force(desk, "matching", text_of("matching", never_above))
    checks = matching_desk(world.session, everything(DAY))
    request = Request(client_no="K3", product_code="P5", asked_by=AskedBy.FIRM, side=OrderSide.BUY, day=DAY)
    decision = checks.decide(request, stamp(ZHAO))

    assert checks.replay(decision.id).same


def test_rolled_back_the_former_text_stands_again(desk, world):
    session = world.session

    def standing(day):
        with rules_of(session, day):
            return house_rules().matching.version

    before, answer = standing(DAY), asked(session, "K3", "P5").digest
    done = in_force(desk, "matching", text_of("matching", never_above))
    assert standing(DAY) == done.version != before
    second = in_force(desk, "matching", text_of("matching", reserve_ignored, done.content))
    with pytest.raises(NothingToRollBack, match="请回滚最近的一次"):
        desk.rollback(done.id, reason="误改", effective_from=DAY, stamp=stamp(QIAN))
    desk.rollback(second.id, reason="误改", effective_from=DAY, stamp=stamp(QIAN))
    assert standing(DAY) == done.version
    back = desk.rollback(done.id, reason="误改", effective_from=TOMORROW, stamp=stamp(QIAN))

    assert (standing(DAY), standing(TOMORROW)) == (done.version, before)
    assert (back.version, back.rollback_of, back.state) == (before, done.id, ChangeState.APPROVED)
    in_time = desk.rollback(back.id, reason="再改回", effective_from=TOMORROW, stamp=stamp(QIAN))
    assert in_time.version == done.version
    assert asked(session, "K3", "P5").digest != answer


def test_nobody_approves_alone_unseen_or_late(desk, world):
    made = drafted(desk, "matching", text_of("matching", never_above), DAY)
    with pytest.raises(PreviewMissing):
        desk.approve(made.id, "", reason="同意", stamp=stamp(QIAN))
    shown = desk.preview(made.id, stamp(ZHAO)).digest
    with pytest.raises(SecondPersonNeeded):
        desk.approve(made.id, shown, reason="同意", stamp=stamp(ZHAO))
    with pytest.raises(PreviewMoved, match="不是最近的一次"):
        desk.approve(made.id, "sha256:0", reason="同意", stamp=stamp(QIAN))
    with pytest.raises(DraftRefused, match="生效日"):
        desk.approve(made.id, shown, reason="同意", stamp=Stamp(QIAN, NOW + timedelta(days=1)))
    refused = desk.refuse(made.id, reason="不妥", stamp=stamp(QIAN))
    assert refused.state is ChangeState.REFUSED
    with pytest.raises(ChangeDecided):
        desk.preview(made.id, stamp(ZHAO))


def test_the_one_who_approves_is_told_what_moved(desk, world):
    made = drafted(desk, "bands", text_of("bands", tighter))
    shown = desk.preview(made.id, stamp(ZHAO)).digest
    world.client("K7")
    world.assessed("K7", "C5")
    with pytest.raises(PreviewMoved, match=re.escape("等级会变的客户由 4 变为 5")):
        desk.approve(made.id, shown, reason="同意", stamp=stamp(QIAN))
    shown = desk.preview(made.id, stamp(ZHAO)).digest
    world.client("K8")
    world.assessed("K8", "C2")

    assert desk.approve(made.id, shown, reason="同意", stamp=stamp(QIAN)).state is ChangeState.APPROVED


def test_a_draft_on_a_text_that_was_replaced_is_refused(desk):
    one = drafted(desk, "matching", text_of("matching", never_above))
    shown = desk.preview(one.id, stamp(ZHAO)).digest
    in_force(desk, "matching", text_of("matching", reserve_ignored))
    with pytest.raises(PreviewMoved, match="已被另一项变更取代"):
        desk.approve(one.id, shown, reason="同意", stamp=stamp(QIAN))


def test_an_approved_text_is_told_of_where_the_law_has_grown_since(desk, world, monkeypatch):
    def softer(rules):
        rules["SUIT-113"]["values"].append({"from": DAY, "value": None})

    with monkeypatch.context() as before_the_law:
        before_the_law.setattr("suitability.changes.drafts.breaches", lambda *_: ())
        before_the_law.setattr("suitability.changes.service.breaches", lambda *_: ())
        made = in_force(desk, "matching", text_of("matching", softer))
    (told,) = below_the_law(world.session, DAY)
    later = text_of("matching", lambda rules: rules["SUIT-115"]["values"].append({"from": TOMORROW, "value": None}),
                    made.content)

    assert "匹配规则：规则 SUIT-113 不得废止" in told
    assert below_the_law(world.session, DAY - timedelta(days=1)) == ()
    with pytest.raises(DraftRefused, match="SUIT-113 不得废止"):
        drafted(desk, "matching", later, TOMORROW)


def test_a_rating_is_changed_and_restored(desk, world):
    ratings = RatingService(world.session)
    assert ratings.rating_on("P3", DAY).level is ProductLevel.R4
    made = desk.draft_rating("P3", ProductLevel.R5, reason="净值异常", effective_from=DAY, stamp=stamp(ZHAO))
    preview = desk.preview(made.id, stamp(ZHAO))
    assert preview.result["products"]["list"] == [{"product": "P3", "from": "R4", "to": "R5", "gates": False}]
    assert ratings.rating_on("P3", DAY).level is ProductLevel.R4
    desk.approve(made.id, preview.digest, reason="同意", stamp=stamp(QIAN))
    assert asked(world.session, "K3", "P3").outcome is Outcome.REFUSE
    desk.rollback(made.id, reason="已核实", effective_from=TOMORROW, stamp=stamp(QIAN))

    assert [ratings.rating_on("P3", day).level.value for day in (DAY, TOMORROW)] == ["R5", "R4"]


def test_a_form_is_changed_with_the_bands_it_needs(desk, world):
    form = world.forms.edition(NATURAL).form
    text_now = next(content for one, content in shipped() if one.version == NATURAL)
    newer = text_now.replace(f"version: {NATURAL}", "version: natural-20.2")
    with pytest.raises(DraftRefused, match="分数段"):
        desk.draft_questionnaire(newer, reason="改版", effective_from=DAY, stamp=stamp(ZHAO))
    rule = """
- id: BAND-CHOICE-NATURAL-20.2
  title: 自然人 20 题问卷第二版用哪一套分数段
  source: 本公司规则
  confirmed: false
  read_on: 2026-11-27
  applies_to: {questionnaire: natural-20.2}
  values: [{from: 2026-03-10, value: BANDS-EQUAL}]
"""
    in_force(desk, "bands", load_rulebook("suitability", "bands").text + rule)
    made = desk.draft_questionnaire(newer, reason="改版", effective_from=DAY, stamp=stamp(ZHAO))
    preview = desk.preview(made.id, stamp(ZHAO))
    assert preview.result["questionnaire"]["not_convertible"] == 0
    desk.approve(made.id, preview.digest, reason="同意", stamp=stamp(QIAN))

    assert open_forms(world, form.form) == ["natural-20.2"]
    with pytest.raises(DraftRefused, match="只能自当天"):
        desk.rollback(made.id, reason="误改", effective_from=TOMORROW, stamp=stamp(QIAN))
    back = desk.rollback(made.id, reason="误改", effective_from=DAY, stamp=stamp(QIAN))
    again = world.forms.edition(f"{NATURAL}+1")
    assert (back.target, back.rollback_of, open_forms(world, form.form)) == (f"{NATURAL}+1", made.id, [f"{NATURAL}+1"])
    assert replace(again.form, version=form.version, digest=form.digest) == form  # what is asked and what it gives
    assert bands_for(f"{NATURAL}+1", DAY) == bands_for(NATURAL, DAY)
    with pytest.raises(QuestionnaireRetired, match=r"natural-20\.1\+1"):
        desk.rollback(made.id, reason="再来一次", effective_from=DAY, stamp=stamp(QIAN))


def test_a_form_with_other_words_alone_moves_nobody(desk, world):
    """Not even who has a lower result that waits for confirmation, nor who answered another form."""
    world.assessed("K5", "C2", at=NOW + timedelta(hours=1), confirm=False)
    version, content = next((one.version, text) for one, text in shipped() if one.version == NATURAL)
    rule = f"""
- id: BAND-CHOICE-NATURAL-20.3
  title: 自然人 20 题问卷第三版用哪一套分数段
  source: 本公司规则
  confirmed: true
  read_on: 2026-11-27
  applies_to: {{questionnaire: natural-20.3}}
  values: [{{from: {DAY}, value: BANDS-CITIC}}]
"""
    in_force(desk, "bands", load_rulebook("suitability", "bands").text + rule)
    newer = content.replace(f"version: {version}", "version: natural-20.3")
    made = desk.draft_questionnaire(newer, reason="改字", effective_from=DAY, stamp=stamp(ZHAO))
    result = desk.preview(made.id, stamp(ZHAO)).result

    assert AssessmentService(world.session, everything(DAY)).current("K5", DAY).level.value == "C2"
    assert (result["levels"]["changed"], result["questionnaire"]["not_convertible"]) == (0, 0)


def open_forms(world, form):
    return [one.form.version for one in world.forms.open_editions(DAY) if one.form.form == form]


def test_changes_are_never_rewritten_and_leave_a_trail(desk, world):
    made = in_force(desk, "matching", text_of("matching", never_above))
    actions = world.session.execute(
        text("SELECT action FROM trail WHERE record_kind = 'rule_change' ORDER BY id")
    ).scalars()
    assert list(actions) == ["rule.draft", "rule.preview", "rule.approve"]
    for table in ("rule_change", "rule_change_preview", "rule_change_verdict"):
        with pytest.raises(DatabaseError), world.session.begin_nested():
            world.session.execute(text(f"DELETE FROM {table}"))
    assert desk.get(made.id).verdict.decided_by == QIAN.name


def test_a_preview_leaves_nothing_behind(desk, world):
    plan = schedule(world.session)
    made = drafted(desk, "matching", text_of("matching", never_above))
    desk.preview(made.id, stamp(ZHAO))
    with as_if(world.session, replace(plan, texts=())):
        pass
    forget(world.session)

    assert schedule(world.session) == plan
