"""Every bound of every factor of the weighted schemes: on it, just below, just above, by the file's own words."""

import numpy as np
import pytest
import yaml

from clients.grading.engine import decide, points
from clients.grading.features import FEATURES
from clients.grading.loading import shipped
from clients.grading.schemes import Score
from tests.clients.grading.schemes import SCHEMES

WORDS = {
    "from": lambda value, bound: value >= bound,  # 以上
    "above": lambda value, bound: value > bound,  # 超过
    "to": lambda value, bound: value <= bound,  # 以下（含）
    "below": lambda value, bound: value < bound,  # 不满
    "is": lambda value, bound: value == bound,
}


def bodies():
    """(scheme, source, what is looked at, rows as they are written) of every points file."""
    for book in shipped():
        (rule,) = yaml.safe_load(book.text)
        body = rule["values"][-1]["value"].get("points")
        if body:
            code = rule["id"].removeprefix("GRADE-")
            for factor in (*body["factors"], *body.get("deductions", ())):
                yield code, rule["source"], factor["feature"], factor["rows"]
            yield code, rule["source"], "score", body["rows"]


CASES = [
    (code, source, what, float(bound) + move * step)
    for code, source, what, rows in bodies()
    for step in [1.0 if what != "score" and FEATURES[what].whole else 0.0001]
    for bound in sorted({row[word] for row in rows for word in WORDS if word in row})
    for move in (-1, 0, 1)
]
ROWS = {(code, what): rows for code, _, what, rows in bodies()}


@pytest.mark.parametrize(("code", "source", "what", "value"), CASES)
def test_a_bound_of_weighted_points(code, source, what, value):
    (row,) = (
        row for row in ROWS[code, what] if all(holds(value, row[word]) for word, holds in WORDS.items() if word in row)
    )
    scheme = SCHEMES[code]
    (axis,) = scheme.axes
    assert isinstance(axis, Score)

    if what == "score":
        got = scheme.classes[int(decide(scheme, [np.array([value])])[0])].code
        assert got == row["class"], source
    else:
        factor = next(one for one in (*axis.factors, *axis.deductions) if one.feature == what)
        assert int(points(factor, np.array([value]))[0][0]) == row["points"], source
