"""The documents say what the rule data say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mot.documents import AS_OF, events_document, scenarios_document
from mot.events.kinds import event_kinds
from mot.features import FEATURES
from mot.matching.gate import HOLDS_BACK
from mot.scenario.loading import shipped

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(("name", "make"), [("mot-events", events_document), ("mot-scenarios", scenarios_document)])
def test_a_document_is_fresh(name, make):
    assert (DOCS / f"{name}.md").read_text("utf-8") == make(), "run python -m cli.documents"


def test_nothing_is_left_out():
    told, said = events_document(), scenarios_document()

    assert all(f"`{kind}`" in told for kind in event_kinds(AS_OF))
    assert all(f"`{name}`" in said for name in (*FEATURES, *HOLDS_BACK, *(one.id for one in shipped(AS_OF))))
