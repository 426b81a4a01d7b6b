"""The fault run of the real engine: events told, judged, made tasks and pushed, by processes that are killed at random.

Everything is the product's own: the scenarios that ship, the gates, the tables, the outbox, the worker with its recheck
before sending. A producer tells the events of one client and has them judged, one transaction a client, and begins
again after each kill; of some clients it then takes back the consent, or the product, while the pushes are under way.
What came of it is looked at by `whole_checker`. Run as a program, like `faults`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from clients.repository import ClientRepository
from clients.staff.filing import Stamp
from clients.staff.tables import BranchRow, PostRow, QualificationRow, RelationRow, StaffRow
from clients.tables import AccountRow, ClientRow
from jobs.worker import Worker
from kit.access import Actor, Role, everything
from kit.db import engine, one_at_a_time, transaction
from mot.channels.addresses import AddressBook
from mot.channels.types import Address, Channel
from mot.contact.tables import PreferenceRow
from mot.delivery.outbox import DeliveryOutbox
from mot.events.desk import EventAsk, EventDesk
from mot.events.kinds import event_kind
from mot.events.types import TELLERS
from mot.matching.holdout import Holdout
from mot.scenario.desk import ScenarioDesk
from mot.tasks.assignment import servers_on
from mot.tasks.making import TaskMaker
from tests.mot import world
from tests.mot.delivery.faults import LEASE, ask, run_roles
from tests.mot.world import DAY, SINCE, at

HOUSE = Actor("u-house", "house", Role.SERVICE)
HOLDOUT = Holdout(b"a key of the fault run, no secret", 0.05)
MARKETED = (("LARGE_INFLOW", "EXCHANGE_WARNING", "LOGIN_ANOMALY"), ("NEW_ISSUE",))
SERVED = (
    ("EXCHANGE_WARNING", "BIRTH", "HOLDING_NEWS", "HOME_PURCHASE", "POLICY"),
    ("LARGE_OUTFLOW", "DELISTING", "IPO_WON", "RIGHTS_ISSUE", "CHILD_EDU"),
)
"""What is told of every second client, in two transactions: duties, 必做, service and marketing. Of the later ones some
meet the cap of a client's day."""
ROBOTS = 8
PER_ADVISER = 30
"""Clients of one adviser: more than may become optional tasks on one day."""
RACING = timedelta(seconds=8)
"""How long after a fact is on file a push may still end that was asked about before it: a lease and a slow answer."""


@dataclass(frozen=True)
class Plan:
    """How large the run is. started: seconds since 1970 at which the day of the run stood at ten in the morning."""

    url: str
    address: str
    seed: int
    clients: int
    kills: int
    started: float
    workers: int = 3
    producers: int = 2
    longest: float = 120.0

    @property
    def occurrences(self) -> int:
        return sum(len(some) for place in range(self.clients) for some in told_of(place))


def told_of(place: int) -> tuple[tuple[str, ...], ...]:
    """Kinds of event of one client, transaction by transaction."""
    return MARKETED if place % 2 else SERVED


def clock(plan: Plan) -> Any:
    """The moment now on the day of the run, the same for every process of this machine."""
    return lambda: at(DAY) + timedelta(seconds=time.time() - plan.started)


def number(place: int) -> str:
    return f"K{place:05}"


