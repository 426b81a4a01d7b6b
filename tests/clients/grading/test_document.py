"""docs/grading.md names every feature as it is registered and every scheme as its file says."""

from pathlib import Path

import pytest

from clients.grading.features import FEATURES
from tests.clients.grading.schemes import SCHEMES

TEXT = (Path(__file__).parents[3] / "docs" / "grading.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_a_feature_is_in_the_document(name):
    one = FEATURES[name]
    row = f"| `{name}` | {one.label} | {one.unit.label} | {one.window.label} | `{one.owner}` | {one.meaning} |"

    assert row in TEXT


@pytest.mark.parametrize("code", sorted(SCHEMES))
def test_a_scheme_is_in_the_document(code):
    assert f"| `{code}` | {SCHEMES[code].title} |" in TEXT
