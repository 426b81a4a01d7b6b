"""The watch on real databases: only what moved is read and judged, a full run proves it, nothing is written twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import Session

from clients.intake import import_file
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.db import engine, transaction
from kit.rulebook import load_rulebook
from suitability.cases.filters import CaseFilter
from suitability.cases.rules import watched
from suitability.cases.service import CaseService
from suitability.cases.types import CaseStatus, Cause, Dimension, EventKind, Resolution
from suitability.desk import FactsReader, matching_desk
from suitability.facts import HoldingFacts, Request
from suitability.gates.service import GateService, Registration
from suitability.levels import AskedBy, Gate, OrderSide, Outcome, ProductLevel
from suitability.matching.cases import cases_of
from suitability.matching.rules import judge
from suitability.monitoring.book import pair_of
from suitability.monitoring.causes import rules_in
from suitability.monitoring.problems import DayBehind
from suitability.monitoring.repository import WatchRepository
from suitability.monitoring.service import WatchService
from suitability.rating.service import RatingService
from tests.suitability.assessment.desk import Desk

FIRST, SECOND, THIRD, LAST = (date(2026, 3, day) for day in (2, 5, 6, 10))
WATCH = Stamp(Actor("w", "系统核对", Role.SERVICE), datetime(2026, 3, 10, 1, tzinfo=UTC))
OTHER = Stamp(Actor("o", "合规乙", Role.COMPLIANCE), datetime(2026, 3, 10, 1, tzinfo=UTC))
MAIN, STAR = "600519.SH", "688001.SH"
FILES = {  # by kind, in order
    "instruments": "security_code,name,kind\n600519,贵州茅台,STOCK\n688001,华兴源创,STOCK\n",
    "prices": "security_code,date,close\n" + "".join(
        f"{code},{day},{price}\n"
        for code, price in ((600519, 100), (688001, 20))
        for day in ("2026-02-02", "2026-02-27", "2026-03-02", "2026-03-05")
    ),
    "accounts": "account_no,client_no,kind,opened_on\n" + "".join(f"A{n},K{n},CASH,2026-01-05\n" for n in (1, 2, 3)),
    "cashflows": "account_no,date,kind,amount\n" + "".join(f"A{n},2026-01-05,DEPOSIT,100000\n" for n in (1, 2, 3)),
    "trades": "account_no,traded_at,security_code,side,quantity,price\n"
    "A1,2026-02-02 10:00:00,600519,BUY,100,100\nA2,2026-02-02 10:00:00,600519,BUY,100,100\n"
    "A3,2026-02-02 10:00:00,688001,BUY,200,20\nA1,2026-02-02 11:00:00,688001,BUY,200,20\n",
}  # fmt: skip
LEVELS = {"K1": "C3", "K2": "C2", "K3": "C4"}


class House:
    """A database with three clients, and what happens to it."""

    def __init__(self, url, folder):
        self.url, self._folder, self._number = url, folder, 0

    def take(self, kind, content):
        self._number += 1
        path = self._folder / f"{self._number}.csv"
        path.write_text(content)
        assert import_file(self.url, path, kind=kind).rejects == []

    def trade(self, row):
        self.take("trades", f"account_no,traded_at,security_code,side,quantity,price\n{row}\n")

    def run(self, day, **how):
        with transaction(self.url) as session:
            return WatchService(session).recheck(day, WATCH, **how)

    def read(self, look):
        with Session(engine(self.url)) as session:
            return look(session)

    def cases(self, **filters):
        """By client and product: dimensions, origin, status."""
        found = self.read(lambda s: CaseService(s, everything(LAST)).list(CaseFilter(**filters), limit=200).cases)
        return {(one.client_no, one.product_code): one for one in found}

    def rows(self):
        return self.read(lambda s: tuple(
            tuple(s.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")))
            for table in ("watch_pair", "watch_holding", "watch_account", "mismatch_case", "mismatch_event", "trail")
        ))  # fmt: skip


@pytest.fixture
def house(database_url, tmp_path):
    """K1 (C3) holds a main-board and a STAR stock, K2 (C2) a main-board, K3 (C4) a STAR one; STAR is open to K1, K3."""
    made = House(database_url, tmp_path)
    with transaction(database_url) as session:
        desk = Desk(session)
        for client_no, level in LEVELS.items():
            desk.client(client_no)
            desk.assessed(client_no, level, at=datetime(2026, 2, 1, 2, tzinfo=UTC))
        gates = GateService(session, everything(LAST))
        for client_no in ("K1", "K3"):
            told = Registration(client_no=client_no, gate=Gate.STAR, opened_on=date(2026, 1, 6), source="迁移")
            gates.register(told, OTHER)
    for kind, content in FILES.items():
        made.take(kind, content)
    return made


def test_only_what_moved_is_read_and_judged_and_cases_follow(house):
    first = house.run(FIRST)
    assert (first.counts["accounts_read"], first.counts["pairs"], first.counts["judged"]) == (3, 4, 4)
    level = house.cases(dimension=Dimension.LEVEL)
    assert {key: (one.origin, one.gap) for key, one in level.items()} == {
        ("K1", STAR): (Cause.FOUND, 1), ("K2", MAIN): (Cause.FOUND, 1),
    }  # fmt: skip

    house.trade("A2,2026-03-05 10:00:00,688001,BUY,200,20")
    before = house.run(date(2026, 3, 4))
    assert (before.counts["accounts_read"], before.counts["judged"]) == (0, 0)  # the purchase is of a later day
    second = house.run(SECOND)
    assert (second.counts["accounts_read"], second.counts["judged"]) == (1, 1)
    bought = house.cases()["K2", STAR]
    assert (bought.origin, bought.gap) == (Cause.CREATED, 2)
    assert {Dimension.ACCESS, Dimension.LEVEL} <= set(bought.dimensions)

    house.trade("A2,2026-03-06 10:00:00,600519,SELL,100,100")
    third = house.run(THIRD)
    assert (third.counts["accounts_read"], third.counts["judged"], third.counts["GONE"]) == (1, 0, 1)
    assert house.cases()["K2", MAIN].resolution is not None

    with transaction(house.url) as session:
        desk = RatingService(session)
        asked = desk.propose_override(MAIN, ProductLevel.R4, reason="流动性", effective_from=LAST, stamp=WATCH)
        desk.decide(asked.id, approve=True, reason="同意", stamp=OTHER)
        closed = GateService(session, everything(LAST))
        closed.revoke("K3", Gate.STAR, reason="客户申请", effective_from=LAST, stamp=OTHER)
    dry = house.run(LAST, dry=True)
    real = house.run(LAST)
    assert dry.counts == real.counts
    assert (real.counts["accounts_read"], real.counts["judged"]) == (0, 2)
    assert house.cases()["K1", MAIN].origin is Cause.PRODUCT_RERATED
    assert house.cases()["K3", STAR].origin is Cause.PERMISSION_CLOSED

    stood = house.rows()
    again, whole = house.run(LAST), house.run(LAST, whole=True)
    assert (again.filed, whole.filed, whole.counts["missed"], whole.counts["changed"]) == (False, True, 0, 0)
    assert house.rows()[:5] == stood[:5]
    stood = house.rows()
    assert not house.run(LAST, whole=True).filed
    assert house.rows() == stood
    with pytest.raises(DayBehind, match="2026-03-10"):
        house.run(THIRD)


def test_a_full_run_mends_what_somebody_spoiled_and_says_so(house):
    house.run(FIRST)
    with transaction(house.url) as session:
        session.execute(text("UPDATE watch_pair SET hits = 0"))
        session.execute(text("UPDATE watch_holding SET quantity = quantity + 1000000"))
    spoiled = house.cases()
    found = house.run(FIRST, whole=True)

    assert found.counts["missed"] > 0
    assert {key: one.status for key, one in house.cases().items()} == {key: one.status for key, one in spoiled.items()}
    assert house.run(FIRST, whole=True).counts["missed"] == 0


def test_expiry_by_the_day_alone_and_a_lower_level(house):
    house.run(FIRST)
    with transaction(house.url) as session:
        Desk(session).assessed("K3", "C2", at=datetime(2026, 3, 9, 2, tzinfo=UTC), confirm=False)
    lowered = house.run(LAST)
    assert house.cases()["K3", STAR].origin is Cause.CLIENT_DOWNGRADED
    assert lowered.counts["judged"] == 1

    late = house.run(date(2028, 1, 31))
    assert late.causes.get("ASSESSMENT_EXPIRED") is None
    over = house.run(date(2028, 2, 1))
    expired = [key for key, one in house.cases(dimension=Dimension.ASSESSMENT).items() if one.present]
    assert ("K1", "") in expired
    assert over.causes["ASSESSMENT_EXPIRED"] >= 2
    told = house.read(lambda s: CaseService(s, everything(LAST)).detail(house.cases()["K1", ""].number))
    assert [one.id for one in told.rules] == ["SUIT-011"]
    assert told.events[0].kind is EventKind.OPENED


def test_the_watch_says_of_a_holding_what_a_single_check_says_of_buying_it(house):
    house.trade("A2,2026-03-05 10:00:00,688001,BUY,200,20")
    house.run(LAST)
    rules, watching = load_rulebook("suitability", "matching"), set(watched(LAST))

    def compare(session):
        state = WatchRepository(session).state()
        numbers = dict(tuple(row) for row in session.execute(text("SELECT id, client_no FROM client")))
        codes = dict(tuple(row) for row in session.execute(text("SELECT id, code FROM instrument")))
        reader = FactsReader(session, everything(LAST))
        for key, hits in zip(state.key.tolist(), state.hits.tolist(), strict=True):
            client, instrument = (int(one) for one in pair_of(key))
            request = Request(
                client_no=numbers[client], product_code=codes[instrument], asked_by=AskedBy.CLIENT,
                side=OrderSide.BUY, day=LAST,
            )  # fmt: skip
            facts = reader(request)
            worth = facts.holding.held_value
            assert worth > 0
            facts = replace(
                facts, request=replace(facts.request, amount=worth),
                holding=HoldingFacts(held_value=Decimal(0), total_value=facts.holding.total_value),
            )  # fmt: skip
            told = {one.rule for one in judge(cases_of([facts]), rules) if one.hit[0] and one.rule in watching}
            assert set(rules_in(hits)) == told, (numbers[client], codes[instrument])
        return len(state)

    assert house.read(compare) == 5


def test_what_a_client_was_warned_of_and_confirmed_is_accepted_at_once(house):
    """第十九条: K1 (C3) asked for the STAR stock (R4), was warned and insisted; all duties were done in order."""
    with transaction(house.url) as session:
        desk = matching_desk(session, everything(FIRST))
        asked = Request(
            client_no="K1", product_code=STAR, asked_by=AskedBy.CLIENT, side=OrderSide.BUY, day=FIRST,
            amount=Decimal(100),
        )  # fmt: skip
        decision = desk.decide(asked, OTHER)
        assert decision.outcome is Outcome.WARN
    with transaction(house.url) as session:
        desk = matching_desk(session, everything(FIRST))
        later = replace(OTHER, at=OTHER.at + timedelta(days=2))
        for duty in sorted(desk.duties(decision.id), key=lambda one: (one.form == "CONFIRM", one.form == "WAIT")):
            stamp = later if duty.form in ("WAIT", "CONFIRM") else OTHER
            desk.complete(decision.id, duty.id, stamp, channel="COUNTER", evidence="sha256:signed")
        assert desk.may_proceed(decision.id)
    house.run(FIRST)

    case = house.cases()["K1", STAR]
    last = house.read(lambda s: CaseService(s, everything(LAST)).detail(case.number)).events[-1]
    assert (case.status, case.resolution) == (CaseStatus.RESOLVED, Resolution.ACCEPTED)
    assert (last.evidence, last.detail["decision"]) == (decision.digest, decision.id)
    assert house.cases()["K2", MAIN].status is not CaseStatus.RESOLVED
    house.trade("A1,2026-03-05 10:00:00,688001,BUY,200,20")  # more than was confirmed: another look
    house.run(SECOND)
    assert house.cases()["K1", STAR].status is CaseStatus.REOPENED


def test_a_corporate_action_that_comes_late_is_seen(house):
    house.run(SECOND)
    house.take("actions", f"security_code,ex_date,kind,value\n600519,{FIRST},BONUS,1\n")
    found = house.run(SECOND + timedelta(days=1))

    assert found.counts["accounts_read"] == 2
    quantity = house.read(lambda s: s.execute(text("SELECT max(quantity) FROM watch_pair")).scalar())
    assert quantity == 200 * 10**6
