"""A half-year counted from the records, filed once, kept for twenty years."""

from __future__ import annotations

from datetime import date

import pytest

from kit.access import everything
from reports.inspection.service import InspectionService, NoInspection
from suitability.changes.service import ChangeService
from suitability.desk import matching_desk
from suitability.facts import Request
from suitability.levels import AskedBy, OrderSide
from suitability.tally import Period
from suitability.tally_service import tally
from tests.suitability.assessment.desk import DAY, stamp
from tests.suitability.changes.world import QIAN, ZHAO, text_of

HALF = Period(date(2026, 1, 1), date(2026, 6, 30))


def softened(rules):
    rules["SUIT-115"]["values"].append({"from": DAY, "value": None})


def test_what_happened_is_counted(world):
    session = world.session
    checks = matching_desk(session, everything(DAY))
    for client, who in (("K1", AskedBy.FIRM), ("K5", AskedBy.CLIENT), ("K3", AskedBy.CLIENT)):
        request = Request(client_no=client, product_code="P5", asked_by=who, side=OrderSide.BUY, day=DAY)
        made = checks.decide(request, stamp(ZHAO))
    changes = ChangeService(session)
    draft = changes.draft_rules(
        "matching", text_of("matching", softened), title="目标", reason="口径", effective_from=DAY, stamp=stamp(ZHAO)
    )
    shown = changes.preview(draft.id, stamp(ZHAO)).digest
    changes.approve(draft.id, shown, reason="同意", stamp=stamp(QIAN))
    found = tally(session, HALF)
    before = tally(session, Period(date(2025, 7, 1), date(2025, 12, 31)))

    assert (found.people.clients, sum(found.people.by_class.values()), found.people.by_class["C3"]) == (6, 6, 2)
    assert found.assessing.by_form == {"natural-20.1": 6}
    assert found.assessing.confirmed == 6
    assert sum(found.deciding.by_outcome.values()) == 3
    assert found.deciding.by_outcome["FIRM/REFUSE"] == 1
    assert found.deciding.by_rule["SUIT-101"] == 1
    assert found.deciding.duties_due >= len(made.duties) > 0
    assert found.rating.rated == found.rating.filed == 3
    assert [one["title"] for one in found.changes] == ["目标"]
    assert (sum(before.deciding.by_outcome.values()), before.assessing.by_form, before.changes) == (0, {}, ())
    assert before.people.by_class["NONE"] == 6


def test_a_report_is_filed_once_and_whole(world):
    desk = InspectionService(world.session, "示例证券")
    with pytest.raises(NoInspection):
        desk.filed("2026H1")
    report = desk.make("2026H1")
    assert desk.file(report, stamp())
    assert not desk.file(desk.make("2026H1"), stamp())
    (row,) = desk.filed("2026H1")

    assert (row.digest, row.retain_until) == (report.digest, date(2046, 3, 10))
