"""A client, a published form and the people who act, for tests of the assessment desk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from clients.staff.filing import Stamp
from clients.tables import ClientRow
from kit.access import Actor, Role, everything
from suitability.assessment.service import AssessmentService
from suitability.questionnaire.bands import bands_for
from suitability.questionnaire.engine import walk_all
from suitability.questionnaire.loading import shipped
from suitability.questionnaire.service import QuestionnaireService

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
DAY = date(2026, 3, 10)
FORMS = {form.version: form for form, _ in shipped()}
NATURAL, MINI, INSTITUTION = "natural-20.1", "natural-mini.1", "institution-19.1"
OFFICER = Actor("U1", "合规甲", Role.COMPLIANCE)
ADVISOR = Actor("U2", "顾问乙", Role.ADVISOR, "staff:S1")
C1, C2, C3, C4, C5 = (f"C{rank}" for rank in range(1, 6))


def client_actor(client_no: str) -> Actor:
    return Actor(f"U-{client_no}", f"客户 {client_no}", Role.CLIENT, f"client:{client_no}")


def stamp(actor: Actor = OFFICER, at: datetime = NOW) -> Stamp:
    return Stamp(actor, at)


def sheet_of(version: str, level: str, **instead: str) -> dict[str, tuple[str, ...]]:
    """A complete sheet whose score is in the band of `level`: the cheapest options, then dearer ones one by one.

    It contradicts nothing that is said by a client of 45 years (C1 of the long form: above 60). What `instead` names
    (topic: code) is taken as it stands.
    """
    form, bands = FORMS[version], bands_for(version, DAY)
    plain = {"age_band": "E" if level == "C1" else "C"}
    if level != "C1":
        plain |= {"income_source": "B", "use_of_return": "C", "bearable_loss": "B", "first_goal": "B"}
    fixed = {form.by_topic[topic].id: code for topic, code in (plain | instead).items() if topic in form.by_topic}
    ladder = {
        question.id: [option.code for option in sorted(question.options, key=lambda option: option.score)]
        for question in form.proper
    }
    steps = dict.fromkeys(ladder, 0)
    while True:
        answers = {one: (fixed.get(one, codes[steps[one]]),) for one, codes in ladder.items()}
        counted, missing = walk_all(form, answers, bands)
        total = sum(form.by_id[one].option(codes[0]).score for one, codes in counted.items())
        if bands.level_of(total).value == level:
            while missing is not None:
                counted[missing.id] = ("A",)
                counted, missing = walk_all(form, counted, bands)
            return counted
        movable = [one for one in ladder if one not in fixed and steps[one] < len(ladder[one]) - 1]
        steps[min(movable, key=lambda one: (steps[one], form.questions.index(form.by_id[one])))] += 1


class Desk:
    """Clients by number, and a client who answers a sheet at a human pace."""

    def __init__(self, session, scope=None, sources=()):
        self.session = session
        self.service = AssessmentService(session, scope or everything(DAY), sources=sources)
        self.forms = QuestionnaireService(session)
        self.forms.install(stamp())

    def client(self, client_no="C1", *, kind="NATURAL", birth_date=date(1980, 5, 6)):
        row = ClientRow(client_no=client_no, name=f"客户{client_no}", kind=kind, birth_date=birth_date)
        self.session.add(row)
        self.session.flush()
        return row.id

    def answer_all(self, client_no, answers, version=NATURAL, at=NOW, seconds=6):
        """Start and answer question by question, as the desk asks; the open session and the moment after."""
        actor = client_actor(client_no)
        view = self.service.start(client_no, version, stamp(actor, at))
        while view.next_question is not None:
            at += timedelta(seconds=seconds)
            asked = view.next_question.id
            view = self.service.answer(view.id, asked, answers.get(asked, ("A",)), stamp(actor, at))
        return view, at

    def hand_in(self, client_no, answers, version=NATURAL, at=NOW, seconds=6, confirmed=()):
        view, at = self.answer_all(client_no, answers, version, at, seconds)
        return self.service.submit(view.id, stamp(client_actor(client_no), at), confirmed=confirmed)

    def assessed(self, client_no, level, version=NATURAL, at=NOW, confirm=True, **instead):
        """A result of this level, confirmed by the client; soft findings are confirmed, reviews accepted."""
        done = self.hand_in(client_no, sheet_of(version, level, **instead), version, at, confirmed=ALL)
        assert done.assessment is not None, done.findings
        if done.assessment.needs_review:
            self.service.review(done.assessment.id, True, "已电话核实", stamp(OFFICER, at))
        if confirm:
            return self.service.confirm(done.assessment.id, stamp(client_actor(client_no), at + timedelta(minutes=5)))
        return done.assessment


ALL = tuple(f"ASSESS-{number:03}" for number in (21, 114, 115, 117, 118, 120, 121))
