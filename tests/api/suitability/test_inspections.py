"""The half-yearly self-inspection by the API: made once, listed, read, taken away as PDF, workbook and data."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from sqlmodel import col, select

from kit.db import transaction
from reports.inspection.filed import inspection_from_text
from reports.inspection.tables import InspectionRow
from reports.problems import DamagedReport, UnreadableReport
from tests.api.conftest import row_counts

PLACE = "/suitability/inspections"


def kind(answer):
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


def test_a_half_year_is_made_filed_once_and_taken_away(house):
    officer, auditor = house.as_("compliance"), house.as_("auditor")
    made = officer.post(PLACE, {"half": "2024H2"})
    again = officer.post(PLACE, {"half": "2024H2"})
    found = made.json()
    own = f"{PLACE}/{found['id']}"
    whole = auditor.get(own).json()
    files = {form: auditor.get(f"{own}/file", format=form) for form in ("pdf", "xlsx", "json")}

    assert (made.status_code, made.headers["location"], found["filed"]) == (201, f"/api/v1{own}", True)
    assert (again.status_code, again.json()) == (200, {**found, "filed": False})
    assert (whole["half"], whole["digest"], whole["made_by"]) == ("2024H2", found["digest"], "compliance")
    assert [one["title"] for one in whole["sections"]][:2] == ["了解客户", "了解产品"]
    assert files["pdf"].content.startswith(b"%PDF")
    assert files["pdf"].headers["content-disposition"] == 'attachment; filename="suitability-2024H2.pdf"'
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"].content))
    assert book.sheetnames[0] == "自查结论"
    assert found["digest"] in [str(row[0]).removeprefix("数据指纹 ") for row in book.active.values]
    assert json.loads(files["json"].content)["digest"] == found["digest"]
    assert auditor.get(f"{own}/file", format="pdf").content == files["pdf"].content
    assert house.actions("self_inspection") == ["inspection.file"]


def test_the_list_is_by_number_the_newest_first(house):
    officer = house.as_("compliance")
    made = [officer.post(PLACE, {"half": half}).json()["id"] for half in ("2024H1", "2024H2")]
    page = officer.get(PLACE, limit=1)
    rest = officer.get(page.headers["link"].partition(">")[0].removeprefix("</api/v1")).json()

    assert [one["id"] for one in page.json()["items"] + rest["items"]] == made[::-1]
    assert [one["half"] for one in officer.get(PLACE, half="2024H1").json()["items"]] == ["2024H1"]


@pytest.mark.parametrize(("half", "expected"), [
    ("2025H2", (409, "half-not-begun")), ("2025", (422, "malformed")), ("2025H3", (422, "malformed")),
])  # fmt: skip
def test_what_is_no_half_year_is_refused(half, expected, shelf):
    officer, before = shelf.as_("compliance"), row_counts(shelf.url)

    assert kind(officer.post(PLACE, {"half": half})) == expected
    assert row_counts(shelf.url) == before


def test_who_may_make_and_who_may_look(shelf):
    assert shelf.as_("auditor").post(PLACE, {"half": "2024H2"}).status_code == 403
    assert shelf.as_("advisor").get(PLACE).status_code == 403
    assert kind(shelf.as_("auditor").get(f"{PLACE}/999")) == (404, "no-inspection")


def test_a_stored_report_that_was_tampered_with_is_not_shown(house):
    house.as_("compliance").post(PLACE, {"half": "2024H2"})
    with transaction(house.url) as session:
        row = session.exec(select(InspectionRow).order_by(col(InspectionRow.id))).one()
        content, digest = row.content, row.digest

    assert inspection_from_text(content, digest).digest == digest
    with pytest.raises(DamagedReport, match="不符"):
        inspection_from_text(content.replace("上半年", "下半年").replace("下半年", "全年"), digest)
    with pytest.raises(UnreadableReport, match="格式"):
        inspection_from_text(content.replace("heshi.inspection/1", "heshi.inspection/9"), digest)
