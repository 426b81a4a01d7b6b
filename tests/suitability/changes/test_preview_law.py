"""The law of a preview: what it says would appear and heal is what the watch finds once the change is in force.

On random small books with real ledgers; each change is tried, approved and taken back again.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlmodel import Session

from kit.access import Actor, Role, everything
from kit.db import engine
from suitability.cases.rules import watched
from suitability.changes.in_force import forget, rules_of
from suitability.changes.service import ChangeService
from suitability.gates.service import GateService, Registration
from suitability.held import HeldReader, Worth
from suitability.levels import Gate, ProductLevel
from suitability.matching.service import house_rules
from suitability.monitoring.book import judge
from suitability.monitoring.causes import rules_in
from suitability.monitoring.positions import standing
from suitability.monitoring.reader import BookReader
from suitability.monitoring.repository import WatchRepository
from suitability.monitoring.service import WatchService
from suitability.rating.service import RatingService
from tests.suitability.assessment.desk import DAY, Desk, stamp
from tests.suitability.changes.world import (
    BOUGHT,
    QIAN,
    TOMORROW,
    ZHAO,
    account,
    listed,
    product,
    text_of,
)

WATCH = Actor("w", "系统核对", Role.SERVICE)
SEEDS = (3, 11)
CLIENTS, SECURITIES = 9, 8


def random_house(session, seed):
    """Clients of every level, one without an assessment, one whose has expired; products, securities, one unrated."""
    draw = random.Random(seed)
    desk = Desk(session)
    codes = [f"X{place}" for place in range(SECURITIES)]
    session.add_all([
        product(
            code, draw.randint(1, 5), lockup_days=draw.choice([0, 0, 400]), expected_return_low=Decimal("0.01"),
            expected_return_high=Decimal(draw.choice(["0.02", "0.04", "0.12"])),
        )
        for code in codes[:-2]
    ])  # fmt: skip
    session.flush()
    prices = (BOUGHT, DAY)
    instruments = [listed(session, code, prices if code != codes[0] else (), draw.choice([1, 2])) for code in codes]
    for place in range(CLIENTS):
        number = f"K{place}"
        client = desk.client(number, birth_date=date(1980, 5, 6))
        if place:
            at = stamp().at - timedelta(days=800 if place == 1 else 3)
            desk.assessed(number, f"C{draw.randint(2, 5)}", at=at)
        held = {one: draw.choice([50, 150, 250, 420]) for one in draw.sample(instruments, draw.randint(1, 3))}
        account(session, client, f"A{number}", draw.choice([900, 1500, 3000]), held)
        if draw.random() < 0.3:
            account(session, client, f"B{number}", 500, {draw.choice(instruments): 100})
        if draw.random() < 0.5:
            told = Registration(client_no=number, gate=Gate.STAR, opened_on=date(2026, 1, 6), source="迁移")
            GateService(session, everything(DAY)).register(told, stamp())
    RatingService(session).rate_all(DAY, stamp())


@pytest.fixture(scope="module", params=SEEDS)
def house(request, databases):
    """A random house that the watch has looked at once."""
    url = databases.migrated()
    with Session(engine(url), expire_on_commit=False) as session, session.begin():
        random_house(session, request.param)
        WatchService(session).recheck(DAY, stamp(WATCH))
    yield url
    databases.drop(url)


@pytest.fixture
def session(house):
    with Session(engine(house), expire_on_commit=False) as found:
        yield found
        found.rollback()


def found_by_the_watch(session, day):
    """Client and product of everything that hits a rule, by a full dry run that reads every ledger anew."""
    forget(session)
    run = WatchService(session).recheck(day, stamp(WATCH), whole=True, dry=True)
    hit = {(one.client_no, one.product_code) for one in run.observations if one.rules and one.product_code}
    own = {one.client_no for one in run.observations if one.rules and not one.product_code}
    return hit, own


def mismatched(session, day):
    """The same by pairs, the client's own rules counted with each holding."""
    forget(session)
    kept, reader = WatchRepository(session), BookReader(session, day)
    with rules_of(session, day):
        held = standing(reader, kept.accounts(), kept.holdings(), whole=True).positions
        book, told = reader.book(held, np.empty(0, dtype=np.int64))
        hits = judge(book, np.arange(len(book)), house_rules().matching, tuple(watched(day)))
    return {
        (told.clients[int(book.client_id[book.client[place]])].client_no,
         told.instruments[int(book.instrument_id[book.product[place]])].code): rules_in(int(hits[place]))
        for place in range(len(book))
    }  # fmt: skip


def shares(**limits):
    """The limits of a single product from tomorrow on."""
    now = {"R1": 1.0, "R2": 1.0, "R3": 0.5, "R4": 0.3, "R5": 0.2}

    def change(rules):
        values = rules["SUIT-130"]["values"]
        values.append({"from": TOMORROW, "value": {**values[-1]["value"], "share": {**now, **limits}}})

    return "matching", change


def repealed(rule):
    return "matching", lambda rules: rules[rule]["values"].append({"from": TOMORROW, "value": None})


def other_bands(**levels):
    plain = {"C1_LOWEST": [0, 0], "C1": [1, 19], "C2": [20, 36], "C3": [37, 53], "C4": [54, 82], "C5": [83, 100]}
    return "bands", lambda rules: rules["BANDS-CITIC"]["values"].append(
        {"from": TOMORROW, "value": {**plain, **levels}}
    )


