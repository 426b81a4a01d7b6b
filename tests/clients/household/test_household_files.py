"""Household files: known by their columns, twice changes nothing, refused rows by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from clients.household.service import HouseholdService
from clients.household.tables import HouseholdRow, ItemRow, MemberRow
from clients.household.types import GoalCategory, MemberRole, Per, Sex, Witness
from clients.intake import import_file
from kit.access import everything
from kit.db import engine

DAY = date(2026, 6, 1)
MEMBERS = (
    "household_no,member_no,client_no,role,birth_date,sex,retire_age,shares_accounts\n"
    "H1,M1,C1,SELF,1986-06-01,MALE,60,是\n"
    "H1,M2,C2,配偶,1988-06-01,女,,否\n"
    "H1,M3,,女儿,2016-09-01,F,,\n"
)
ITEMS = (
    "household_no,item_no,kind,category,amount,as_of,per,member_no,first_on,last_on,growth,priority,witness,note\n"
    'H1,I1,ASSET,CASH,"120,000.50",2026-05-01,,,,,,,DOCUMENT,\n'
    "H1,I2,收入,工资,20000,2026-05-01,每月,M1,,,0.03,,,\n"
    "H1,I3,目标,留学,300000,2026-05-01,一次,M3,2034-09-01,,,1,,硕士\n"
)


class Files:
    def __init__(self, url, folder):
        self.url, self.folder = url, folder
        self.take("client_no,name,kind\nC1,甲,NATURAL\nC2,乙,NATURAL\nC3,丙,NATURAL\n", "clients.csv")

    def take(self, text, name="file.csv", **options):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return import_file(self.url, path, **options)

    def rows(self, table):
        with Session(engine(self.url)) as session:
            return list(session.exec(select(table)))

    def household(self, client_no="C1", day=DAY):
        with Session(engine(self.url)) as session:
            return HouseholdService(session, everything(day)).of_client(client_no, day)


@pytest.fixture
def files(database_url, tmp_path):
    return Files(database_url, tmp_path)


@pytest.fixture
def home(files):
    files.take(MEMBERS, "households.csv")
    return files


def counts(result):
    return result.kind, result.rows_new, result.rows_changed, result.rows_known, result.rows_refused


def refused(result):
    return [(one.line, one.column, one.expected) for one in result.rejects]


def test_the_kinds_are_known_by_their_columns_and_a_second_time_changes_nothing(files):
    first = [counts(files.take(MEMBERS, "households.csv")), counts(files.take(ITEMS, "balances.csv"))]
    again = [counts(files.take(MEMBERS, "households.csv")), counts(files.take(ITEMS, "balances.csv"))]

    assert first == [("households", 3, 0, 0, 0), ("balances", 3, 0, 0, 0)]
    assert again == [("households", 0, 0, 3, 0), ("balances", 0, 0, 3, 0)]
    assert [row.version for row in files.rows(HouseholdRow)] == [1]
    assert {row.revision for row in files.rows(ItemRow)} == {1}


def test_what_a_file_says_is_what_is_read(home):
    home.take(ITEMS, "balances.csv")
    found = home.household()
    cash, salary, goal = found.items

    assert [(one.role, one.sex, one.shares_accounts) for one in found.members] == [
        (MemberRole.SELF, Sex.MALE, True), (MemberRole.SPOUSE, Sex.FEMALE, False),
        (MemberRole.CHILD, Sex.FEMALE, False),
    ]  # fmt: skip
    assert (cash.amount, cash.witness) == (Decimal("120000.5"), Witness.DOCUMENT)
    assert (salary.per, salary.a_year, salary.growth) == (Per.MONTH, 240_000, 0.03)
    assert (goal.category, goal.per, goal.priority, goal.note) == (GoalCategory.EDUCATION, Per.ONCE, 1, "硕士")


def test_chinese_headings_and_a_household_by_its_client(home):
    result = home.take(
        "客户号,项目类型,类别,金额,截至日期,频率,月供\nC2,负债,房贷,900000,2026/5/1,,5000\nC1,支出,生活费,9000,2026/5/1,每月,\n"
    )

    assert counts(result) == ("balances", 2, 0, 0, 0)
    assert [(one.item_no, one.monthly_payment) for one in home.household().items] == [
        ("DEBT-MORTGAGE", Decimal(5000)), ("SPENDING-LIVING", None),
    ]  # fmt: skip


def test_another_amount_of_the_same_day_is_the_next_revision(home):
    home.take(ITEMS, "balances.csv")
    result = home.take(ITEMS.replace("20000,", "21000,"), "balances.csv")

    assert counts(result) == ("balances", 0, 1, 2, 0)
    assert sorted((row.item_no, row.revision) for row in home.rows(ItemRow)) == [
        ("I1", 1), ("I2", 1), ("I2", 2), ("I3", 1)
    ]  # fmt: skip


def test_a_later_file_puts_a_member_right(home):
    result = home.take("household_no,member_no,role,retire_age\nH1,M1,SELF,58\nH1,M2,SPOUSE,\n", "again.csv")
    members = {row.member_no: row for row in home.rows(MemberRow)}

    assert counts(result) == ("households", 0, 1, 1, 0)
    assert (members["M1"].retire_age, members["M1"].birth_date) == (58, date(1986, 6, 1))
    assert [row.version for row in home.rows(HouseholdRow)] == [2]


MEMBER_FAULTS = [
    ("H2,M1,C1,SELF,,,,", "client_no", "另一个家庭"),
    ("H1,M9,C1,OTHER,,,,", "client_no", "另一位成员"),
    ("H1,M1,C3,SELF,,,,", "client_no", "已是另一位客户"),
    ("H1,M9,C9,OTHER,,,,", "client_no", "没有这个客户"),
    ("H1,M9,,邻居,,,,", "role", "应为"),
    (",M9,,CHILD,,,,", "household_no", "不能为空"),
    ("H1,,,CHILD,,,,", "member_no", "至少要有一个"),
    ("H1,M9,,CHILD,2100-01-01,,,", "birth_date", "晚于今天"),
    ("H1,M9,,OTHER,,,29,", "retire_age", "30 至 85"),
    ("H1,M9,,OTHER,,,六十,", "retire_age", "不带小数"),
    ("H1,M9,,OTHER,,X,,", "sex", "应为"),
    ("H1,M9,,OTHER,,,,也许", "shares_accounts", "是 或 否"),
]


@pytest.mark.parametrize(("row", "column", "told"), MEMBER_FAULTS)
def test_a_member_that_cannot_be_is_refused_by_name(home, row, column, told):
    result = home.take(MEMBERS.splitlines()[0] + "\n" + row + "\n", "more.csv")

    assert [(line, where) for line, where, _ in refused(result)] == [(2, column)]
    assert told in result.rejects[0].expected
    assert len(home.rows(MemberRow)) == 3


ITEM_FAULTS = [
    ("H9,I9,ASSET,CASH,1,2026-05-01,,,,,,,,", "household_no", "没有这个家庭"),
    ("H1,I9,ASSET,SALARY,1,2026-05-01,,,,,,,,", "category", "应为"),
    ("H1,I9,宝贝,CASH,1,2026-05-01,,,,,,,,", "kind", "应为"),
    ("H1,I9,ASSET,CASH,-1,2026-05-01,,,,,,,,", "amount", "不能为负"),
    ("H1,I9,ASSET,CASH,很多,2026-05-01,,,,,,,,", "amount", "数字"),
    ("H1,I9,ASSET,CASH,1,,,,,,,,,", "as_of", "不能为空"),
    ("H1,I9,ASSET,CASH,1,2100-05-01,,,,,,,,", "as_of", "晚于今天"),
    ("H1,I9,ASSET,CASH,1,2026-05-01,每月,,,,,,,", "per", "余额"),
    ("H1,I9,SPENDING,LIVING,1,2026-05-01,ONCE,,,,,,,", "per", "目标"),
    ("H1,I9,ASSET,CASH,1,2026-05-01,,M9,,,,,,", "member_no", "没有成员"),
    ("H1,I9,INCOME,SALARY,1,2026-05-01,,,2030-01-02,2030-01-01,,,,", "last_on", "早于"),
    ("H1,I9,INCOME,SALARY,1,2026-05-01,,,,,3,,,", "growth", "0.03"),
    ("H1,I9,GOAL,CARE,1,2026-05-01,,,,,,10,,", "priority", "1 至 9"),
]


@pytest.mark.parametrize(("row", "column", "told"), ITEM_FAULTS)
def test_an_item_that_cannot_be_is_refused_by_name(home, row, column, told):
    result = home.take(ITEMS.splitlines()[0] + "\n" + row + "\n", "more.csv")

    assert [(line, where) for line, where, _ in refused(result)] == [(2, column)]
    assert told in result.rejects[0].expected
    assert home.rows(ItemRow) == []


def test_two_rows_of_one_file_that_clash_are_one_and_a_refusal(home):
    head = ITEMS.splitlines()[0]
    row = "H1,I9,ASSET,CASH,{},2026-05-01,,,,,,,,\n"
    result = home.take(head + "\n" + row.format(1) + row.format(2) + row.format(1), "more.csv")

    assert counts(result) == ("balances", 1, 0, 1, 1)
    assert "第 2 行" in result.rejects[0].expected


def test_a_client_without_household_has_no_items(home):
    result = home.take("client_no,kind,category,amount,as_of\nC3,ASSET,CASH,1,2026-05-01\n", "more.csv")

    assert refused(result) == [(2, "client_no", "这位客户还不属于任何家庭：请先导入家庭成员")]
