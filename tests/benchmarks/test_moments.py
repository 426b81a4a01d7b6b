"""The measured moments say what one client at a time says, and every outcome occurs."""

from datetime import timedelta

import numpy as np
import pytest

from benchmarks.moments import BEFORE, DAYS, LAST, SCENARIO, backtested, blocks, book_of, losses, sessions, triggers
from mot.derive.span import Span
from mot.events.kinds import by_place
from mot.matching.outcome import Why
from mot.scenario.loading import shipped_scenario

N, SEED = 400, 3


@pytest.fixture(scope="module")
def told():
    first = LAST - timedelta(days=DAYS - 1)
    days = sessions(first)
    return Span(first, LAST), days, list(blocks(N, SEED, len(days)))


def test_the_events_of_the_blocks_are_those_of_a_loop_over_clients(told):
    span, days, drawn = told
    found = losses(drawn, span, days)
    expected = []
    for rows, returns in drawn:
        for row, own in zip(rows.tolist(), returns, strict=True):
            bad = [
                t for t in range(19, len(days)) if 1 - np.prod(1 + own[t - 19 : t + 1]) >= 0.2
            ]  # a fifth of the assets within twenty trading days
            fresh = [t for t in bad if not any(t - 20 <= before < t for before in bad)]
            expected += [(row, int(days[t])) for t in fresh if days[t] >= span.first.toordinal() and t >= 39]

    assert expected
    assert list(zip(found.client.tolist(), found.day.tolist(), strict=True)) == sorted(expected)
    assert len(days) > BEFORE


def test_the_backtest_fires_holds_back_and_leaves_alone(told):
    _, _, drawn = told
    found = backtested(book_of(N, SEED), drawn, shipped_scenario(SCENARIO, LAST))

    assert set(found.outcomes[SCENARIO]) >= {Why.FIRED, Why.HELD_OUT, Why.NOT_MET, Why.GATED}
    assert found.tasks == found.outcomes[SCENARIO][Why.FIRED]
    assert found.days == DAYS


def test_the_day_has_events_of_the_register_and_of_the_ledger():
    found = triggers(book_of(40_000, SEED), SEED)
    names = {by_place(LAST)[code].id for code in np.unique(found.kind).tolist()}

    assert names >= {"BIRTHDAY", "ASSESSMENT_EXPIRING", "DORMANT", "BIG_LOSS", "CHURN_RISK", "CONCENTRATION"}
    assert set(found.day.tolist()) == {LAST.toordinal()}
