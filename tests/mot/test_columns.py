"""Events in columns: one order whatever came first, each event once, values and columns say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mot.events.columns import COLUMNS, NO_DAY, events_of, from_events, joined, no_events, to_event
from mot.events.kinds import by_place, event_kinds
from mot.events.types import Source, make_event

DAY = date(2026, 3, 2)
KINDS = event_kinds(DAY)
ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from(["LARGE_INFLOW", "LARGE_OUTFLOW"]),
              st.integers(50, 100), st.sampled_from([Source.LEDGER, Source.API]), st.integers(0, 3)),
    max_size=12,
)  # fmt: skip


def columns(row):
    client, day, kind, confidence, source, yuan = row
    one = events_of(KINDS[kind], np.array([client]), np.array([DAY.toordinal() + day]), source,
                    amount=np.array([float(yuan)]))  # fmt: skip
    return replace(one, confidence=np.array([confidence]))


def same(left, right) -> bool:
    return all(np.array_equal(getattr(left, name), getattr(right, name), equal_nan=True) for name in COLUMNS)


@given(rows=ROWS, random=st.randoms(use_true_random=False))
def test_the_order_of_parts_is_irrelevant_and_each_event_stands_once(rows, random):
    turned = list(rows)
    random.shuffle(turned)

    found = joined([columns(row) for row in rows])

    assert same(found, joined([columns(row) for row in turned]))
    assert same(found, joined([found, found]))
    assert len(found) == len({(row[0], row[1], row[2]) for row in rows})


def test_the_surer_telling_stays():
    rows = [(0, 0, "LARGE_INFLOW", 60, Source.LEDGER, 1), (0, 0, "LARGE_INFLOW", 90, Source.API, 2)]

    found = joined([columns(row) for row in rows])

    assert (found.confidence.tolist(), found.amount.tolist()) == ([90], [2.0])
    assert found.tentative.all()


def test_a_value_and_its_columns_say_the_same():
    event = make_event(KINDS["LARGE_INFLOW"], "C7", DAY, Source.API, facts={"amount_yuan": 300_000}, ref="A1")

    found = from_events([event], KINDS, {"C7": 3}, {"A1": 5})

    assert (found.client.tolist(), found.ref.tolist(), found.due.tolist()) == ([3], [5], [NO_DAY])
    assert to_event(found, 0, by_place(DAY), "C7", "A1", {}) == event
    due = make_event(KINDS["MATURITY"], "C7", DAY, Source.API, facts={"due_on": date(2026, 3, 9)})
    assert from_events([due], KINDS, {"C7": 3}, {}).due.tolist() == [date(2026, 3, 9).toordinal()]
    assert len(no_events()) == len(joined([])) == 0


FACTS = [  # kind, amount, usual, days ahead, names, facts
    ("ASSESSMENT_EXPIRING", None, None, 30, {}, {"due_on": date(2026, 4, 1), "days": 30}),
    ("DORMANT", None, 180.0, None, {}, {"days": 180}),
    ("CHURN_RISK", 0.5, None, None, {}, {"share": "50.0%"}),
    ("TRADE_PATTERN_CHANGE", 30.0, 2.5, None, {}, {"weekly_trades": 30, "usual_weekly_trades": 2.5}),
    ("GRADE_UP", 3.0, 2.0, None, {"grade_before": "级{}".format, "grade_after": "级{}".format},
     {"grade_before": "级2", "grade_after": "级3"}),
    ("CONCENTRATION", 0.7, None, None, {"security_name": "证券{}".format},
     {"security_name": "证券9", "share": "70.0%"}),
    ("CONCENTRATION", None, None, None, {}, {}),
]  # fmt: skip


def test_figures_become_the_facts_of_the_texts():
    for kind, amount, usual, ahead, names, facts in FACTS:
        figure = [np.array([np.nan if one is None else one]) for one in (amount, usual)]
        due = np.array([NO_DAY if ahead is None else DAY.toordinal() + ahead])
        source = next(one for one in KINDS[kind].sources if one.how.value == "DERIVED")
        one = events_of(KINDS[kind], np.array([0]), np.array([DAY.toordinal()]), source, ref=np.array([9]),
                        amount=figure[0], usual=figure[1], due=due)  # fmt: skip

        assert to_event(one, 0, by_place(DAY), "C1", "", names).facts == facts, kind
