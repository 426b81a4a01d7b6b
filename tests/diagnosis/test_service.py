"""From the database to the diagnosis: the same answer every time and everywhere, alone and in the book."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlmodel import Session, select

from clients.intake import import_file
from clients.repository import NoSuchAccount, NoSuchClient
from demo.synthetic import write_synthetic
from diagnosis.assembly import diagnoses_of
from diagnosis.book import facts
from diagnosis.finding_words import Ground
from diagnosis.findings import facts_of
from diagnosis.service import NO_BENCHMARKS, DiagnosisService, EmptyPeriod
from diagnosis.types import IssueKind
from kit.access import Reach, Scope, everything
from kit.db import engine
from kit.migrate import upgrade
from market.repository import NoSuchBenchmark
from reports.desk import ReportDesk
from reports.plain import rounded
from reports.survey import survey_book
from reports.tables import SurveyRow
from tests.cli import world

DAY = date(2025, 1, 2)
WHOLE = everything(DAY)
NUMBERS = [world.TRADED, world.RECEIVER, world.EMPTY, world.ONE_TRADE, world.LEFT_OVER]


@pytest.fixture(scope="module")
def url(databases, tmp_path_factory):
    """The small world on each database."""
    made = databases.migrated()
    fill(made, world.files(tmp_path_factory.mktemp("world")))
    yield made
    databases.drop(made)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The same world on SQLite, whatever the other one is."""
    folder = tmp_path_factory.mktemp("reference")
    made = f"sqlite:///{folder / 'reference.db'}"
    upgrade(made)
    fill(made, world.files(folder))
    yield made
    engine(made).dispose()


@pytest.fixture(scope="module")
def book(databases, tmp_path_factory):
    """A synthetic book of 24 accounts, surveyed."""
    made = databases.migrated()
    written = write_synthetic(tmp_path_factory.mktemp("book"), 5, 24)
    for file in written.files:
        import_file(made, file.path, kind=file.kind)
    with Session(engine(made)) as session, session.begin():
        survey_book(session, now=datetime(2025, 1, 2, tzinfo=UTC), day=DAY)
    yield made
    databases.drop(made)


def fill(url, paths):
    for path in paths:
        assert import_file(url, path).rejects == [], path.name


def service(session, scope=WHOLE):
    return DiagnosisService(session, scope)


@pytest.fixture
def asked(url):
    with Session(engine(url)) as session:
        yield service(session)


def digests(url):
    with Session(engine(url)) as session:
        desk = ReportDesk(session, WHOLE)
        return [desk.report(number).digest for number in NUMBERS] + [desk.client_report("C1").digest]


def test_the_same_data_give_the_same_digest_twice_and_on_every_database(url, reference):
    first = digests(url)

    assert first == digests(url)
    assert first == digests(reference)
    assert len(set(first)) == len(first)


@pytest.mark.parametrize("number", [world.TRADED, world.RECEIVER, world.ONE_TRADE, world.LEFT_OVER])
def test_from_the_first_day_to_the_last_is_the_whole_life(url, number):
    with Session(engine(url)) as session:
        desk, life = ReportDesk(session, WHOLE), service(session).account(number)
        whole = desk.report(number)

        for first, last in ((life.first, life.last), (life.first, None), (None, life.last)):
            assert desk.report(number, first=first, last=last).digest == whole.digest


def test_one_day_less_on_either_side_is_another_report(asked):
    life = asked.account(world.TRADED)
    later = asked.account(world.TRADED, first=life.first + timedelta(days=1))
    sooner = asked.account(world.TRADED, last=life.last - timedelta(days=1))

    assert (later.first, later.last) == (world.DAYS[1], life.last)
    assert (sooner.first, sooner.last) == (life.first, world.DAYS[-2])
    assert later.opening_value == 200_000
    assert life.opening_value == 0


def test_two_halves_grow_together_as_the_whole_does(asked):
    middle = world.DAYS[100]
    parts = [
        asked.account(world.TRADED, last=middle), asked.account(world.TRADED, first=middle + timedelta(days=1)),
    ]  # fmt: skip
    grown = np.prod([1 + part.metrics["twr"].value for part in parts])

    assert grown - 1 == pytest.approx(asked.account(world.TRADED).metrics["twr"].value, abs=1e-12)


def test_what_moves_between_the_accounts_of_a_client_is_no_flow(asked):
    alone = [asked.account(number) for number in (world.TRADED, world.RECEIVER)]
    merged = asked.client(world.TWO_ACCOUNTS)

    assert merged.account_no == world.TWO_ACCOUNTS
    assert merged.accounts == (world.TRADED, world.RECEIVER)
    assert merged.closing_value == sum(one.closing_value for one in alone)
    assert merged.series.invested[-1] == pytest.approx(200_000)
    assert [one.series.invested[-1] for one in alone] == [
        pytest.approx(200_000 - world.MOVED / 100), pytest.approx(world.MOVED / 100),
    ]  # fmt: skip
    profits = [one.metrics["profit"].value for one in (*alone, merged)]
    assert profits[0] + profits[1] == pytest.approx(profits[2], abs=0.01)


def test_a_client_with_one_account_is_that_account(url):
    with Session(engine(url)) as session:
        desk = ReportDesk(session, WHOLE)

        assert desk.client_report("C3").digest == desk.report(world.ONE_TRADE).digest


