"""关键时刻 in the demo: scenarios approved, what clients agreed to, events told of the last days, and the day's tasks.

Told are events of every family to clients of both books, so that each adviser has something to do today; some clients
agreed to less, and what was held back for that can be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from clients.repository import ClientRepository
from clients.staff.filing import Stamp
from demo.products import CHECKER, MAKER, stamp
from kit.access import Actor, Role, Verb, everything
from kit.db import transaction
from mot.contact.repository import PreferenceRepository
from mot.contact.wishes import WishAsk, preference_row
from mot.delivery.outbox import DeliveryOutbox
from mot.events.desk import EventAsk, EventDesk
from mot.events.kinds import event_kinds
from mot.events.tables import EventRow
from mot.events.types import Family, Source
from mot.house import derive_events, make_tasks, read_day
from mot.scenario.desk import ScenarioDesk
from mot.scenario.status import ScenarioStatus
from mot.scenario.types import ContactWay
from mot.tasks.desk import TaskDesk
from mot.tasks.offers import OfferDesk
from mot.tasks.repository import TaskFilter
from mot.tasks.rules import house_calendar
from mot.tasks.tables import JudgementRow
from mot.tasks.types import Outcome as TaskOutcome
from mot.tasks.types import TaskAction
from suitability.cases.repository import CaseRepository
from suitability.levels import Outcome

AGREED_ON: Final = date(2020, 1, 2)
BACK: Final = 3
"""How many days before today the told events begin."""
AHEAD: Final = timedelta(days=6)
"""From today to what they announce."""
MATURING: Final = 8
CASH_PRODUCT: Final = "M001"
INFLOWS: Final = 8
SERVICE: Final = "S001"
SYSTEM: Final = Actor("demo-core", "示例核心系统", Role.SERVICE)
APPROVED: Final = "随产品提供的场景，逐条核对触发条件、话术与期限，同意启用"
TOLD: Final[tuple[tuple[str, int, Source, Mapping[str, Any]], ...]] = (  # kind, how many clients, who tells, facts
    ("EXCHANGE_WARNING", 2, Source.API,
     {"exchange": "上海证券交易所", "measure": "口头警示", "security_name": "贵州茅台"}),
    ("BIRTH", 2, Source.CLIENT, {}),
    ("HOME_PURCHASE", 2, Source.ADVISOR, {"amount_yuan": 1_500_000.0}),
    ("CHILD_EDU", 2, Source.ADVISOR, {}),
    ("COMPLAINT", 1, Source.API, {"complaint_no": "TS-示例-01"}),
    ("IPO_WON", 3, Source.API, {"security_name": "示例新股", "amount_yuan": 12_600.0}),
    ("HOLDING_NEWS", 6, Source.API, {"security_name": "招商银行", "headline": "披露季度报告"}),
    ("RIGHTS_ISSUE", 2, Source.API, {"security_name": "示例配股"}),
    ("DELISTING", 1, Source.API, {"security_name": "示例退市"}),
    ("LOGIN_ANOMALY", 1, Source.API, {"detail": "异地登录"}),
    ("ACCOUNT_CLOSING", 1, Source.CLIENT, {}),
    ("LARGE_OUTFLOW", 2, Source.API, {"amount_yuan": 800_000.0}),
)  # fmt: skip


def play_moments(url: str | None, shown: Sequence[str], day: date, now: datetime) -> dict[str, Any]:
    """Everything of the moments up to today; what it came to. shown: clients of the adviser who signs in."""
    with transaction(url) as session:
        _approve(session, day)
        _agree(session, day)
        _tell(session, shown, day, now)
    before = last_session(day)
    if before < day:
        with transaction(url) as session:
            make_tasks(session, read_day(session, before), stamp(SYSTEM, before), DeliveryOutbox())
    with transaction(url) as session:
        read, by = read_day(session, day), Stamp(SYSTEM, now)
        derive_events(session, read, by)
        make_tasks(session, read, by, DeliveryOutbox())
        _work_some(session, day, now)
        return _came_to(session, day)


def _came_to(session: Session, day: date) -> dict[str, Any]:
    """Open tasks and who has them; by family events, tasks and the most urgent one; why others were not made."""
    tasks = list(TaskDesk(session, everything(day)).list(TaskFilter(open=True), limit=500).tasks)
    events = dict(session.execute(select(col(EventRow.family), func.count()).group_by(col(EventRow.family))).all())
    families = {}
    for family in Family:
        mine = [one for one in tasks if one.family == family.value]  # the most urgent first
        first = f"{mine[0].name}（{mine[0].client_no}）" if mine else ""
        families[family.value] = [events.get(family.value, 0), len(mine), sum(one.mandatory for one in mine), first]
    why = select(col(JudgementRow.why), func.count()).where(col(JudgementRow.outcome) != TaskOutcome.FIRED.value)
    return {
        "open": len(tasks), "mandatory": sum(one.mandatory for one in tasks),
        "owners": len({one.owner_no for one in tasks if one.owner_no}), "families": families,
        "not_made": dict(session.execute(why.group_by(col(JudgementRow.why))).all()),
    }  # fmt: skip


def _approve(session: Session, day: date) -> None:
    desk, drafted = ScenarioDesk(session), stamp(MAKER, day - timedelta(days=30))
    desk.install(drafted)
    for one in desk.list():
        if one.status is ScenarioStatus.DRAFTED:
            looked = {"note": "初始启用，尚无回溯"}
            seen = desk.previewed(
                one.scenario.id, one.scenario.version, looked, expected_version=one.version, stamp=drafted
            )
            desk.approve(
                one.scenario.id, one.scenario.version, note=APPROVED, expected_version=seen.version,
                stamp=stamp(CHECKER, day - timedelta(days=29)),
            )  # fmt: skip


def _agree(session: Session, day: date) -> None:
    """Everybody agreed to service; every fifth not to marketing, some want no calls, or no text messages."""
    by, rows = stamp(MAKER, AGREED_ON), []
    for place, one in enumerate(ClientRepository(session, everything(day)).clients()):
        rows.append(preference_row(one.id, WishAsk(
            valid_from=AGREED_ON, consent_service=True, consent_marketing=place % 5 != 0,
            do_not_disturb=place % 30 == 7, refused_ways=(ContactWay.SMS,) if place % 4 == 1 else None,
        ), by))  # fmt: skip
    PreferenceRepository(session).add_all(rows)


def _tell(session: Session, shown: Sequence[str], day: date, now: datetime) -> None:
    """Events of the last days; the newest clients of the adviser who signs in come first."""
    desk, kinds = EventDesk(session, everything(day)), event_kinds(day)
    others = [one.client_no for one in ClientRepository(session, everything(day)).clients()]
    clients = [*shown, *(one for one in others[::7] if one not in shown)]
    place = 0
    for number, (kind, many, source, facts) in enumerate(TOLD):
        for n in range(many):
            client = clients[place % len(clients)]
            place += 1
            on = day - timedelta(days=0 if kinds[kind].duty or kinds[kind].window_days < BACK else n % BACK)
            facts_of_kind = {name: value for name, value in facts.items() if name in kinds[kind].facts}
            desk.tell_once(EventAsk(
                client_no=client, kind=kind, occurred_on=on, source=source, ref=f"DEMO-{number:02d}-{n}",
                facts=facts_of_kind,
            ), Stamp(SYSTEM, now))  # fmt: skip
    busy = set(clients[:place])
    _tell_of_maturities(session, desk, busy, day, now)
    _tell_of_inflows(session, desk, busy, day, now)


def _tell_of_maturities(session: Session, desk: EventDesk, told: Set[str], day: date, now: datetime) -> None:
    """What falls due to clients whom a product suits in its place: on the last trading day, for marketing rests on
    others."""
    offers, on = OfferDesk(session, day), last_session(day)
    told = told | {client for client, _ in CaseRepository(session, everything(day)).present_keys()}
    others = [one.client_no for one in ClientRepository(session, everything(day)).clients()]
    fit = [one for one in others if one not in told and offers.asks(one, CASH_PRODUCT).outcome is Outcome.ALLOW]
    for client in fit[:MATURING]:
        desk.tell_once(EventAsk(
            client_no=client, kind="MATURITY", occurred_on=on, source=Source.API, ref=f"DEMO-DUE-{client}",
            facts={"product_name": "示例收益凭证", "due_on": day + AHEAD},
        ), Stamp(SYSTEM, now))  # fmt: skip


def _tell_of_inflows(session: Session, desk: EventDesk, told: Set[str], day: date, now: datetime) -> None:
    """What came in to clients whom a service suits, so that one is offered; on the last trading day likewise."""
    offers, on = OfferDesk(session, day), last_session(day)
    told = told | {client for client, _ in CaseRepository(session, everything(day)).present_keys()}
    others = [one.client_no for one in ClientRepository(session, everything(day)).clients()]
    fit = [one for one in reversed(others) if one not in told and not offers.not_offered(one, SERVICE)
           and offers.asks(one, SERVICE).outcome is Outcome.ALLOW]  # fmt: skip
    for client in fit[:INFLOWS]:
        desk.tell_once(EventAsk(
            client_no=client, kind="LARGE_INFLOW", occurred_on=on, source=Source.API, ref=f"DEMO-IN-{client}",
            facts={"amount_yuan": 1_200_000.0},
        ), Stamp(SYSTEM, now))  # fmt: skip


def last_session(day: date) -> date:
    """The day itself where it is a trading day, else the one before it."""
    return date.fromordinal(int(house_calendar().sessions(day - timedelta(days=15), day)[-1]))


def _work_some(session: Session, day: date, now: datetime) -> None:
    """A few tasks are in the hands of their advisers already."""
    desk = TaskDesk(session, everything(day))
    taken = desk.list(TaskFilter(open=True, mandatory=False), limit=40).tasks[::3]
    for one in taken:
        owner = Actor(f"demo-{one.owner_no}"[:32], one.owner_name or "示例顾问", Role.ADVISOR, f"staff:{one.owner_no}")
        if one.owner_no:
            own = TaskDesk(session, owner.scope(Verb.TASK_WORK, day))
            own.move(one.number, TaskAction.ACCEPT, expected_version=one.version, stamp=Stamp(owner, now))
