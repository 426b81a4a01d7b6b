"""《客户质量等级评估表》 out and in: what is locked, what is taken, every refused row by line, column and reason."""

import io
from datetime import date

import openpyxl
import pytest

from clients.grading.review.intake import take_sheet
from clients.grading.review.problems import WrongStep
from clients.grading.review.types import Arrangement
from kit.sheets import SheetProblem
from reports.grading.sheet import HEAD_ROW, sheet_workbook
from reports.masking import mask_name
from tests.clients.grading.review.house import CHAIR, CLIENTS, SECTION

DAY = date(2026, 3, 27)
FIRST = HEAD_ROW + 2  # the first client's row, counted from 1


class Filled:
    """The sheet of a review, filled by a person."""

    def __init__(self, house, tmp_path):
        self.house, self.path = house, tmp_path / "评估表.xlsx"
        self.made = sheet_workbook(house.desk.get("2026"), house.desk.sheet_lines("2026"), "示范证券", day=DAY)
        self.book = openpyxl.load_workbook(io.BytesIO(self.made))
        self.sheet = self.book["评估表"]
        self.at = {self.sheet.cell(HEAD_ROW + 1, i).value: i for i in range(1, self.sheet.max_column + 1)}

    def put(self, client, **cells):
        row = FIRST + CLIENTS.index(client)
        for heading, value in cells.items():
            self.cell(row, heading).value = value
        return row

    def cell(self, row, heading):
        return self.sheet.cell(row, self.at[heading.replace("_", "·")])

    def take(self, **how):
        self.book.save(self.path)
        house = self.house
        return take_sheet(self.path, house.desk.get("2026"), house.desk, SECTION, naming=mask_name, **how)


@pytest.fixture
def filled(house, tmp_path):
    house.at_meeting()
    return Filled(house, tmp_path)


def test_the_sheet_shows_the_book_and_locks_what_was_computed(filled):
    sheet, row = filled.sheet, FIRST
    assert [sheet.cell(FIRST + i, 1).value for i in range(6)] == list(CLIENTS)
    names = ("客户", "营业部", "客户等级_系统", "客户等级_评定", "版本")
    shown = {name: filled.cell(row, name).value for name in names}
    assert shown == {"客户": "客**", "营业部": "营业部 B1", "客户等级_系统": "A级", "客户等级_评定": "A级", "版本": 1}
    assert filled.cell(row, "买入金额（元）").value == 5_000_000
    assert sheet.protection.sheet
    open_ones = {name for name, at in filled.at.items() if not sheet.cell(row, at).protection.locked}
    assert open_ones == {
        "客户等级·评定", "客户资信度·评定", "变动理由", "服务计划", "特殊政策", "政策说明", "特殊结算", "结算说明",
    }  # fmt: skip
    assert str(filled.cell(row, "客户等级_变动").value).startswith("=IF(")
    lists = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation if one.type == "list"}
    assert '"A级,B级,C级,D级,不评"' in lists.values()
    assert filled.book["汇总"]["A4"].value == "A级"
    again = sheet_workbook(filled.house.desk.get("2026"), filled.house.desk.sheet_lines("2026"), "示范证券", day=DAY)
    assert again == filled.made


def test_what_the_section_decided_is_taken_once(filled):
    filled.put("C2", 客户等级_评定="A级", 变动理由="集团内第二大客户", 服务计划="专属经理")
    filled.put("C3", 特殊政策="新增", 政策说明="佣金优惠")

    looked = filled.take(dry_run=True)
    assert (looked.changed, filled.house.desk.changes("2026")) == (("C2", "C3"), ())
    taken = filled.take()
    again = filled.take()

    assert (taken.read, taken.changed, taken.unchanged, taken.refused) == (6, ("C2", "C3"), 4, ())
    line = filled.house.desk.line("2026", "C2")
    assert (line.grades["ABCD"].grade, line.reason, line.plan) == ("A", "集团内第二大客户", "专属经理")
    assert filled.house.desk.line("2026", "C3").policy_action is Arrangement.NEW
    assert [one.source.value for one in filled.house.desk.changes("2026")] == ["SHEET", "SHEET"]
    assert again.changed == ()
    assert {one.column for one in again.refused} == {"版本"}  # the sheet is older than what it brought in


def test_every_bad_row_is_named_and_the_rest_is_taken(filled):
    house = filled.house
    house.edit("2026", "C5", plan="别人刚改过")
    rows = {
        "C0": filled.put("C0", 客户等级_系统="B级"),
        "C1": filled.put("C1", 客户等级_评定="E级"),
        "C2": filled.put("C2", 客户等级_评定="C级"),
        "C3": filled.put("C3", 特殊政策="取消"),
        "C5": FIRST + 5,
    }
    filled.put("C4", 服务计划="保留")

    taken = filled.take()

    assert taken.changed == ("C4",)
    assert [(one.line, one.client_no, one.column, one.value) for one in taken.refused] == [
        (rows["C0"], "C0", "客户等级·系统", "B级"), (rows["C1"], "C1", "客户等级·评定", "E级"),
        (rows["C2"], "C2", "变动理由", ""), (rows["C3"], "C3", "特殊政策", "取消"), (rows["C5"], "C5", "版本", "1"),
    ]  # fmt: skip
    said = [one.words for one in taken.refused]
    assert "应为“A级”：这一列锁定，不能改" in said[0]
    assert "应为A级、B级、C级、D级、不评" in said[1]
    assert "由“B级”改为“C级”，须写明理由" in said[2]
    assert "应为维持、新增、调整、撤销，或留空" in said[3]
    assert "现为第 2 版" in said[4]
    assert house.desk.line("2026", "C1").version == 1


def test_strict_takes_all_or_nothing(filled):
    filled.put("C1", 客户等级_评定="E级")
    filled.put("C4", 服务计划="保留")
    taken = filled.take(strict=True)
    assert (taken.changed, len(taken.refused)) == ((), 1)
    assert filled.house.desk.changes("2026") == ()


def test_a_row_twice_and_a_client_of_nobody_are_refused(filled):
    for at, cell in enumerate(list(filled.sheet[FIRST]), 1):
        filled.sheet.cell(FIRST + 6, at).value = cell.value
    filled.put("C4", 客户号="C99")
    taken = filled.take()
    assert [(one.line, one.client_no, one.column) for one in taken.refused] == [
        (FIRST, "C0", "客户号"), (FIRST + 4, "C99", "客户号"), (FIRST + 6, "C0", "客户号"),
    ]  # fmt: skip
    assert "两行都不采用" in taken.refused[0].words


def test_another_persons_clients_another_review_and_other_columns_are_refused(filled):
    house = filled.house
    filled.put("C0", 评定="2025")
    filled.book.save(filled.path)
    own = take_sheet(filled.path, house.desk.get("2026"), house.of_person("S1"), SECTION, naming=mask_name)
    assert {one.client_no: one.column for one in own.refused} == {
        "C0": "评定", "C3": "客户号", "C4": "客户号", "C5": "客户号",
    }  # fmt: skip
    filled.sheet.delete_cols(filled.at["版本"])
    with pytest.raises(SheetProblem, match="不是这次评定的评估表：缺 版本 列"):
        filled.take()


def test_a_closed_review_takes_no_sheet(filled):
    house = filled.house
    filled.put("C4", 服务计划="迟到")
    house.desk.cancel("2026", reason="作废", expected_version=house.desk.get("2026").version, stamp=CHAIR)
    with pytest.raises(WrongStep, match="已撤销"):
        filled.take()
