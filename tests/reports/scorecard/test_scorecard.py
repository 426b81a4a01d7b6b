"""Score card and team report: what they say of a small house, by hand; every form says the same; a golden to read."""

import io
import json
from dataclasses import replace

import openpyxl
import pypdf

from reports.grading.html import export_grading
from reports.grading.pdf import render_grading
from reports.grading.xlsx import grading_workbook
from reports.model import Chart, Items, Paragraph, Table
from reports.scorecard.service import ScoreCards, file_of, write_scorecards
from tests.advisors.periods.house import JUDGE, cards, of, severe, team


def desk(house, scope):
    return ScoreCards(house.session, scope, "示范证券")


def blocks(report, id_):
    return next(one.blocks for one in report.sections if one.id == id_)


def test_a_card_by_hand(house):
    house.published()
    report = desk(house, of("S2")).card("2026Q1", "S2")

    assert report.verdict == "2026 年第 1 季度定级 L3 高级投资顾问，得分 58.50。"
    assert [(one.label, one.text) for one in report.figures] == [
        ("等级", "高级投资顾问"), ("得分", "58.50"), ("扣分", "−5.00"), ("合规系数", "1.00"), ("同组位置", "25%"),
    ]  # fmt: skip
    steps = next(one for one in blocks(report, "level") if isinstance(one, Chart)).data["steps"]
    # 50, growth 0.5 × (54.5 − 50), service 0.5 × (62.5 − 50), what the card says came of it, the complaint
    assert [(one["label"], one["value"]) for one in steps] == [
        ("同组平均", 50.0), ("成长", 2.25), ("服务", 6.25), ("加权得分", 63.5), ("扣分", -5.0), ("得分", 58.5),
    ]  # fmt: skip
    assert report.numbers["components"][0]["indicators"][0]["value"]["left_out"][0]["key"] == "C9"


def test_a_withheld_figure_says_why_and_is_no_zero(house):
    house.published()
    service = next(
        one for one in blocks(desk(house, of("S2")).card("2026Q1", "S2"), "figures")
        if isinstance(one, Table) and one.title.startswith("服务")
    )  # fmt: skip
    row = next(row for row in service.rows if row[0].text == "满意率")
    assert (row[1].text, row[5].value, row[6].text) == ("不评", None, "0%")
    assert "满意率不评：本期没有答卷" in service.note


def test_what_was_left_out_stands_there_by_name(house):
    house.published()
    table = blocks(desk(house, of("S2")).card("2026Q1", "S2"), "ground")[1]
    assert [cell.text for cell in table.rows[0]] == [
        "资产增长率", "C9", "错配买入的资产", "错配案件 M-1", "120,000.00",
    ]  # fmt: skip


def test_nobody_else_is_named_on_a_card(house):
    house.published()
    told = json.dumps(desk(house, of("S2")).card("2026Q1", "S2").content(), ensure_ascii=False)
    assert [name for name in ("S1", "S3", "S4", "S5", "S6") if f"人员{name}" in told or f'"{name}"' in told] == []


def test_a_group_of_two_is_not_compared_in_any_figure(house):
    house.published([replace(one, peer_group="二人组") if one.staff_no in ("S2", "S3") else one for one in cards()])
    report = desk(house, of("S2")).card("2026Q1", "S2")
    assert "人数过少" in next(one.lead for one in report.sections if one.id == "peers")
    means = [row[3].text for one in blocks(report, "figures") if isinstance(one, Table) and not one.collapsed
             for row in one.rows]  # fmt: skip
    assert set(means) == {"—"}


def test_a_veto_is_told_first_hand(house):
    house.published([*cards()[:5], severe("S6")])
    report = desk(house, team("S5")).card("2026Q1", "S6")
    vetoes = next(one for one in blocks(report, "conduct") if isinstance(one, Items) and one.title == "一票否决")
    assert report.verdict == "2026 年第 1 季度定级 L1 助理投资顾问，得分 90.00。"
    assert [(one.title, one.text) for one in vetoes.items] == [
        ("主动推介错配产品", "行为登记 X-1；2027-03-31 以前不得晋级")
    ]


def test_a_team_by_hand(house):
    house.published()
    report = desk(house, team("M1")).team("2026Q1")
    people = blocks(report, "people")[0]
    assert report.title == "服务人员考评　营业部 B1"
    assert report.verdict == "2026 年第 1 季度：L4 1 人、L3 1 人、L1 1 人、不评级 1 人。"
    assert [(row[0].text, row[3].value, row[5].text) for row in people.rows] == [
        ("人员S1（S1）", 72.0, "L4"), ("人员S2（S2）", 58.5, "L3"), ("人员S3（S3）", 31.0, "L1"),
        ("人员S4（S4）", None, "不评级"),
    ]  # fmt: skip
    weak = {row[0].text: row[1].value for row in blocks(report, "weak")[0].rows}
    assert weak == {"资产增长率": 48.875, "task_timely": 56.875}  # means of four people, each 4 below and 4 above
    assert isinstance(blocks(report, "weak")[1], Paragraph)


def test_an_upheld_appeal_shows_beside_what_the_run_gave(house):
    house.published()
    appeal = house.appealed()
    house.appeals.decide(appeal.id, upheld=True, reason="核实", expected_version=1, stamp=JUDGE)
    people = blocks(desk(house, team("M1")).team("2026Q1"), "people")[0]
    assert people.rows[1][5].text == "L4（申诉更正，原为 L3）"
    assert desk(house, of("S2")).card("2026Q1", "S2").verdict.startswith("2026 年第 1 季度定级 L4 特级投资顾问")


def test_every_form_says_the_same(house, tmp_path):
    house.published()
    report = desk(house, of("S2")).card("2026Q1", "S2")
    paths = write_scorecards(report, tmp_path, "scorecard-S2")
    data = json.loads((tmp_path / "scorecard-S2-2026-03-31.json").read_text(encoding="utf-8"))
    html, pdf = export_grading(report), render_grading(report)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
    book = openpyxl.load_workbook(io.BytesIO(grading_workbook(report)))

    assert [path.suffix for path in paths] == [".html", ".pdf", ".xlsx", ".json"]
    assert (data["digest"], data["format"], data["numbers"]["score"]) == (report.digest, "heshi.scorecard/1", 58.5)
    assert report.digest in html
    assert "服务人员评分卡" in text
    assert "58.50" in text
    said = [block.empty for block in blocks(report, "conduct") if isinstance(block, Items) and not block.items]
    assert len(said) == 2
    assert all(one in text for one in said)  # a heading is never left alone
    assert book.sheetnames == ["摘要", "等级怎么来的", "各板块与指标", "合规", "同组比较", "下一步", "依据", "历次等级"]
    numbers = [
        cell.value for row in book["等级怎么来的"].iter_rows() for cell in row if isinstance(cell.value, int | float)
    ]
    assert 58.5 in numbers
    assert file_of(report, "pdf")[0] == pdf


def test_a_card_to_read(house, golden):
    """The card as a person reads it, kept whole."""
    house.published()
    report = desk(house, of("S2")).card("2026Q1", "S2")
    told = {name: value for name, value in report.content().items() if name not in ("numbers", "versions")}
    golden("scorecard.json", json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
