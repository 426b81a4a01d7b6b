"""A small house with a graded quarter: five advisors of one group in two branches, cards made by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

from advisors.periods.appeals import AdvisorAppeals
from advisors.periods.service import PeriodDesk
from advisors.periods.types import Evidence, EvidenceKind
from advisors.types import (
    Component,
    ComponentPoints,
    Deduction,
    GradeLevel,
    IndicatorPoints,
    IndicatorValue,
    LeftOut,
    Move,
    Scale,
    ScoreCard,
    SourceKind,
    SourceRow,
    Training,
    Veto,
    period_of,
)
from clients.staff.filing import Stamp
from kit.access import Actor, Reach, Role, Scope, everything
from tests.clients.people import People

QUARTER = period_of("2026Q1")
CLOSED = date(2026, 4, 7)
LEVELS = {
    one.code: one
    for one in (
        GradeLevel("L1", "助理", 1, 0.0, 60), GradeLevel("L2", "中级", 2, 40.0, 100),
        GradeLevel("L3", "高级", 3, 55.0, 150),
        GradeLevel("L4", "特级", 4, 70.0, 200), GradeLevel("L5", "首席", 5, 85.0, 250),
    )
}  # fmt: skip
SCORES = {"S1": 72.0, "S2": 58.5, "S3": 31.0, "S4": None, "S5": 88.0, "S6": 64.25}
BRANCH = {"S1": "B1", "S2": "B1", "S3": "B1", "S4": "B1", "S5": "B2", "S6": "B2"}
RULES = "sha256:" + "ab" * 32


def by(name, day=CLOSED, role=Role.COMPLIANCE, subject=""):
    return Stamp(Actor(f"u-{name}", name, role, subject), datetime(day.year, day.month, day.day, 2, tzinfo=UTC))


MAKER, BOSS, JUDGE = by("甲"), by("乙"), by("丙")
OWN = by("S2", role=Role.ADVISOR, subject="staff:S2")
PROOF = (Evidence(EvidenceKind.RECORD, "T-12", "任务已在期限内办结"),)


def of(staff_no, day=CLOSED):
    return Scope(Reach.OWN, f"staff:{staff_no}", day)


def team(staff_no, day=CLOSED):
    return Scope(Reach.BRANCH, f"staff:{staff_no}", day)


def level_at(score):
    return max((one for one in LEVELS.values() if one.at <= score), key=lambda one: one.rank)


def indicator(id_, value, share, applied, points, **more):
    return IndicatorPoints(
        IndicatorValue(id_, value, clients=40, rows=40, **more), share, applied, value, 0.5, 0.8, 0.1, 0.1, 0.08, points
    )


def card(staff_no, score, period=QUARTER, **more):
    """A card whose service is strong, whose satisfaction is withheld, and whose growth left a mismatch out."""
    left = (LeftOut("C9", "错配买入的资产", "错配案件 M-1", 120_000.0),)
    points = 50.0 if score is None else score
    parts = (
        ComponentPoints(Component.GROWTH, 0.4, 0.5, points - 4, (
            indicator("aum_growth", 0.062, 0.4, 0.5, points - 4, left_out=left),)),
        ComponentPoints(Component.SERVICE, 0.6, 0.5, points + 4, (
            indicator("task_timely", 0.91, 0.4, 0.5, points + 4, numerator=91.0, denominator=100.0),
            IndicatorPoints(IndicatorValue("satisfaction", None, "本期没有答卷"), 0.2),
        )),
    )  # fmt: skip
    row = SourceRow(SourceKind.COMPLAINT, "TS-1", "C3", date(2026, 2, 3), 1.0, 0.0)
    graded = None if score is None else level_at(score)
    rank = graded.rank if graded else 1
    above = next((one for one in LEVELS.values() if one.rank == rank + 1), None)
    fields = {
        "staff_no": staff_no, "name": f"人员{staff_no}", "branch_no": BRANCH[staff_no],
        "branch_name": f"营业部 {BRANCH[staff_no]}", "scale": Scale.ADVISOR, "peer_group": "ADVISOR", "peers": 5,
        "period": period, "clients": 40, "components": parts,
        "conduct": (IndicatorValue("complaints", 1.0, clients=1, rows=1),), "raw": points, "adjusted": points,
        "shrunk": None if score is None else score + 5,
        "deductions": (Deduction("COMPLAINT", "一般投诉", 5.0, date(2026, 2, 3), row, "证券公司考评办法"),),
        "base": score, "score": score, "band": graded, "level": graded, "standing": LEVELS["L2"],
        "move": Move.NOT_GRADED if score is None else Move.KEPT, "reasons": ("得分落在本级",), "next_level": above,
        "missing": () if score is None or above is None else (f"得分还差 {above.at - score:.2f} 分",),
        "training": (Training("task_timely", "任务及时率", points + 4, "任务管理：期限与优先级"),),
        "rules_version": RULES, "digest": f"sha256:{staff_no}",
    }  # fmt: skip
    return ScoreCard(**{**fields, **more})


def severe(staff_no):
    """A card with a veto: the lowest level, whatever the score."""
    row = SourceRow(SourceKind.CONDUCT, "X-1", "C3", date(2026, 3, 2), 1.0, 0.0)
    veto = Veto("MISMATCH_PUSH", "主动推介错配产品", date(2026, 3, 2), row, date(2027, 3, 31))
    return card(staff_no, 90.0, vetoes=(veto,), level=LEVELS["L1"], move=Move.DEMOTED, blocked_until=veto.until)


def cards(**scores):
    return [card(staff_no, score) for staff_no, score in {**SCORES, **scores}.items()]


class House:
    """People of two branches and the desks over one session."""

    def __init__(self, session):
        self.session = session
        self.people = People(session)
        for staff_no, branch_no in BRANCH.items():
            self.people.person(staff_no, branch_no, post="ADVISOR")
        self.people.person("M1", "B1", post="SUPERVISOR")
        self.desk = PeriodDesk(session, everything(CLOSED))
        self.appeals = AdvisorAppeals(session, everything(CLOSED))

    def ran(self, made=None, stamp=MAKER):
        return self.desk.run(QUARTER, cards() if made is None else made, stamp)

    def submitted(self, made=None):
        run = self.ran(made)
        return self.desk.submit(run.number, expected_version=run.version, stamp=MAKER)

    def approved(self, made=None):
        run = self.submitted(made)
        return self.desk.approve(run.number, digest=run.digest, expected_version=run.version, stamp=BOSS)

    def published(self, made=None, since=CLOSED):
        run = self.approved(made)
        return self.desk.publish(run.number, effective_from=since, expected_version=run.version, stamp=MAKER)

    def seen_by(self, scope):
        return PeriodDesk(self.session, scope)

    def appealed(self, wanted="L4", stamp=OWN, staff_no="S2", evidence=PROOF, point="task_timely", reason="及时率算错"):
        desk = AdvisorAppeals(self.session, of(staff_no))
        return desk.file(
            f"{QUARTER.code}-1", staff_no, wanted=wanted, reason=reason, evidence=evidence, stamp=stamp, point=point
        )