def one_gate_more(rules):
    values = rules["GATE-BY-PRODUCT-KIND"]["values"]
    values.append({"from": TOMORROW, "value": {**values[-1]["value"], "MIXED_FUND": "STAR"}})


CHANGES = {
    "a gate more": ("access", one_gate_more),
    "shares tighter": shares(R2=0.1, R3=0.1, R4=0.05, R5=0.02),
    "shares wider": shares(R1=1.0, R2=1.0, R3=1.0, R4=1.0, R5=1.0),
    "no shares": repealed("SUIT-130"),
    "reserve repealed": repealed("SUIT-115"),
    "expiry repealed": repealed("SUIT-011"),
    "harder bands": other_bands(C2=[20, 60], C3=[61, 75], C4=[76, 95], C5=[96, 100]),
    "easier bands": other_bands(C2=[20, 25], C3=[26, 40], C4=[41, 60], C5=[61, 100]),
}
MOVES = ("a gate more", "shares tighter", "harder bands")


@pytest.mark.parametrize("what", CHANGES, ids=str)
def test_what_a_preview_says_is_what_the_watch_finds(session, what):
    name, change = CHANGES[what]
    desk = ChangeService(session)
    made = desk.draft_rules(
        name, text_of(name, change), title=what, reason="内部讨论", effective_from=TOMORROW, stamp=stamp(ZHAO)
    )
    compare(session, desk, made)


@pytest.mark.parametrize("level", [ProductLevel.R1, ProductLevel.R3, ProductLevel.R5])
def test_so_it_is_with_a_rating(session, level):
    desk = ChangeService(session)
    code = next(
        code for code in ("X1", "X2", "X3") if RatingService(session).rating_on(code, TOMORROW).level is not level
    )
    made = desk.draft_rating(code, level, reason="净值异常", effective_from=TOMORROW, stamp=stamp(ZHAO))
    compare(session, desk, made)


def compare(session, desk, made):
    """Preview, look, approve, look again."""
    before = mismatched(session, TOMORROW)
    seen, _ = found_by_the_watch(session, TOMORROW)
    preview = desk.preview(made.id, stamp(ZHAO))
    assert mismatched(session, TOMORROW) == before, "a preview leaves nothing behind"
    desk.approve(made.id, preview.digest, reason="同意", stamp=stamp(QIAN))
    after = mismatched(session, TOMORROW)
    seen_after, own_after = found_by_the_watch(session, TOMORROW)

    holdings = preview.result["holdings"]
    told = {(row["client"], row["product"], row["what"]) for row in holdings["list"]}
    assert told == {(*pair, "appear") for pair in after if after[pair] and not before[pair]} | {
        (*pair, "heal") for pair in before if before[pair] and not after[pair]
    }
    for row in holdings["list"]:
        pair = row["client"], row["product"]
        assert tuple(row["rules"]) == (after if row["what"] == "appear" else before)[pair]
    assert {(row["rule"], row["after"] - row["before"]) for row in holdings["by_rule"]} == moves(before, after)
    assert {pair for pair, hit in before.items() if hit and set(hit) - {"SUIT-010", "SUIT-011"}} == seen
    assert {pair for pair, hit in after.items() if hit and set(hit) - {"SUIT-010", "SUIT-011"}} == seen_after
    assert {client for (client, _), hit in after.items() if set(hit) & {"SUIT-010", "SUIT-011"}} == own_after
    assert preview.result["levels"]["changed"] == 0 or made.target == "bands"
    assert told or made.title not in MOVES, "a change that has to move something moved nothing"


def moves(before, after):
    """By how many holdings each rule hits more or fewer."""
    counts = {}
    for sign, part in ((-1, before), (1, after)):
        for hit in part.values():
            for rule in hit:
                counts[rule] = counts.get(rule, 0) + sign
    return {(rule, count) for rule, count in counts.items() if count}


def test_a_preview_reads_no_ledger_that_the_watch_has_read(session, monkeypatch):
    def refuse(self, places):
        assert not len(places), "a ledger was replayed"
        return read(self, places)

    read = BookReader.positions
    monkeypatch.setattr(BookReader, "positions", refuse)
    name, change = CHANGES["shares tighter"]
    desk = ChangeService(session)
    made = desk.draft_rules(
        name, text_of(name, change), title="收紧", reason="内部讨论", effective_from=TOMORROW, stamp=stamp(ZHAO)
    )

    assert desk.preview(made.id, stamp(ZHAO)).result["holdings"]["appear"] > 0


def test_what_one_client_is_told_of_holdings_is_what_the_book_says(session):
    """`suitability.held`, client by client, with what the watch judges at once."""
    found = mismatched(session, DAY)
    kept, reader = WatchRepository(session), BookReader(session, DAY)
    held = reader.held(standing(reader, kept.accounts(), kept.holdings()).positions)
    names = reader.instruments(held.instrument_id)
    told = {}
    desk = HeldReader(session, everything(DAY))
    for place, client_id in enumerate(held.client_id.tolist()):
        own = np.flatnonzero(held.client == place)
        worth = [
            Worth(names[int(held.instrument_id[held.product[one]])].code, "", money(held.value[one])) for one in own
        ]
        number = reader.clients[client_id].client_no
        fit = desk.of_client(number, DAY, worth, money(held.total[place]))
        told |= {(number, line.code): tuple(hit.rule for hit in line.hits) for line in fit.lines}

    assert told == found
    assert any(told.values())


def money(value):
    return None if np.isnan(value) else Decimal(repr(float(value)))
