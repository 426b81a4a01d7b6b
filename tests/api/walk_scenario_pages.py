"""The walk's entries for the pages of scenarios: no scenario is there, so one is not found."""

from __future__ import annotations

from typing import Final

from tests.api.steps import REFUSED, Entry, get

MISSING: Final = frozenset({404})
VERSION: Final = "/scenarios/no-such/versions/0123456789ab"

SCENARIO_PAGES: Final[dict[str, Entry]] = {
    "scenarios_page": get("/scenarios"),
    "scenario_draft_page": get("/scenarios/new"),
    "draft_scenario_page": Entry("POST", "/scenarios", REFUSED, form={"text": "id: x"}),
    "scenario_page": get("/scenarios/no-such", good=MISSING),
    "scenario_version_page": get(VERSION, good=MISSING),
    "backtest_page": get(f"{VERSION}/backtest", good=MISSING),
    "preview_scenario_page": Entry("POST", f"{VERSION}/preview", MISSING, form={}),
    "approve_scenario_page": Entry("POST", f"{VERSION}/approve", MISSING, form={"note": "试"}),
    "retire_scenario_page": Entry("POST", f"{VERSION}/retire", MISSING, form={"note": "试"}),
}
