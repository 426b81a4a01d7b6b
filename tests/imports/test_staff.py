"""Branch, staff and relation files: words of real rosters, refused rows by name, one file twice changes nothing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session

from clients.staff.periods import ALWAYS, OPEN
from clients.staff.qualifications import QualificationService
from clients.staff.service import StaffService
from clients.staff.tables import BranchRow, PostRow, QualificationRow, RelationRow, StaffRow
from kit.access import everything
from kit.db import engine

DAY = date(2026, 3, 10)
BRANCHES = "branch_no,name\nB1,上海营业部\nB2,北京营业部\n"
STAFF = (
    "staff_no,name,role,branch,licence,licensed_from,licensed_to\n"
    "S1,王一,ADVISOR,B1,INVESTMENT_ADVISER,2020-01-01,2027-12-31\n"
    "S2,李二,CLIENT_MANAGER,B1,,,\n"
    "S3,张三,SUPERVISOR,B2,,,\n"
)
RELATIONS = (
    "client_no,staff_no,role,valid_from,valid_to\n"
    "C1,S1,MAIN,2024-01-02,\n"
    "C2,S2,MAIN,2024-01-02,2024-12-31\n"
    "C2,S1,ASSISTANT,2024-01-02,\n"
)


@pytest.fixture
def staffed(book):
    book.take(BRANCHES, "branches.csv")
    book.take(STAFF, "staff.csv")
    return book


def counts(result):
    return result.kind, result.rows_new, result.rows_changed, result.rows_known, result.rows_refused


def relations(book):
    """(client, staff, role, first, last) by number."""
    names = {row.id: row.staff_no for row in book.rows(StaffRow)}
    rows = sorted(book.rows(RelationRow), key=lambda row: (row.client_id, row.valid_from, row.role))
    return [(f"C{row.client_id}", names[row.staff_id], row.role, row.valid_from, row.valid_to) for row in rows]


def test_the_kinds_are_known_by_their_columns_and_a_second_time_changes_nothing(book):
    files = {"branches.csv": BRANCHES, "staff.csv": STAFF, "relations.csv": RELATIONS}

    first = [counts(book.take(text, name)) for name, text in files.items()]
    again = [counts(book.take(text, name)) for name, text in files.items()]

    assert first == [("branches", 2, 0, 0, 0), ("staff", 3, 0, 0, 0), ("relations", 3, 0, 0, 0)]
    assert again == [("branches", 0, 0, 2, 0), ("staff", 0, 0, 3, 0), ("relations", 0, 0, 3, 0)]
    assert {row.version for row in (*book.rows(StaffRow), *book.rows(RelationRow))} == {1}
    assert relations(book) == [
        ("C1", "S1", "MAIN", date(2024, 1, 2), OPEN),
        ("C2", "S1", "ASSISTANT", date(2024, 1, 2), OPEN),
        ("C2", "S2", "MAIN", date(2024, 1, 2), date(2024, 12, 31)),
    ]


def test_chinese_rosters(book):
    staff = (
        "工号,姓名,岗位,所属营业部,执业资格,执业编号,登记日期,有效期至,入职日期,客户上限\n"
        "001,王一,投顾,浦东营业部,证券投资咨询（投资顾问）,S0570620010001,2020年1月1日,,2019/7/1,150\n"
        "001,王一,投顾,浦东营业部,基金从业,A2020001,2020年2月1日,,2019/7/1,150\n"
        "002,李二,客户经理,浦东营业部,,,,,,\n"
    )
    served = (
        "客户号,服务人员工号,服务角色,开始日期,结束日期\n"
        "C1,001,签约投顾,20240102,\nC1,002,主办,20240102,20241231\n"
    )

    taken = book.take(staff.encode("gb18030"), "人员名册.csv")

    assert counts(taken) == ("staff", 3, 0, 0, 0)
    assert any("浦东营业部 尚未登记，已顺带建立" in remark for remark in taken.remarks)
    assert counts(book.take(served, "服务关系.csv")) == ("relations", 2, 0, 0, 0)
    assert [(one[1], one[2]) for one in relations(book)] == [("001", "ADVISOR"), ("002", "MAIN")]
    with Session(engine(book.url)) as session:
        person = StaffService(session, everything(DAY)).get("001")
        held = QualificationService(session, everything(DAY)).list("001")
    assert (person.branch_name, person.capacity, person.joined_on) == ("浦东营业部", 150, date(2019, 7, 1))
    assert [(one.licence.value, one.number) for one in held] == [
        ("FUND", "A2020001"), ("INVESTMENT_ADVISER", "S0570620010001"),
    ]


NUMBERS = [  # role, licence, kind, inferred, why
    ("ADVISOR", "S0570620010001", "INVESTMENT_ADVISER", False, "the sixth digit tells an adviser"),
    ("CLIENT_MANAGER", "S0570520010001", "ANALYST", False, "and an analyst, whatever the post"),
    ("ADVISOR", "SAC-12345", "INVESTMENT_ADVISER", True, "another form: by the post, and marked"),
    ("CLIENT_MANAGER", "SAC-12345", "GENERAL", True, "by the post, and marked"),
]


@pytest.mark.parametrize(("role", "licence", "kind", "inferred", "why"), NUMBERS)
def test_a_number_alone_tells_the_kind_or_is_marked(book, role, licence, kind, inferred, why):
    head = "staff_no,name,role,branch,licence,licensed_from,licensed_to\n"
    taken = book.take(f"{head}S1,王一,{role},B1,{licence},2020-01-01,2027-01-01\n", "staff.csv")

    (row,) = book.rows(QualificationRow)
    assert (row.licence, row.number, row.inferred) == (kind, licence, inferred), why
    assert any("推断" in remark for remark in taken.remarks) is inferred


REFUSED_STAFF = [
    ("S4,,ADVISOR,B1,,,", "name", "不能为空"),
    ("S4,赵四,董事长,B1,,,", "role", "应为 ADVISOR 投资顾问、CLIENT_MANAGER 客户经理"),
    ("S4,赵四,ADVISOR,B1,驾照,,", "licence", "或登记编号"),
    ("S4,赵四,ADVISOR,B1,FUND,2025-01-02,2025-01-01", "licensed_to", "终止日 2025-01-01 早于起始日 2025-01-02"),
    ("S1,王一,ADVISOR,B1,INVESTMENT_ADVISER,2021-01-01,", "licensed_from", "2020-01-01 至 2027-12-31）重叠"),
    ("S1,王一,ADVISOR,B1,ANALYST,2021-01-01,", "licence", "证券分析师与证券投资顾问不得同时登记"),
]


@pytest.mark.parametrize(("line", "column", "expected"), REFUSED_STAFF)
def test_a_refused_row_of_staff_changes_nothing(staffed, line, column, expected):
    before = [(row.staff_no, row.version) for row in staffed.rows(StaffRow)]

    taken = staffed.take(STAFF.splitlines()[0] + f"\n{line}\n", "more.csv")

    (reject,) = taken.rejects
    assert (reject.column, taken.rows_refused) == (column, 1)
    assert expected in reject.expected
    assert [(row.staff_no, row.version) for row in staffed.rows(StaffRow)] == before


def test_a_later_roster_puts_right_what_it_tells_and_leaves_the_rest(staffed):
    taken = staffed.take("staff_no,name,role,capacity\nS1,王壹,ADVISOR,90\nS2,李二,CLIENT_MANAGER,\n", "later.csv")

    assert counts(taken) == ("staff", 0, 1, 1, 0)
    person = next(row for row in staffed.rows(StaffRow) if row.staff_no == "S1")
    assert (person.name, person.capacity, person.version) == ("王壹", 90, 2)
    post = next(row for row in staffed.rows(PostRow) if row.staff_id == person.id)
    assert post.branch_id is not None, "a file without the column says nothing of the branch"


def test_a_later_day_of_taking_office_makes_a_new_post(staffed):
    staffed.take("staff_no,name,role,branch,joined_on\nS2,李二,SUPERVISOR,B2,2025-06-01\n", "moved.csv")

    person = next(row for row in staffed.rows(StaffRow) if row.staff_no == "S2")
    posts = [row for row in staffed.rows(PostRow) if row.staff_id == person.id]
    assert [(row.post, row.valid_from, row.valid_to) for row in posts] == [
        ("CLIENT_MANAGER", ALWAYS, date(2025, 5, 31)), ("SUPERVISOR", date(2025, 6, 1), OPEN),
    ]


def test_a_renewed_registration_is_put_right(staffed):
    head = "staff_no,name,role,licence,licensed_from,licensed_to\n"
    taken = staffed.take(f"{head}S1,王一,ADVISOR,INVESTMENT_ADVISER,2020-01-01,2030-12-31\n", "renewed.csv")

    assert counts(taken) == ("staff", 0, 1, 0, 0)
    (row,) = staffed.rows(QualificationRow)
    assert (row.valid_to, row.version) == (date(2030, 12, 31), 2)


def test_whoever_left_is_out_of_post(staffed):
    staffed.take("staff_no,name,role,left_on\nS2,李二,CLIENT_MANAGER,2026-03-09\n", "left.csv")

    with Session(engine(staffed.url)) as session:
        desk = StaffService(session, everything(DAY))
        assert desk.branch_of("S2", date(2026, 3, 9)) is not None
        assert desk.branch_of("S2", DAY) is None


REFUSED_RELATIONS = [
    ("C9,S1,MAIN,2025-01-02,", "client_no", "没有这个客户"),
    ("C1,S9,MAIN,2025-01-02,", "staff_no", "没有这位人员"),
    ("C1,S2,邻居,2025-01-02,", "role", "应为 MAIN 主办"),
    ("C1,S2,MAIN,,", "valid_from", "不能为空"),
    ("C1,S2,MAIN,2025-01-02,2025-01-01", "valid_to", "早于起始日"),
    ("C1,S2,MAIN,2025-01-02,", "staff_no", "客户 C1 已有主办 S1 王一（2024-01-02 起）"),
    ("C1,S2,ADVISOR,2025-01-02,", "staff_no", "没有允许提供投资建议的执业登记"),
    ("C1,S1,ADVISOR,2019-12-31,", "staff_no", "登记自 2020-01-01 起"),
    ("C2,S1,ASSISTANT,2025-01-02,", "valid_from", "与已有的一段（2024-01-02 起）重叠"),
]


@pytest.mark.parametrize(("line", "column", "expected"), REFUSED_RELATIONS)
def test_a_refused_relation_names_the_way_out(staffed, line, column, expected):
    staffed.take(RELATIONS, "relations.csv")
    before = relations(staffed)

    taken = staffed.take(RELATIONS.splitlines()[0] + f"\n{line}\n", "more.csv")

    (reject,) = taken.rejects
    assert reject.column == column
    assert expected in reject.expected
    assert relations(staffed) == before


def test_a_main_relation_may_begin_on_the_day_after_another_ends(staffed):
    staffed.take(RELATIONS, "relations.csv")
    more = RELATIONS.splitlines()[0] + "\nC2,S1,MAIN,{day},\n"

    assert counts(staffed.take(more.format(day="2024-12-31"), "a.csv")) == ("relations", 0, 0, 0, 1)
    assert counts(staffed.take(more.format(day="2025-01-01"), "b.csv")) == ("relations", 1, 0, 0, 0)


def test_two_mains_of_one_file_are_one_and_a_refusal(staffed):
    head = RELATIONS.splitlines()[0]

    taken = staffed.take(f"{head}\nC1,S1,MAIN,2024-01-02,\nC1,S2,MAIN,2025-01-02,\n", "two.csv")

    assert counts(taken) == ("relations", 1, 0, 0, 1)
    assert "已有主办 S1" in taken.rejects[0].expected


def test_what_ends_comes_first_whatever_the_order_of_rows(staffed):
    staffed.take(RELATIONS, "relations.csv")
    handed = (
        "client_no,staff_no,role,valid_from,valid_to,reason\n"
        "C1,S2,MAIN,2025-07-01,,交接\nC1,S1,MAIN,2024-01-02,2025-06-30,\n"
    )

    assert counts(staffed.take(handed, "handed.csv")) == ("relations", 1, 1, 0, 0)
    assert [one[1:] for one in relations(staffed) if one[0] == "C1"] == [
        ("S1", "MAIN", date(2024, 1, 2), date(2025, 6, 30)), ("S2", "MAIN", date(2025, 7, 1), OPEN),
    ]


def test_a_row_that_contradicts_an_earlier_one_of_its_file_is_refused(staffed):
    twice = RELATIONS + "C1,S1,MAIN,2024-01-02,2025-01-01\nC1,S1,MAIN,2024-01-02,\n"

    taken = staffed.take(twice, "twice.csv")

    assert counts(taken) == ("relations", 3, 0, 1, 1)
    assert "与第 2 行是同一条关系而内容不同" in taken.rejects[0].expected


def test_a_mended_reject_file_is_taken(staffed):
    taken = staffed.take(RELATIONS + "C1,S2,MAIN,2025-01-02,\n", "relations.csv")
    rejects = staffed.folder / "relations.csv.rejects.csv"
    assert taken.reject_file == str(rejects)

    mended = rejects.read_text(encoding="utf-8-sig").replace("MAIN", "ASSISTANT", 1)

    assert counts(staffed.take(mended, "relations.csv.rejects.csv")) == ("relations", 1, 0, 0, 0)


def test_a_dry_run_counts_and_writes_nothing(book):
    assert counts(book.take(BRANCHES + "B3,\n", "branches.csv", dry_run=True)) == ("branches", 2, 0, 0, 1)
    assert book.rows(BranchRow) == []
    assert counts(book.take(STAFF, "staff.csv", dry_run=True)) == ("staff", 3, 0, 0, 0)
    assert book.rows(StaffRow) == book.rows(BranchRow) == []


def test_a_strict_file_is_taken_whole_or_not_at_all(staffed):
    taken = staffed.take(RELATIONS + "C9,S1,MAIN,2024-01-02,\n", "relations.csv", strict=True)

    assert (taken.written, staffed.rows(RelationRow)) == (False, [])


def test_whoever_serves_beyond_capacity_is_named(staffed):
    staffed.take("staff_no,name,role,capacity\nS1,王一,ADVISOR,1\n", "capacity.csv")

    taken = staffed.take(RELATIONS, "relations.csv")

    assert taken.rows_refused == 0
    assert "S1 服务 2 位客户，超过上限 1；请改派或调高上限" in taken.remarks
