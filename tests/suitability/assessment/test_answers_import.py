"""Answer sheets from files: judged as if handed in, refused by name, the same file twice changes nothing."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from sqlalchemy import text

import suitability.imports  # noqa: F401  the kind becomes known
from clients.intake import import_file
from kit.access import everything
from kit.problems import BadInput
from suitability.assessment.imports import ANSWERS, cell_codes
from suitability.assessment.service import AssessmentService
from suitability.levels import ClientLevel
from suitability.questionnaire.loading import shipped
from tests.suitability.assessment.desk import DAY, INSTITUTION, MINI, NATURAL, Desk, sheet_of, stamp
from tests.suitability.questionnaire.forms import form, question

HEAD = ["client_no", "questionnaire", "answered_at", "entered_by", "channel", "started_at", "confirmed_at"]
COLUMNS = [*HEAD, *(f"q{number}" for number in range(1, 21)), "s1", "s2", "h1", "h2"]


@pytest.fixture
def desk(session):
    made = Desk(session)
    made.client("C1")
    made.client("C2")
    made.client("C3", birth_date=date(1955, 1, 1))
    made.client("C9", kind="INSTITUTION", birth_date=None)
    return made


def row(client_no="C1", level="C3", version=NATURAL, at="2026-03-01 10:00:00", **more):
    """One row; the client took ten minutes and confirmed a little later."""
    cells = {question: ",".join(codes) for question, codes in sheet_of(version, level).items()}
    head = {
        "client_no": client_no, "questionnaire": version, "answered_at": at, "entered_by": "CLIENT", "channel": "APP",
        "started_at": at.replace("10:00", "09:50"), "confirmed_at": at.replace("10:00", "10:05"),
    }  # fmt: skip
    return head | cells | more


@pytest.fixture
def take(session, tmp_path):
    def taking(*rows, name="answers.csv", headings=None, **options):
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, restval="", extrasaction="ignore")
            stream.write(",".join(headings or COLUMNS) + "\r\n")
            writer.writerows(rows)
        return import_file(session, path, **options)

    return taking


def counted(session, table):
    return session.execute(text(f"SELECT count(*) FROM {table}")).scalar()


def current(session, client_no, day=DAY):
    return AssessmentService(session, everything(day), sources=()).current(client_no, day)


def test_a_file_of_sheets_is_known_by_its_columns_and_judged(desk, session, take):
    found = take(row("C1", "C3"), row("C2", "C4"), row("C9", "C5", INSTITUTION))

    assert (found.kind, found.rows_read, found.rows_new, found.rows_refused) == ("answers", 3, 3, 0)
    assert [current(session, one).level for one in ("C1", "C2", "C9")] == [ClientLevel.C3, None, ClientLevel.C5]
    assert any("转人工复核" in one for one in found.remarks)  # C2 answered along one line
    assert current(session, "C1").in_force.confirmed_on == date(2026, 3, 1)


def test_the_same_file_twice_changes_nothing(desk, session, take):
    rows = (row("C1"), row("C2", entered_by="客户经理"))
    take(*rows)
    before = [counted(session, table) for table in ("assessment_session", "assessment_answer", "assessment")]
    again = take(*rows)

    assert (again.rows_new, again.rows_known, again.rows_refused) == (0, 1, 1)
    assert [counted(session, table) for table in ("assessment_session", "assessment_answer", "assessment")] == before


WORDS = ["STAFF", "staff", "客户经理", "代填", "投资顾问", "机器人"]


@pytest.mark.parametrize("said", WORDS)
def test_a_sheet_that_the_client_did_not_enter_is_kept_marked_and_refused(desk, session, take, said):
    found = take(row("C1", entered_by=said))

    assert (found.rows_new, found.rows_refused) == (0, 1)
    assert found.rejects[0].column == "entered_by"
    assert "本人" in found.rejects[0].expected
    kept = session.execute(text("SELECT state, refusal, entered_by_name FROM assessment_session")).one()
    assert tuple(kept) == ("REFUSED", "ASSESS-003", said)
    assert (counted(session, "assessment_answer"), counted(session, "assessment")) == (20, 0)


@pytest.mark.parametrize("said", ["CLIENT", "client", "本人", "客户本人"])
def test_the_clients_own_words(desk, take, said):
    assert take(row("C1", entered_by=said)).rows_new == 1


REFUSED = [  # what is wrong, column named, what is said
    ({"client_no": "C77"}, "client_no", "没有这个客户"),
    ({"client_no": ""}, "client_no", "不能为空"),
    ({"questionnaire": "natural-99"}, "questionnaire", "没有这个问卷"),
    ({"questionnaire": INSTITUTION}, "questionnaire", "不适用于自然人"),
    ({"entered_by": ""}, "entered_by", "不能为空"),
    ({"q3": "Z"}, "q3", "没有选项 Z"),
    ({"q3": "A,B"}, "q3", "单选"),
    ({"q9": "A,C"}, "q9", "不能再选"),
    ({"q12": ""}, "q12", "还没有答完"),
    ({"h1": "A"}, "h1", "没有第 h1 题"),
    ({"answered_at": "2126-03-01 10:00:00", "started_at": "", "confirmed_at": ""}, "answered_at", "晚于导入"),
    ({"answered_at": "2000-01-01", "started_at": "", "confirmed_at": ""}, "answered_at", "占位日期"),
    ({"answered_at": "2018-05-30", "started_at": "", "confirmed_at": ""}, "answered_at", "分数段"),
    ({"answered_at": "yesterday"}, "answered_at", "日期"),
    ({"started_at": "2026-03-01 10:00:01"}, "started_at", "晚于完成"),
    ({"confirmed_at": "2026-03-01 09:59:59"}, "confirmed_at", "早于完成"),
    ({"channel": "PIGEON"}, "channel", "手机客户端"),
    ({"started_at": "2026-03-01 09:59:30"}, "answered_at", "过短"),
    ({"q17": "A"}, "q17", "出生日期"),
    ({"q16": "A", "q3": "D"}, "q3", "没有数额较大的债务"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "column", "said"), REFUSED, ids=[f"{one[1]} {one[2]}" for one in REFUSED])
def test_a_row_that_cannot_be_taken_is_named_and_the_rest_goes_on(desk, session, take, wrong, column, said):
    found = take(row("C2"), {**row("C1"), **wrong})

    assert (found.rows_new, found.rows_refused) == (1, 1)
    assert (found.rejects[0].line, found.rejects[0].column) == (3, column)
    assert said in found.rejects[0].expected
    assert current(session, "C1").level is None


def test_a_blocked_sheet_is_kept_with_what_was_found(desk, session, take):
    take(row("C1", q16="A", q3="D"))

    assert session.execute(text("SELECT state, refusal FROM assessment_session")).one() == ("REFUSED", "ASSESS-112")
    assert session.execute(text("SELECT outcome FROM assessment_submission")).scalar() == "BLOCKED"


def test_a_retired_form_takes_sheets_of_the_days_before_alone(desk, take):
    desk.forms.retire(NATURAL, stamp(), replaced_by=MINI, on=date(2026, 3, 1))
    found = take(row("C1", at="2026-02-28 10:00:00"), row("C2", at="2026-03-01 10:00:00"))

    assert (found.rows_new, found.rows_refused) == (1, 1)
    assert MINI in found.rejects[0].expected


def test_another_sheet_of_the_same_moment_is_refused(desk, session, take):
    take(row("C1"))
    found = take(row("C1", q2="E"), name="second.csv")
    twice = take(row("C2"), row("C2"), row("C2", q2="E"), name="third.csv")

    assert (found.rows_new, found.rows_refused, found.rejects[0].column) == (0, 1, "answered_at")
    assert (twice.rows_new, twice.rows_known, twice.rows_refused) == (1, 1, 1)
    assert counted(session, "assessment") == 2


def test_sheets_are_judged_in_the_order_of_time_wherever_they_stand(desk, session, take):
    found = take(row("C1", "C5", at="2026-03-20 10:00:00"), row("C1", "C2", at="2026-03-01 10:00:00"), strict=False)

    assert found.rows_new == 2
    held = session.execute(text("SELECT level FROM assessment WHERE needs_review ORDER BY assessed_on DESC"))
    assert held.scalars().first() == 5  # the climb within thirty days waits for a person


def test_the_third_sheet_of_a_day_is_refused(desk, take):
    found = take(*(row("C1", at=f"2026-03-01 10:0{minute}:00", started_at="", confirmed_at="") for minute in range(3)))

    assert (found.rows_new, found.rows_refused) == (2, 1)
    assert (found.rejects[0].line, "上限" in found.rejects[0].expected) == (4, True)


def test_the_mini_form_takes_the_age_from_the_file_or_from_the_birth_date(desk, session, take):
    told = row("C1", version=MINI)
    silent = {name: cell for name, cell in row("C2", version=MINI).items() if name != "h1"}
    wrong = row("C3", version=MINI)
    found = take(told, silent, wrong)

    assert (found.rows_new, found.rejects[0].column) == (2, "h1")
    origins = session.execute(text("SELECT origin FROM assessment_answer WHERE question = 'h1'")).scalars()
    assert {"IMPORTED", "PREFILLED"} == set(origins)


def test_a_sheet_without_confirmation_waits_for_the_client(desk, session, take):
    take(row("C1", confirmed_at=""))

    assert (current(session, "C1").level, current(session, "C1").waiting.level) == (None, ClientLevel.C3)


def test_strict_and_dry_runs_write_nothing(desk, session, take):
    strict = take(row("C1"), row("C2", entered_by="STAFF"), strict=True)
    dry = take(row("C1"), dry_run=True)

    assert (strict.written, dry.written, dry.rows_new) == (False, False, 1)
    assert counted(session, "assessment_session") == 0


def test_chinese_headings(desk, session, take):
    names = ["客户号", "问卷版本", "作答时间", "作答人", "渠道", "开始时间", "确认时间"]
    found = take(row("C1", channel="手机客户端"), headings=[*names, *COLUMNS[7:]])

    assert (found.kind, found.rows_new) == ("answers", 1)


def test_a_file_of_another_kind_is_not_taken_for_sheets(session, tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("client_no,name\nC1,甲\n", encoding="utf-8")

    assert import_file(session, path).kind == "clients"
    with pytest.raises(BadInput, match="questionnaire"):
        import_file(session, path, kind="answers")


CELLS = [
    ("A", ("A",)), ("a", ("A",)), ("A,C", ("A", "C")), ("A、C", ("A", "C")), ("A C", ("A", "C")), ("AC", ("A", "C")),
    ("A;B/C", ("A", "B", "C")), ("AZ", ("AZ",)), ("", ()),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "codes"), CELLS)
def test_the_codes_in_a_cell(cell, codes):
    assert cell_codes(form(question(1, [0, 1, 2], multi=True)).by_id["q1"], cell) == codes


def test_every_shipped_form_fits_the_columns():
    for made, _ in shipped():
        assert set(made.by_id) <= set(ANSWERS.columns)
