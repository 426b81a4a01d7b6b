"""The timed report is a whole one, and its peer is given the very returns that it was made from."""

import numpy as np
import pytest

from benchmarks.report import case, make, packed, pool, returns_of


@pytest.fixture(scope="module")
def made():
    given = case(3, points=300, trades=60, stocks=6)
    return given, make(given, pool(points=300, stocks=40))


def test_all_twelve_sections_are_in_it(made):
    _, one = made

    assert [section.number for section in one.report.sections] == list(range(1, 13))
    assert one.pdf.startswith(b"%PDF")
    assert "<svg" in one.html
    assert one.report.digest.startswith("sha256:")


def test_every_step_was_timed(made):
    _, one = made

    assert list(one.steps) == ["数字", "成文", "图", "HTML", "PDF"]
    assert one.taken == pytest.approx(sum(one.steps.values()))


def test_the_peer_gets_the_same_returns(made):
    given, one = made

    returns, benchmark = returns_of(one, given)

    total = float(np.prod(1 + returns) - 1)
    assert total == pytest.approx(one.report.metrics["twr"]["value"], rel=1e-8)
    assert len(returns) == len(benchmark) == 300


def test_another_case_is_another_report(made):
    _, one = made
    universe = pool(points=300, stocks=40)

    other = make(case(4, points=300, trades=60, stocks=6), universe)

    assert other.report.digest != one.report.digest


def test_the_page_is_within_its_budget(made):
    _, one = made

    assert packed(one.html) <= 300_000
