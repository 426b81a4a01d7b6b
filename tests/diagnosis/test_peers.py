"""Peers of one asset band: limits of the bands, percentiles by hand, and the whole book alike."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnosis.peers import SurveyRow, band_of, bands, bands_of, book_percentiles, percentile, percentiles

DAY = date(2024, 12, 31)

LIMITS = [  # yuan, band, why
    (0.0, "BELOW_500K", "nothing is below"),
    (499_999.99, "BELOW_500K", "just below"),
    (500_000.0, "FROM_500K", "以上 includes the number"),
    (2_999_999.99, "FROM_500K", "just below"),
    (3_000_000.0, "FROM_3M", "以上 includes the number"),
    (10_000_000.0, "FROM_10M", "以上 includes the number"),
]


@pytest.mark.parametrize(("assets", "band", "why"), LIMITS)
def test_bands(assets, band, why):
    assert band_of(assets, DAY).id == band, why
    assert bands(DAY)[bands_of(np.array([assets]), DAY)[0]].id == band


def test_unknown_assets_have_no_band():
    assert bands_of(np.array([np.nan]), DAY).tolist() == [-1]


PLACES = [  # own, others, direction, percentile, why
    (3.0, [1.0, 2.0, 4.0, 5.0], 1, 50.0, "better than two of four"),
    (3.0, [1.0, 2.0, 4.0, 5.0], -1, 50.0, "the other way round"),
    (9.0, [1.0, 2.0], 1, 100.0, "better than all"),
    (9.0, [1.0, 2.0], -1, 0.0, "most where less is better"),
    (2.0, [2.0, 2.0], 1, 50.0, "ties count half"),
    (-0.10, [-0.20, -0.30], 1, 100.0, "a drawdown nearer to zero is better"),
]


@pytest.mark.parametrize(("own", "others", "direction", "expected", "why"), PLACES)
def test_percentile(own, others, direction, expected, why):
    assert percentile(own, np.array(others), direction) == expected, why


def survey(n: int) -> list[SurveyRow]:
    return [SurveyRow(f"A{i}", "FROM_500K", {"twr": i / 100, "turnover_annual": float(i)}) for i in range(n)]


def test_one_account_among_the_others_of_its_band():
    rows = [*survey(11), SurveyRow("X", "FROM_10M", {"twr": 9.0})]

    peers = percentiles("A10", rows, DAY)

    assert (peers.band, peers.n, peers.withheld) == ("50万至300万元", 10, None)
    assert peers.percentile == {"twr": 100.0, "turnover_annual": 0.0}


def test_nine_others_are_too_few():
    peers = percentiles("A0", survey(10), DAY)

    assert peers.percentile == {}
    assert peers.withheld == "同资产段（50万至300万元）其他账户 9 个，不足 10 个，暂不比较"


def test_a_measure_that_few_others_have_is_not_ranked():
    rows = [*survey(11), SurveyRow("B", "FROM_500K", {"twr": 0.0, "sharpe": 1.0})]

    assert set(percentiles("B", rows, DAY).percentile) == {"twr"}


def test_an_account_outside_the_survey_says_so():
    assert percentiles("Z", survey(20), DAY).withheld is not None


@given(
    values=st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, np.nan]), min_size=24, max_size=60),
    place=st.lists(st.integers(-1, 2), min_size=60, max_size=60),
)
def test_the_whole_book_is_ranked_as_each_account_is(values, place):
    metrics = {"twr": np.array(values), "volatility": np.abs(values)}
    band = np.array(place[: len(values)])
    names = [row.id for row in bands(DAY)]
    rows = [
        SurveyRow(
            str(i), names[band[i]], {name: float(v[i]) for name, v in metrics.items() if np.isfinite(v[i])}
        )
        for i in range(len(values))
        if band[i] >= 0
    ]

    book = book_percentiles(metrics, band, DAY)

    for i in range(len(values)):
        alone = percentiles(str(i), rows, DAY).percentile
        for name in metrics:
            if name in alone:
                assert book[name][i] == pytest.approx(alone[name])
            else:
                assert np.isnan(book[name][i])
