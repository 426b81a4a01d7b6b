"""From the files to the findings: what was planted is seen, the controls stay clear, the traps are named."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session, SQLModel

from clients.intake import import_file
from clients.repository import ClientRepository
from demo.evaluate import evaluate, read_planted
from demo.market_files import BENCHMARK_CODE
from diagnosis.behaviour import habits_of
from diagnosis.behaviour.flags import universe_of
from diagnosis.replay import replay
from kit.access import everything
from kit.db import engine
from market.repository import MarketRepository

FIRST, LAST = date(2020, 1, 2), date(2024, 12, 31)


@pytest.fixture(scope="module")
def planted(book):
    return read_planted(book.planted)


@pytest.fixture(scope="module")
def diagnosed(book, tmp_path_factory):
    """(history, habits by account) of the whole book, read from the database."""
    url = f"sqlite:///{tmp_path_factory.mktemp('found')}/book.db"
    SQLModel.metadata.create_all(engine(url))
    for file in book.files:
        import_file(url, file.path, kind=file.kind)
    with Session(engine(url)) as session:
        ledger = ClientRepository(session, everything(LAST)).ledger()
        market = MarketRepository(session)
        grid = market.daily_grid(ledger.securities, FIRST, LAST)
        actions = market.actions(ledger.securities, FIRST, LAST)
        benchmark = market.benchmark(BENCHMARK_CODE, grid)
        universe = universe_of(market.daily_grid(market.stock_ids("CNY"), FIRST, LAST), LAST)
    history = replay(ledger, grid, actions)
    habits = habits_of(history, ledger, benchmark, universe)
    engine(url).dispose()
    return history, {facts.account_no: one for facts, one in zip(history.accounts, habits, strict=True)}


@pytest.fixture(scope="module")
def scores(diagnosed, planted):
    _, habits = diagnosed
    seen = {no: {name for name, habit in own.items() if habit.seen} for no, own in habits.items()}
    withheld = {
        no: {name for name, habit in own.items() if habit.seen is None} for no, own in habits.items()
    }
    return evaluate(planted, seen, withheld)


def test_each_planted_habit_is_seen_somewhere(scores):
    assert len(scores) == 12
    assert [score.habit for score in scores if score.found == 0] == []


def test_most_of_what_was_planted_is_seen(scores):
    judged = sum(score.planted - score.withheld for score in scores)
    assert sum(score.found for score in scores) / judged >= 0.85


def test_controls_stay_clear(scores):
    judged = sum(score.controls - score.controls_withheld for score in scores)
    assert judged > 100
    assert sum(score.false_findings for score in scores) / judged <= 0.05


NAMED = [  # trap, the issue that names it
    ("NO_BANK_ROWS", "INFERRED_FLOW"),
    ("UNEXPLAINED_FLOW", "INFERRED_FLOW"),
    ("SOLD_MORE_THAN_HELD", "OPENING_UNKNOWN"),
]


@pytest.mark.parametrize(("trap", "issue"), NAMED)
def test_a_trap_is_named(diagnosed, planted, trap, issue):
    history, _ = diagnosed
    (account,) = [account for account, traps in planted.traps.items() if trap in traps]
    (place,) = [place for place, facts in enumerate(history.accounts) if facts.account_no == account]
    assert issue in {found.kind.name for found in history.issues[place]}


def test_a_sound_account_has_no_issue_but_days_without_trading(diagnosed, planted):
    history, _ = diagnosed
    odd = {
        (facts.account_no, found.kind.name)
        for facts, issues in zip(history.accounts, history.issues, strict=True)
        for found in issues
        if facts.account_no not in planted.traps and found.kind.name != "SUSPENDED"
    }
    assert odd == set()
