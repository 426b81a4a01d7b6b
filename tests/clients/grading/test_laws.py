"""Laws of grading: a better value never gives a worse class; the book says what each client alone says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.grading.bounds import interval_of
from clients.grading.cells import axis_cells
from clients.grading.engine import grade_all
from clients.grading.features import FEATURES, Unit, values_of
from clients.grading.schemes import NO_GRADE, Measure, Score
from tests.clients.grading.schemes import DAY, SCHEMES, loaded, text_of, values

ALL = list(SCHEMES.values())
READ = sorted({name for scheme in ALL for name in scheme.features})
BOUNDS = {name: {0.0} for name in READ}  # every number that any scheme names, so that bounds are hit often
for scheme in ALL:
    for place, axis in enumerate(scheme.axes):
        if isinstance(axis, Score):
            for factor in (*axis.factors, *axis.deductions):
                BOUNDS[factor.feature] |= {bound for interval, _ in factor.rows for bound in interval.bounds}
        elif isinstance(axis, Measure):
            found = {bound for row in scheme.rows for one in row.conditions.get(place, ()) for bound in one.bounds}
            for name in axis.parts:
                BOUNDS[name] |= {bound * axis.divisor for bound in found}


def near(name):
    """Numbers that a feature may have: on each bound, just beside it, and some anywhere."""
    feature = FEATURES[name]
    if feature.unit is Unit.FLAG:
        return np.array([0.0, 1.0])
    step = 1.0 if feature.whole else 0.01
    found = np.array([bound + move for bound in BOUNDS[name] for move in (-step, 0.0, step)] + [2e7])
    return np.maximum(found, feature.least)


NEAR = {name: near(name) for name in READ}


def a_book(seed, n, unknown):
    """n clients; `unknown` is the share of values that are not known."""
    random = np.random.default_rng(seed)
    columns = {}
    for name in READ:
        column = random.choice(NEAR[name], n)
        column[random.random(n) < unknown] = np.nan
        columns[name] = column
    return values_of(DAY, [f"C{place}" for place in range(n)], columns)


def books(n=300, unknown=0.0):
    return st.integers(0, 2**32 - 1).map(lambda seed: a_book(seed, n, unknown))


FEW = settings(max_examples=8)  # each is a book of hundreds


@FEW
@given(book=books(40, unknown=0.1))
def test_the_book_says_what_each_client_alone_says(book):
    whole = grade_all(ALL, book)

    for place in range(len(book)):
        assert grade_all(ALL, book.at(np.array([place]))).at(0) == whole.at(place)


CLAIMS = [(scheme.code, name, way) for scheme in ALL for name, way in scheme.monotone.items() if name in FEATURES]


@FEW
@given(book=books(), other=books())
def test_a_better_value_never_gives_a_worse_class(book, other):
    for code, name, way in CLAIMS:
        pair = book.columns[name], other.columns[name]
        low, high = np.minimum(*pair), np.maximum(*pair)
        worse, best = (
            grade_all(ALL, replace(book, columns={**book.columns, name: column})).grades[code]
            for column in ((low, high) if way > 0 else (high, low))
        )

        assert (best <= worse).all(), (code, name)  # the best class stands first


@FEW
@given(book=books())
def test_who_is_known_whole_has_a_class_in_every_scheme_that_applies(book):
    graded = grade_all(ALL, book)

    for scheme in ALL:
        applies = book.column("institution") == 1 if scheme.applies else np.ones(len(book), dtype=bool)
        assert ((graded.grades[scheme.code] != NO_GRADE) == applies).all(), scheme.code


@FEW
@given(book=books(), hidden=books(unknown=0.2))
def test_a_grade_does_not_depend_on_what_is_not_known(book, hidden):
    """Whatever an unknown value turns out to be, a class that was given by bands or a table without it stays."""
    part = {name: np.where(np.isnan(hidden.columns[name]), np.nan, column) for name, column in book.columns.items()}
    before, after = grade_all(ALL, replace(book, columns=part)), grade_all(ALL, book)

    for scheme in ALL:
        if all(isinstance(axis, Measure) and not axis.missing for axis in scheme.axes):
            found = before.grades[scheme.code] != NO_GRADE
            assert (before.grades[scheme.code] == after.grades[scheme.code])[found].all(), scheme.code


@given(
    cuts=st.lists(st.integers(-50, 50), min_size=1, max_size=6, unique=True), upper=st.lists(st.booleans(), min_size=6),
    numbers=st.lists(st.one_of(st.integers(-60, 60).map(float), st.floats(-60, 60)), min_size=1),
)  # fmt: skip
def test_random_bands_without_gap_are_taken_and_give_each_number_its_own(cuts, upper, numbers):
    cuts = sorted(cuts)
    codes = [f"K{place}" for place in range(len(cuts) + 1)]
    rows = []
    for place, code in enumerate(codes):
        bounds = []
        if place:
            bounds.append(f"{'from' if upper[place - 1] else 'above'}: {cuts[place - 1]}")
        if place < len(cuts):
            bounds.append(f"{'below' if upper[place] else 'to'}: {cuts[place]}")
        rows.append(f"    - {{class: {code}, {', '.join(bounds)}}}\n")
    classes = "classes: {" + ", ".join(f"{code}: 类{code}" for code in codes) + "}\n"
    (scheme,) = loaded(made=text_of("MADE", "bands:\n  of: net_inflow_year\n  rows:\n" + "".join(rows), classes))

    got = grade_all([scheme], values(net_inflow_year=numbers)).grades["MADE"]

    expected = [
        sum(number > cut or (number == cut and own) for cut, own in zip(cuts, upper, strict=False))
        for number in numbers
    ]
    assert got.tolist() == expected


@given(
    bounds=st.lists(st.floats(-100, 100).map(lambda number: round(number, 2)), min_size=1, max_size=5),
    whole=st.booleans(), number=st.floats(-200, 200),
)  # fmt: skip
def test_every_number_lies_in_exactly_one_cell_and_is_judged_as_it(bounds, whole, number):
    intervals = [interval_of({"from": bound}) for bound in bounds]
    name = "inactive_days" if whole else "net_inflow_year"
    number = float(round(abs(number))) if whole else number
    cells = axis_cells(Measure((name,)), intervals)

    holding = [cell for cell in cells if cell.within.holds(np.array([number]))[0]]

    assert len(holding) == 1
    for interval in intervals:
        judged = interval.holds(np.array([number, holding[0].value]))
        assert judged[0] == judged[1]


@pytest.mark.parametrize("code", sorted(SCHEMES))
def test_an_ordered_scheme_says_in_what_it_is_monotone(code):
    scheme = SCHEMES[code]

    assert bool(scheme.monotone) == scheme.ordered