def staff(plan: Plan) -> list[str]:
    return [f"A{n:04}" for n in range(max(plan.clients // PER_ADVISER, 2))]


def silent(place: int) -> bool:
    """Never agreed to be contacted at all."""
    return place % 13 == 5


def unsold(place: int) -> bool:
    """Never agreed to marketing."""
    return place % 11 == 4


def withdraws(place: int) -> bool:
    """Takes back the consent once the tasks are made."""
    return place % 7 == 3


def falls(place: int) -> bool:
    """Is no professional investor any more once the tasks are made: no product may be named to him then."""
    return place % 9 == 2


def addresses(plan: Plan) -> AddressBook:
    people = staff(plan)
    return AddressBook([
        Address(
            name=f"robot{n}", channel=Channel.WECOM, url=f"{plan.address}/robot/{n}?key=x",
            recipients=tuple(f"staff:{one}" for one in people[n::ROBOTS]),
        )
        for n in range(ROBOTS)
    ])  # fmt: skip


def settle(plan: Plan) -> None:
    """The small house of the tests, with as many clients and advisers as the run asks for."""
    with transaction(plan.url) as session:
        world.settle(session)
        branch = session.exec(select(BranchRow).where(col(BranchRow.branch_no) == "B1")).one()
        people = {}
        for one in staff(plan):
            people[one] = StaffRow(staff_no=one, name=f"员工{one}")
            session.add(people[one])
            session.flush()
            session.add(PostRow(staff_id=people[one].id, branch_id=branch.id, post="ADVISOR", valid_from=SINCE))
            session.add(QualificationRow(staff_id=people[one].id, licence="INVESTMENT_ADVISER", valid_from=SINCE))
        numbers = list(people)
        for place in range(plan.clients):
            client = ClientRow(client_no=number(place), name=f"客户{place}", kind="NATURAL")
            session.add(client)
            session.flush()
            session.add(AccountRow(account_no=f"A{number(place)}", client_id=client.id, opened_on=SINCE))
            person = people[numbers[place % len(numbers)]]
            session.add(RelationRow(client_id=client.id, staff_id=person.id, role="MAIN", valid_from=SINCE))
            session.add(PreferenceRow(
                client_id=client.id, valid_from=SINCE, consent_service=not silent(place),
                consent_marketing=not (silent(place) or unsold(place)), told_by="client", told_at=at(SINCE),
            ))  # fmt: skip
            world.professional(session, client)


def produce(plan: Plan, place: int) -> None:
    """Every client of this producer; what is on file already is passed over by its keys."""
    waiting = list(range(place, plan.clients, plan.producers))
    now = clock(plan)
    while waiting:
        try:
            for kinds in told_of(waiting[0]):
                with transaction(plan.url) as session:
                    tell_and_judge(session, plan, waiting[0], kinds, Stamp(HOUSE, now()))
            with transaction(plan.url) as session:
                change(session, waiting[0], now())
            waiting.pop(0)
        except DBAPIError:
            time.sleep(0.05)


def tell_and_judge(session: Session, plan: Plan, place: int, kinds: Sequence[str], by: Stamp) -> None:
    """The events of one client, and what they come to, in one transaction: as the door and the day's run do it."""
    client_no, desk = number(place), EventDesk(session, everything(DAY))
    for kind in kinds:
        known = event_kind(kind, DAY)
        facts = {name: 600_000.0 if name == "amount_yuan" else "样例" for name in known.facts if name != "due_on"}
        facts |= {"due_on": DAY} if "due_on" in known.facts else {}
        ref = world.PRODUCTS[0] if kind == "NEW_ISSUE" else f"W{place}" if known.duty else ""
        source = next(one for one in known.sources if one in TELLERS)
        desk.tell_once(
            EventAsk(client_no=client_no, kind=kind, occurred_on=DAY, source=source, ref=ref, facts=facts), by
        )
    TaskMaker(
        session, by, DAY, clients=[ClientRepository(session, everything(DAY)).client(client_no)],
        book=world.book([client_no]), servers=servers_on(session, DAY, [client_no]),
        scenarios=ScenarioDesk(session).in_force(DAY), holdout=HOLDOUT, outbox=DeliveryOutbox(addresses(plan)),
    ).run(client_no=client_no)  # fmt: skip


def change(session: Session, place: int, now: datetime) -> None:
    """A new fact about some clients, once; told_at is when it was on file."""
    one_at_a_time(session, f"fault.{place}")
    row = session.exec(select(ClientRow).where(col(ClientRow.client_no) == number(place))).one()
    if withdraws(place):
        said = select(PreferenceRow).where(col(PreferenceRow.client_id) == row.id, col(PreferenceRow.told_by) == "run")
        if session.exec(said).first() is None:
            session.add(PreferenceRow(
                client_id=row.id, valid_from=DAY, consent_service=False, consent_marketing=False, told_by="run",
                told_at=now,
            ))  # fmt: skip
    if falls(place):
        world.ordinary(session, number(place), now)


def work(plan: Plan, _place: int) -> None:
    Worker(plan.url, addresses=addresses(plan), jobs=None, lease=LEASE, clock=clock(plan)).run()


LEFT = """SELECT (SELECT count(*) FROM mot_event) AS told,
 (SELECT count(*) FROM contact_preference WHERE told_by = 'run') AS withdrawn,
 (SELECT count(*) FROM delivery_standing WHERE ready_at < CAST(:tomorrow AS timestamptz)) AS waiting"""


def finished(plan: Plan) -> bool:
    """Every event is on file, every client who withdraws has done so, and nothing waits that could go out today."""
    tomorrow = at(date.fromordinal(DAY.toordinal() + 1), 0)
    ((told, withdrawn, waiting),) = ask(plan.url, LEFT, tomorrow=tomorrow)
    wanted = sum(withdraws(place) for place in range(plan.clients))
    return bool(told == plan.occurrences and withdrawn == wanted and waiting == 0)


def run(plan: Plan) -> dict[str, Any]:
    with Session(engine(plan.url)) as session:  # read once here: a process that is forked again has them at hand
        ScenarioDesk(session).in_force(DAY)
    engine(plan.url).dispose()
    roles = {"producer": (plan.producers, produce), "worker": (plan.workers, work)}
    return run_roles(plan, roles, lambda: finished(plan))


if __name__ == "__main__":
    print(json.dumps(run(Plan(**json.loads(sys.argv[1])))))
