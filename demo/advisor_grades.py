"""The demo's advisors graded: a closed quarter run, approved by another person, published; one appeal waits.

Registered beside it: training and certificates, two breaches that were established, one of them severe.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from advisors.periods.appeals import AdvisorAppeals
from advisors.periods.service import PeriodDesk
from advisors.periods.types import Evidence, EvidenceKind, PeriodRun
from advisors.register.service import ConductAsk, RegisterDesk, TrainingAsk
from advisors.register.types import EntryKind
from advisors.types import period_of
from clients.staff.filing import Stamp
from demo.products import CHECKER, MAKER, stamp
from demo.staff import ADVISERS, SUCCESSOR
from kit.access import Actor, Role, Verb, everything

PERIOD: Final = "2024Q4"
"""The last quarter of the generated book."""
RAN_ON: Final = date(2025, 1, 8)
APPROVED_ON: Final = date(2025, 1, 10)
APPEALED_ON: Final = date(2025, 1, 17)
BREACHES: Final = (
    ("A03", "MISLEADS", date(2024, 11, 12), "电话回访录音：介绍产品时只讲收益，没有提示风险"),
    ("A10", "PROMISES_RETURN", date(2024, 12, 3), "客户出示的聊天记录：口头承诺保本，合规部查实"),
)
COURSES: Final = ("资产配置与投资者适当性", "客户沟通与投诉处理", "账户诊断报告解读")


def grade_advisors(session: Session) -> PeriodRun:
    """All of it, once; the run as it stands."""
    desk = PeriodDesk(session, everything(RAN_ON))
    known = desk.list(PERIOD)
    if known:
        return known[0]
    _register(session)
    period = period_of(PERIOD)
    run = desk.run(period, desk.graded(period), stamp(MAKER, RAN_ON))
    run = desk.submit(run.number, expected_version=run.version, stamp=stamp(MAKER, RAN_ON))
    run = desk.approve(
        run.number, digest=run.digest, reason="抽查十张评分卡，逐点核对无误", expected_version=run.version,
        stamp=stamp(CHECKER, APPROVED_ON),
    )  # fmt: skip
    run = desk.publish(
        run.number, effective_from=APPROVED_ON, expected_version=run.version, stamp=stamp(MAKER, APPROVED_ON)
    )
    _appeal(session, run.number)
    return run


def _register(session: Session) -> None:
    desk, last = RegisterDesk(session, everything(RAN_ON)), period_of(PERIOD).last
    for staff_no, code, day, note in BREACHES:
        desk.record_conduct(ConductAsk(staff_no=staff_no, code=code, day=day, note=note), stamp(CHECKER, RAN_ON))
    for number in range(1, ADVISERS + 1):
        staff_no = f"A{number:02d}"
        for place, course in enumerate(COURSES[: 1 + number % len(COURSES)]):
            day = last - timedelta(days=40 * place + number)
            ask = TrainingAsk(staff_no=staff_no, kind=EntryKind.TRAINING, day=day, title=course, hours=4.0 + number % 3)
            desk.record_training(ask, stamp(MAKER, RAN_ON))
        if number % 3 == 0:
            ask = TrainingAsk(
                staff_no=staff_no, kind=EntryKind.CERTIFICATE, code="CFP", title="国际金融理财师", day=date(2020, 5, 1)
            )
            desk.record_training(ask, stamp(MAKER, RAN_ON))


def _appeal(session: Session, number: str) -> None:
    """The adviser who signs in to the demo contests a level; nobody has decided yet."""
    own = Actor("demo-" + SUCCESSOR, "示例顾问", Role.ADVISOR, f"staff:{SUCCESSOR}")
    desk = AdvisorAppeals(session, own.scope(Verb.ADVISOR_GRADE_APPEAL, APPEALED_ON))
    line = PeriodDesk(session, everything(APPEALED_ON)).line(number, SUCCESSOR)
    if line.level is None or line.level == "L5":
        return
    wanted = f"L{int(line.level[1:]) + 1}"
    proof = (
        Evidence(EvidenceKind.RECORD, f"交接 {SUCCESSOR}", "A13 离职交接的客户在接手当日已有资产流出"),
        Evidence(EvidenceKind.STATEMENT, "", "接手的客户多为沉睡账户，活跃率应当按接手时点比较"),
    )
    desk.file(
        number, SUCCESSOR, wanted=wanted, point="mau", reason="交接来的客户拉低了月活跃率，请复核", evidence=proof,
        stamp=Stamp(own, stamp(MAKER, APPEALED_ON).at),
    )  # fmt: skip
