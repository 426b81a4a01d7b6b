"""The table of measures is whole, told in the house's manner, and the document made from it is fresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnosis.conventions import METRIC_IDS, conventions, metric, metrics_document, withheld
from diagnosis.parameters import parameters, risk_free_on, rulebook
from diagnosis.reasons import TEXT, Reason, sentence
from diagnosis.types import Unit

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
PROMISES = ("保证", "一定", "必将", "稳赚", "！", "!")


def test_every_id_has_its_row():
    assert tuple(conventions()) == METRIC_IDS
    assert len(set(METRIC_IDS)) == 44


@pytest.mark.parametrize("metric_id", METRIC_IDS)
def test_a_row_says_everything_and_promises_nothing(metric_id):
    row = conventions()[metric_id]

    assert row.unit in {unit.value for unit in Unit}
    for text in (row.name, row.convention, row.minimum, row.plain, row.source):
        assert text.strip()
        assert "|" not in text, "a bar would break the document's table"
    assert row.plain.endswith("。")
    assert not any(word in row.plain for word in PROMISES)


def test_the_document_is_fresh():
    assert DOCUMENT.read_text(encoding="utf-8") == metrics_document(), "run: python -m cli.documents"


def test_no_number_and_no_reason_is_both():
    assert metric("twr", 0.1).withheld is None
    assert withheld("twr", "没有数据").value is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="withhold"):
        metric("twr", value)


def test_every_reason_has_its_sentence():
    assert set(TEXT) == set(Reason) - {Reason.GIVEN}
    for reason in TEXT:
        assert "{" not in sentence(reason, n=1, needed=2, side=3, days=4)


RATES = [  # day, currency, rate, source: one-year deposit benchmark rate by its first days
    ("2015-10-23", "CNY", 0.0175, "the day before the change"),
    ("2015-10-24", "CNY", 0.0150, "the first day"),
    ("2024-06-30", "CNY", 0.0150, "still in force"),
    ("2024-06-30", "EUR", 0.0, "no rate chosen for other currencies"),
]


@pytest.mark.parametrize(("day", "currency", "rate", "source"), RATES)
def test_risk_free_by_day(day, currency, rate, source):
    from datetime import date

    assert risk_free_on(currency, date.fromisoformat(day).toordinal()) == rate, source


def test_a_caller_may_know_better():
    chosen = parameters(periods_per_year=12, acceptable=0.005)

    assert (chosen.periods_per_year, chosen.acceptable) == (12, 0.005)
    assert chosen.min_points == rulebook()["MIN-POINTS"].values[-1][1]


def test_no_parameter_claims_to_be_official():
    assert not any(rule.confirmed for rule in rulebook())
