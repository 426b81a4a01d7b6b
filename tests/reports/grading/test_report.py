"""客户分类分级报告: what it says of a small book, by hand; every form says the same; laws of concentration."""

import io
import json
from datetime import date, timedelta

import numpy as np
import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.grading.book import NOT_GRADED, StandingGrades
from clients.grading.migration import NEW, migration
from clients.grading.problems import NoSuchScheme
from clients.grading.review.problems import NothingGraded
from kit.access import everything
from reports.grading.concentration import concentration
from reports.grading.html import export_grading
from reports.grading.pdf import render_grading
from reports.grading.service import GradingReports, write_grading
from reports.grading.xlsx import grading_workbook
from tests.clients.grading.review.house import SPRING

MAY = date(2026, 5, 6)
MOVED = (50_000.0, 5_000.0, 5_000.0, 5_000.0, 50.0, 0.0)  # C1 from A to B, C3 from C to B, C4 from D to C


def desk(house, day=MAY):
    return GradingReports(house.session, everything(day), "示范证券")


def test_without_a_run_there_is_no_report(house):
    with pytest.raises(NothingGraded, match="heshi grade"):
        desk(house).make(MAY)


def test_the_matrix_by_hand(house):
    house.grade()
    house.grade(MAY, MOVED)
    standing = StandingGrades(house.session, everything(MAY))
    found = migration(standing.on(SPRING, engine=True), standing.on(MAY, engine=True), "ABCD")

    assert found.rows == ("A级", "B级", "C级", "D级", NOT_GRADED, NEW)
    assert found.counts.tolist() == [
        [1, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0] * 5, [0] * 5,
    ]  # fmt: skip
    assert (found.better, found.worse, found.same, found.moved) == (2, 1, 3, 3)
    assert found.assets[0].tolist() == [2_500_000.0, 250_000.0, 0.0, 0.0, 0.0]
    with pytest.raises(NoSuchScheme):
        migration(standing.on(SPRING), standing.on(MAY), "NONE")


def test_whoever_was_not_there_before_is_new(house):
    house.grade(MAY)
    standing = StandingGrades(house.session, everything(MAY))
    found = migration(standing.on(SPRING), standing.on(MAY), "ABCD")
    assert (found.counts[-1].sum(), found.moved, found.same) == (6, 0, 0)


@pytest.fixture
def report(house):
    house.approved()
    house.grade(MAY, MOVED)
    return desk(house).make(MAY)


def test_every_form_says_the_same(report, tmp_path):
    paths = write_grading(report, tmp_path)
    html, data = export_grading(report), json.loads((tmp_path / f"grading-{MAY}.json").read_text(encoding="utf-8"))
    pdf = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_grading(report))).pages)
    book = openpyxl.load_workbook(io.BytesIO(grading_workbook(report)))

    assert [path.suffix for path in paths] == [".html", ".pdf", ".xlsx", ".json"]
    assert data["digest"] == report.digest
    assert report.verdict in html.replace("<em>", "").replace("</em>", "")
    assert report.digest in html
    assert "客户分类分级报告" in pdf.replace("\n", "")
    assert book.sheetnames == ["摘要", "等级与资产", "集中度", "迁移", "各方案", "评定"]
    abcd = data["numbers"]["schemes"]["ABCD"]
    assert [(one["grade"], one["clients"]) for one in abcd["classes"]] == [("A", 2), ("B", 1), ("C", 1), ("D", 2)]
    assert abcd["basis"] == "REVIEW"  # approved in spring, whatever the engine says in May
    assert data["numbers"]["concentration"]["total"] == 50 * sum(MOVED)
    assert render_grading(report) == render_grading(report)
    assert grading_workbook(report) == grading_workbook(report)


def test_what_it_rests_on_is_said(house, report):
    assert any("界限待公司核定" in one for one in report.limits)
    house.grade(MAY + timedelta(days=1), MOVED)
    assert desk(house).make(MAY).digest == report.digest  # a later run changes nothing in it
    review = next(one for one in report.sections if one.id == "review")
    assert "年度评定 2026，已批准" in review.lead


def test_concentration_by_hand():
    told = concentration(np.array([0.0, 0.0, 0.0, 100.0, np.nan, -5.0]))
    assert (told.clients, told.total, told.gini, told.unknown, told.negative) == (4, 100.0, 0.75, 1, 1)
    assert told.tops[-1] == (0.5, 2, 1.0)
    assert concentration(np.full(3, 7.0)).gini == pytest.approx(0.0)
    assert concentration(np.array([np.nan])).gini is None


@given(st.lists(st.integers(0, 10**11).map(lambda cents: cents / 100), min_size=1, max_size=60), st.floats(0.5, 100))
def test_concentration_lies_between_all_alike_and_one_has_all_and_knows_no_unit(assets, factor):
    told, scaled = concentration(np.array(assets)), concentration(np.array(assets) * factor)
    if told.gini is None:
        return
    n = len(assets)
    assert -1e-9 <= told.gini <= (n - 1) / n + 1e-9
    assert scaled.gini == pytest.approx(told.gini, abs=1e-6)
    curve = [share for _, share in told.curve]
    assert curve == sorted(curve)
    assert all(share <= part + 1e-9 for part, share in told.curve)
    assert [share for *_, share in told.tops] == sorted(share for *_, share in told.tops)