REFUSED = [  # what is asked, the refusal, part of its words
    (lambda desk: desk.account("A9"), NoSuchAccount, "没有账户 A9"),
    (lambda desk: desk.client("C9"), NoSuchClient, "C9"),
    (lambda desk: desk.account("A1", benchmark="NO.SUCH"), NoSuchBenchmark, "NO.SUCH"),
    (lambda desk: desk.account("A1", first=date(2025, 1, 1)), EmptyPeriod, "请改用更早的起始日"),
    (lambda desk: desk.account("A1", last=date(2024, 1, 1)), EmptyPeriod, "请改用更晚的截止日"),
    (lambda desk: desk.account("A1", first=DAY, last=date(2024, 1, 2)), EmptyPeriod, "晚于截止日"),
]


@pytest.mark.parametrize(("ask", "refusal", "words"), REFUSED)
def test_what_cannot_be_answered_is_refused_by_name(asked, ask, refusal, words):
    with pytest.raises(refusal, match=words):
        ask(asked)


SCOPES = [  # scope, why the account is not there
    (Scope(Reach.NONE, "", DAY), "no reach at all"),
    (Scope(Reach.OWN, "client:C2", DAY), "another client"),
    (Scope(Reach.BOOK, "staff:S1", DAY), "an adviser who serves nobody"),
]


@pytest.mark.parametrize(("scope", "why"), SCOPES)
def test_what_the_scope_does_not_hold_answers_as_if_it_were_not_there(url, scope, why):
    with Session(engine(url)) as session:
        with pytest.raises(NoSuchAccount, match="没有账户 A1"):
            service(session, scope).account("A1")
        with pytest.raises(NoSuchAccount, match="没有账户 A1"):
            ReportDesk(session, scope).report("A1")


def test_a_client_sees_the_own_account_as_the_house_does(url):
    with Session(engine(url)) as session:
        own = ReportDesk(session, Scope(Reach.OWN, "client:C1", DAY)).report("A1")

        assert own.digest == ReportDesk(session, WHOLE).report("A1").digest


def test_the_first_benchmark_that_covers_the_period_is_taken(asked):
    assert asked.account("A1").benchmark.code == "000300.SH"
    assert asked.account("A1", benchmark="000300.SH").metrics == asked.account("A1").metrics


def test_a_benchmark_without_overlap_withholds_what_needs_one_and_nothing_else(asked):
    with_one, without = asked.account("A1"), asked.account("A1", benchmark="OLD.IDX")
    gone = {name for name, one in without.metrics.items() if one.withheld and not with_one.metrics[name].withheld}

    assert without.benchmark is None
    assert [issue.text for issue in without.issues if issue.kind is IssueKind.NO_BENCHMARK] == [
        "基准“OLD.IDX”在所选区间没有数据，不与基准比较"
    ]
    assert {"beta", "excess_return", "tracking_error"} <= gone
    assert not gone & {"twr", "xirr", "profit", "volatility", "max_drawdown", "win_rate"}


def test_a_book_without_any_benchmark_says_so(database_url, tmp_path):
    paths = [path for path in world.files(tmp_path) if path.name not in ("benchmark.csv", "old.csv")]
    fill(database_url, paths)
    with Session(engine(database_url)) as session:
        found = service(session).account("A1")

    assert (IssueKind.NO_BENCHMARK, NO_BENCHMARKS) in {(issue.kind, issue.text) for issue in found.issues}
    assert found.metrics["twr"].value is not None


def test_the_survey_and_the_report_give_every_account_the_same_numbers(book):
    with Session(engine(book)) as session:
        rows = session.exec(select(SurveyRow)).all()
        asked = service(session)
        for row in rows:
            found = asked.account(row.account_no)
            told = {name: rounded(one.value) for name, one in found.metrics.items() if one.value is not None}
            assert told == row.metrics, row.account_no
            assert [finding.id for finding in found.findings] == row.findings, row.account_no
            assert (found.first, found.last, found.closing_value) == (row.first, row.last, row.value)
    assert len(rows) == 24


def test_the_arrays_and_the_words_know_the_same_facts(book):
    """What filters the whole book is what one report is told from."""
    with Session(engine(book)) as session:
        count = 0
        for numbers, issues in service(session).blocks():
            columns = facts(numbers)
            for a, one in enumerate(diagnoses_of(numbers, issues=issues)):
                assets = float(numbers.habits.book.average_assets[a])
                fall = float(columns["benchmark_drawdown"][a])
                ground = Ground(
                    one.metrics, one.habits, one.attribution, one.timing, one.trades, one.holdings, one.issues,
                    one.last, assets if np.isfinite(assets) else None, one.currency, one.drawdowns,
                    fall if np.isfinite(fall) else None,
                )  # fmt: skip
                told = facts_of(ground, benchmark_drawdown=ground.benchmark_drawdown)
                for name, (value,) in told.items():
                    assert value == pytest.approx(float(columns[name][a]), rel=1e-9, abs=1e-9, nan_ok=True), (
                        one.account_no, name,
                    )  # fmt: skip
                count += 1
    assert count == 24


def test_a_habit_is_judged_where_the_benchmark_begins_after_the_prices(url):
    """Prices are read from before the first trade; a benchmark that begins with it still tells what chasing is."""
    with Session(engine(url)) as session:
        numbers, _ = next(iter(service(session).blocks()))
        chasing = service(session).account("A1").habits["CHASING"]

    assert np.isnan(numbers.benchmark.returns[0])
    assert chasing.statistic is not None
