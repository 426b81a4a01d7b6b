"""Each figure on a handful of rows with the sum worked out by hand; days, strata, overlaps, promises, levels, moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisors.book_days import LEAST_DAYS, BookDays, Yardstick
from advisors.casemix import banded, strata_of
from advisors.conduct import Conduct
from advisors.facts import UNKNOWN, BookFacts, MismatchSale, Person, Rows, Stints, TaskRows
from advisors.indicators import INDICATORS
from advisors.levels import Standing, decide
from advisors.matching import Served, Server, fit, propose
from advisors.overlaps import overlapping
from advisors.rules_in_force import advisor_rules, rules_of
from advisors.serving import serving
from advisors.types import Move, NoSuchPeriod, Scale, SourceKind, period_of
from clients.service.kept import due_within
from clients.service.standing import UNKNOWN as NEVER
from clients.totals.types import NAMES, Totals
from kit.money import SCALE
from kit.rulebook import RuleError, load_rulebook, parse_rulebook
from tests.advisors.simulated import AFTER, ALWAYS, FIRST, LAST, PERIOD

RULES = advisor_rules(PERIOD.last)
A, B = (Person(no, no, "B1", "一部", Scale.ADVISOR, 30, "L2", licensed=ALWAYS) for no in ("S1", "S2"))


def ints(*values):
    return np.array(values, dtype=np.int64)


def floats(*values):
    return np.array(values, dtype=np.float64)


def rows(kind, num, den):
    n = len(num)
    return Rows(kind, np.zeros(n, np.int64), np.arange(n), floats(*num), floats(*den), ints(*[UNKNOWN] * n))


STINTS = Stints(  # one person, four clients: settled, handed over, gone, and new with nothing yet
    staff=ints(0, 0, 0, 0), client=ints(0, 1, 2, 3), first=ints(FIRST, FIRST + 40, FIRST, FIRST),
    last=ints(LAST, LAST, LAST, LAST), months=floats(3, 2, 3, 3), active=floats(3, 1, 0, 2),
    opening=floats(1_000_000, 400_000, 200_000, 0), inflow=floats(100_000, -50_000, -200_000, 900_000),
    held=floats(1, 1, 1, 1), kept=floats(1, 1, 0, 1),
)  # fmt: skip
TASKS = TaskRows(
    staff=ints(0, 0, 0, 0, 0), client=ints(0, 1, 2, 0, 1), mandatory=ints(1, 1, 1, 0, 0), advice=ints(0, 0, 0, 0, 0),
    done=floats(1, 1, 0, 1, 0), timely=floats(1, 0, 0, 1, 0), done_on=ints(FIRST, FIRST, UNKNOWN, FIRST, UNKNOWN),
)  # fmt: skip
FACTS = BookFacts(
    PERIOD, AFTER, (A, B), ("C1", "C2", "C3", "C4"), ints(0, 1, 2, UNKNOWN),
    floats(1_000_000, np.nan, 200_000, 0), floats(0.9, np.nan, 0.3, np.nan), STINTS, TASKS,
    {
        "client_outcome": rows(SourceKind.CLIENT, (1, 0, 1), (1, 1, 1)),
        "coverage": rows(SourceKind.CONTACT, (1, 1, 0, 1), (1, 1, 1, 1)),
        "satisfaction": rows(SourceKind.ANSWER, (1, 0), (1, 1)),
        "diagnosis_agreed": rows(SourceKind.DIAGNOSIS, (1, 0, 0, 1), (1, 1, 1, 1)),
        "shortcomings_lifted": rows(SourceKind.AGREEMENT, (1,), (1,)),
        "record_quality": rows(SourceKind.RECORD, (20, 30, 0, 10), (1, 1, 1, 1)),
    },
)  # fmt: skip
SUMS = [
    ("mau", 6, 11, "3+1+0+2 of 3+2+3+3 months"),
    (
        "aum_growth",
        350_000,
        1_600_000,
        "100-50-200 thousand, and of the new client's 900 only the cap's 500",
    ),
    ("retention_heads", 3, 4, "one left"),
    ("retention_assets", 1_350_000, 1_600_000, "400-50 and 200-200 thousand; what comes in does not count"),
    ("client_outcome", 2, 3, "two of three not below the benchmark"),
    ("coverage", 3, 4, "three promises of four"),
    ("satisfaction", 1, 2, "one answer of 4 or 5"),
    ("diagnosis_agreed", 2, 4, "two of four diagnoses"),
    ("shortcomings_lifted", 1, 1, "the only one"),
    ("record_quality", 60, 4, "20, 30, 0 and 10 points: the seed's sanctions as points"),
    ("mot_mandatory", 2, 3, "two of three mandatory tasks"),
    ("mot_mandatory_timely", 1, 3, "one of them in time"),
    ("mot_optional", 1, 2, "one of two optional tasks"),
    ("mot_optional_timely", 1, 2, "in time"),
]


@pytest.mark.parametrize(("name", "num", "den", "why"), SUMS)
def test_each_figure(name, num, den, why):
    made = INDICATORS[name].of(FACTS, RULES.figures)
    assert (made.num.sum(), made.den.sum()) == (num, den), why


def test_every_figure_with_rows_is_in_the_table():
    assert {name for name, one in INDICATORS.items() if one.of is not None} == {one[0] for one in SUMS}


@pytest.mark.parametrize(
    ("name", "num"),
    [("mau", 3), ("aum_growth", 350_000 - 100_000 - 30_000), ("retention_heads", 2), ("retention_assets", 350_000),
     ("client_outcome", 1)],
)  # fmt: skip
def test_what_a_mismatch_sale_brought_is_out_of_the_numerator(name, num):
    """Client C1 was sold 130 thousand of a mismatch: the 100 that came in are out, and 30 more are as if gone."""
    sale = MismatchSale("M1", "S1", "C1", PERIOD.first, "产品", 130_000.0)
    plain = INDICATORS[name].of(FACTS, RULES.figures)
    made = INDICATORS[name].of(replace(FACTS, mismatches=(sale,)), RULES.figures)
    assert made.num.sum() == num
    assert made.den.sum() == plain.den.sum()
    assert INDICATORS[name].of(replace(FACTS, mismatches=(replace(sale, staff_no="S2"),)), RULES.figures).num.sum() == (
        plain.num.sum()
    )


# periods, days, strata


@pytest.mark.parametrize(
    ("code", "first", "last", "before"),
    [("2024Q1", date(2024, 1, 1), date(2024, 3, 31), "2023Q4"),
     ("2024q4", date(2024, 10, 1), date(2024, 12, 31), "2024Q3"),
     ("2024H1", date(2024, 1, 1), date(2024, 6, 30), "2023H2"),
     ("2024", date(2024, 1, 1), date(2024, 12, 31), "2023")],
)  # fmt: skip
def test_periods(code, first, last, before):
    made = period_of(code)
    assert (made.first, made.last, made.before.code) == (first, last, before)
    assert not made.closed(last)
    assert made.closed(date.fromordinal(last.toordinal() + 1))


@pytest.mark.parametrize("code", ["2024Q5", "2024H3", "24Q1", "", "2024-03", "0000"])
def test_no_such_period(code):
    with pytest.raises(NoSuchPeriod):
        period_of(code)


def test_bands_take_their_edges_in_and_the_unknown_apart():
    assert banded(floats(99_999, 100_000, 499_999.99, 500_000, 3_000_000, np.nan), (1e5, 5e5, 3e6)).tolist() == [
        0, 1, 1, 2, 3, 4,
    ]  # fmt: skip
    strata = strata_of(FACTS, RULES.case_mix)
    assert len(set(strata.of.tolist())) == 4
    assert (strata.design.sum(axis=1) == 3).all()


def totals(days, assets, **columns):
    """Totals of clients whose whole money is known, yuan by session; what is not given is nought."""
    shape = np.shape(assets)
    made = dict.fromkeys(NAMES, np.zeros(shape, dtype=np.int64)) | {
        "assets": yuan(assets), "whole": np.ones(shape, dtype=np.int64), "seen": np.broadcast_to(days, shape),
        "begun": np.full(shape, days[0]),
    }  # fmt: skip
    return Totals(days, made | columns, shape[0])


def yuan(amounts):
    return np.array(amounts, dtype=np.int64) * SCALE


def test_money_of_a_stint_is_what_flowed_after_it_began():
    """Assets before the first day; a hand-over in the middle brings what there is, as no inflow."""
    days, assets = ints(10, 11, 12, 15, 16), [[100, 110, 160, 150, 155]]
    columns = {"net_out": yuan([[0, 0, -50, -30, -30]]), "cash": yuan([[25] * 5])}
    read = BookDays(totals(days, assets, **columns), 10, 16)
    told = read.stints(ints(0, 0, 0), ints(11, 15, 10), ints(16, 16, 16))
    assert told.opening.tolist() == [100, 160, 0]  # nothing, and known, before the client began
    assert told.inflow.tolist() == [30, -20, 30]
    assert told.closing[0] == 155
    worth, share = read.opening(ints(0), 11)
    assert (worth[0], share[0]) == (100, 0.75)


@pytest.mark.parametrize("column", [{"whole": 0}, {"unpriced": 1}, {"seen": -20}])
def test_money_that_is_not_known_is_not_nought(column):
    (name, change), = column.items()
    days, assets = ints(30, 31), [[100, 100]]
    made = totals(days, assets)
    made = Totals(days, {**made.columns, name: made.columns[name] * (name == "seen") + change}, 1)
    told = BookDays(made, 30, 31).stints(ints(0), ints(31), ints(31))
    assert np.isnan([told.opening[0], told.inflow[0], told.closing[0]]).all()


def test_outcome_is_risk_adjusted_and_never_raw_return():
    """The wilder client earned more and did worse for the risk; money alone has no result; a short history neither."""
    draw = np.random.default_rng(2)
    market = draw.normal(0.001, 0.01, 200)
    calm, wild = 0.0005 + 0.3 * market, 0.0004 + 3 * market + draw.normal(0, 0.05, 200)
    short, enough, ruined = calm.copy(), calm.copy(), calm.copy()
    short[LEAST_DAYS - 1 :] = np.nan
    enough[LEAST_DAYS:] = np.nan
    ruined[-1] = -1
    days = 1_000 + np.arange(200)
    told = BookDays(walked(days, [calm, wild, np.zeros(200), short, enough, ruined]), 1_000, 1_199).not_below(
        np.arange(6), Yardstick(days, market)
    )
    assert wild.mean() > calm.mean()
    assert told[:2].tolist() == [1, 0]
    assert np.isnan(told[2:4]).all()
    assert told[4:].tolist() == [1, 0]


def walked(days, returns):
    """Totals of clients by their returns, NaN with nothing at stake, -1 ruin."""
    each = np.array(returns)
    growth = np.cumprod(np.where(np.isnan(each) | (each <= -1), 1, 1 + each), axis=1) - 1
    return totals(
        days, np.full(each.shape, 100), growth=np.ascontiguousarray(growth).view(np.int64),
        at_stake=np.cumsum(~np.isnan(each), axis=1), ruined=np.cumsum(each <= -1, axis=1),
    )  # fmt: skip


def test_promises_fall_due_again_after_they_were_kept_or_missed():
    """Every 30 days from day 105: kept on 104, so due on 134; missed; due on 164, kept on 150; due on 180."""
    due = due_within(ints(105).reshape(1, 1), ints(30).reshape(1, 1), [(ints(0, 0), ints(104, 150))], 100, 190)
    assert list(zip(due.day.tolist(), due.kept.tolist(), strict=True)) == [
        (105, True), (134, False), (164, True), (180, False),
    ]  # fmt: skip
    nobody = due_within(ints(NEVER).reshape(1, 1), ints(0).reshape(1, 1), [(ints(), ints())], 100, 190)
    assert len(nobody.day) == 0


def test_an_occurrence_counts_for_whoever_serves_on_that_day():
    stints = replace(STINTS, staff=ints(0, 1, 0, 1), client=ints(0, 0, 1, 2), first=ints(10, 20, 10, 10),
                     last=ints(19, 30, 30, 30))  # fmt: skip
    row, staff = serving(stints, ints(0, 0, 0, 1, 9), ints(19, 20, 31, 30, 20))
    assert list(zip(row.tolist(), staff.tolist(), strict=True)) == [(0, 0), (1, 1), (3, 0)]


SPANS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 20), st.integers(0, 6)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(SPANS)
def test_overlaps_are_those_that_comparing_every_pair_finds(spans):
    n = len(spans)
    columns = [ints(*(one[at] for one in spans)) for at in range(4)]
    stints = Stints(columns[1], columns[0], columns[2], columns[2] + columns[3], *[np.zeros(n)] * 6)
    facts = replace(FACTS, stints=stints, tasks=None, rows={})
    pairs = {
        i for i in range(n) for j in range(n)
        if i != j and columns[0][i] == columns[0][j] and stints.first[i] <= stints.last[j]
        and stints.first[j] <= stints.last[i]
    }  # fmt: skip
    assert (np.flatnonzero(overlapping(facts)).tolist() if n else []) == sorted(pairs)


# levels


CLEAN = Conduct((), (), 1.0, (), (), (), {})
MARKS = {one.code: one.at for one in RULES.levels[Scale.ADVISOR]}


@pytest.mark.parametrize(
    ("standing", "score", "months", "clients", "licensed", "multiplier", "level", "move", "why"),
    [
        ("", 80, 99, 99, True, 1.0, "L3", Move.FIRST, "first grading goes to the third level at most"),
        ("", MARKS["L2"], 99, 99, True, 1.0, "L2", Move.FIRST, "the mark itself is included"),
        ("", MARKS["L2"] - 0.01, 99, 99, True, 1.0, "L1", Move.FIRST, "just below the mark"),
        ("", 80, 5, 99, True, 1.0, "L1", Move.FIRST, "one month short"),
        ("L3", 80, 36, 50, True, 1.0, "L4", Move.PROMOTED, "one level a period, months and clients on the mark"),
        ("L3", 80, 35, 50, True, 1.0, "L3", Move.KEPT, "one month short of the fourth level"),
        ("L3", 80, 36, 49, True, 1.0, "L3", Move.KEPT, "one client short"),
        ("L3", 80, 36, 50, False, 1.0, "L3", Move.KEPT, "no registration at the end of the period"),
        ("L3", 80, 36, 50, True, 0.95, "L4", Move.PROMOTED, "multiplier on the mark"),
        ("L3", 80, 36, 50, True, 0.94, "L3", Move.KEPT, "multiplier just below"),
        ("L3", MARKS["L3"] - 2, 36, 50, True, 1.0, "L3", Move.KEPT, "within the margin"),
        ("L3", MARKS["L3"] - 2.01, 36, 50, True, 1.0, "L2", Move.DEMOTED, "below the margin"),
        ("L5", 0, 99, 99, True, 1.0, "L4", Move.DEMOTED, "one level down a period"),
        ("L9", 80, 99, 99, True, 1.0, "L3", Move.FIRST, "a level that there is no more"),
    ],
)
def test_levels(standing, score, months, clients, licensed, multiplier, level, move, why):
    person = replace(A, months=months, standing=standing)
    told = decide(Standing(person, score, 1.0, clients, licensed), replace(CLEAN, multiplier=multiplier), RULES, PERIOD)
    assert (told.level.code, told.move) == (level, move), (why, told.reasons)
    assert told.reasons or move is Move.KEPT


def test_the_rules_refuse_weights_that_do_not_add_up_and_figures_that_there_are_not():
    text = load_rulebook("advisors", "grading").text
    for wrong in (text.replace("mau: 15, aum", "mau: 16, aum"), text.replace("mau: 15", "charm: 15"),
                  text.replace("name: 中级客户经理, at: 42", "name: 中级客户经理, at: 52"),
                  text.replace("least: 0.5}", "least: 1.5}")):  # fmt: skip
        assert wrong != text
        with pytest.raises(RuleError):
            rules_of(parse_rulebook("grading", wrong), PERIOD.last)


# moves over the book


def server(no, rank, capacity, scale=Scale.ADVISOR, advise=True):
    return Server(no, no, "B1", scale, rank, capacity, advise)


def client(no, grade, staff, style="", advice=False):
    return Served(no, grade, style, "B1", staff, advice)


def test_a_high_client_goes_to_a_high_level_and_makes_room_for_it():
    """The second level serves an A client, the fourth a D client, and both are full: they change."""
    rules = {**RULES.match, "most_moves": 1.0}
    told = propose([client("C1", "A", "S1"), client("C2", "D", "S2")], [server("S1", 2, 1), server("S2", 4, 1)], rules)
    assert {(one.client_no, one.to_no) for one in told.moves} == {("C1", "S2"), ("C2", "S1")}
    assert told.after > told.before
    assert all(one.why for one in told.moves)


@pytest.mark.parametrize(("share", "moves"), [(0.0, 0), (0.25, 1), (0.5, 2), (1.0, 4)])
def test_no_more_moves_than_the_rules_allow(share, moves):
    book = [client(f"C{at}", "A", "S1") for at in range(4)]
    told = propose(book, [server("S1", 1, 9), server("S2", 4, 9)], {**RULES.match, "most_moves": share})
    assert len(told.moves) == moves


def test_who_signed_for_advice_is_served_by_a_registered_adviser_alone():
    told = propose([client("C1", "D", "S1", advice=True)], [server("S1", 4, 9, advise=False), server("S2", 1, 9)],
                   {**RULES.match, "most_moves": 0.0})  # fmt: skip
    assert [(one.client_no, one.to_no) for one in told.moves] == [("C1", "S2")]
    assert fit(server("S1", 4, 9, advise=False), client("C1", "D", "S1", advice=True), RULES.match) is None


def test_a_dependent_client_suits_an_adviser_and_nobody_is_put_above_the_limit():
    book = [client("C1", "D", "S1", "DEPENDENT"), client("C2", "D", "S1", "DEPENDENT"), client("C3", "D", "", "")]
    told = propose(book, [server("S1", 1, 1, Scale.MANAGER), server("S2", 1, 1)], {**RULES.match, "most_moves": 1.0})
    assert len(told.unplaced) == 1
    assert {one.to_no for one in told.moves} <= {"S2", "S1"}
    better = fit(server("S2", 1, 1), book[0], RULES.match)
    assert better > fit(server("S1", 1, 1, Scale.MANAGER), book[0], RULES.match)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_a_proposal_is_as_good_as_trying_every_placement(seed):
    draw = np.random.default_rng(seed)
    servers = [server(f"S{at}", int(draw.integers(1, 6)), int(draw.integers(1, 4))) for at in range(3)]
    book = [client(f"C{at}", "ABCD"[draw.integers(0, 4)], f"S{draw.integers(0, 3)}") for at in range(4)]
    rules = {**RULES.match, "most_moves": 1.0, "move": 0.25}
    told = propose(book, servers, rules)
    if told.unplaced:
        return
    best = max(
        sum(fit(servers[one], who, rules) - 0.25 * (servers[one].staff_no != who.staff_no)
            for one, who in zip(placed, book, strict=True))
        for placed in np.ndindex(3, 3, 3, 3)
        if all(placed.count(at) <= one.capacity for at, one in enumerate(servers))
    )  # fmt: skip
    assert told.after - 0.25 * len(told.moves) == pytest.approx(best, abs=1e-5)
