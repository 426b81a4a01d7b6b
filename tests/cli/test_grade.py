"""`heshi grade` end to end on the small world: the book filed once a day, one client explained, history, refusals."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import text
from sqlmodel import Session
from typer.testing import CliRunner

import cli.main as main_module
from cli.main import application
from clients.grading.loading import schemes_on
from jobs.grading import FeatureReader
from kit.access import everything
from kit.db import engine
from kit.rulebook import RuleError
from kit.settings import settings
from tests.cli.conftest import run

PASSWORD = "a long enough pass phrase 9"
USERS = (("chief", "ADMINISTRATOR"), ("svc", "SERVICE"), ("aud", "AUDITOR"), ("comp", "COMPLIANCE"))
DAY = "2024-12-31"
LATER = "2025-01-03"


@pytest.fixture(scope="module")
def graded(databases, world_url, tmp_path_factory):
    """A copy of the world with four users."""
    url = databases.copy(world_url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HESHI_DATABASE_URL", url)
        patch.setenv("HESHI_VAR_DIR", str(tmp_path_factory.mktemp("var")))
        patch.setenv("HESHI_PASSWORD", PASSWORD)
        settings.cache_clear()
        for place, (name, role) in enumerate(USERS):
            who = ("--as", "chief") if place else ()
            told = ("user", "add", name, "--role", role, "--password-stdin", "--final", *who)
            done = CliRunner().invoke(application(), list(told), input=f"{PASSWORD}\n")
            assert done.exit_code == 0, done.output
        yield url
    settings.cache_clear()
    databases.drop(url)


def grade(*words, user="svc", code=0):
    answer = run("grade", *words, "--as", user)
    assert answer.code == code, answer.out + answer.err
    return answer


def rows(url):
    counts = "SELECT (SELECT count(*) FROM grade_run), (SELECT count(*) FROM client_grade)"
    with Session(engine(url)) as session:
        return list(session.execute(text(counts)).one())


def test_the_book_is_graded_by_every_scheme_and_filed_once_a_day(graded):
    dry = json.loads(grade("--as-of", DAY, "--dry-run", "--json", user="aud").out)
    assert rows(graded) == [0, 0]

    first = json.loads(grade("--as-of", DAY, "--json").out)
    again = json.loads(grade("--as-of", DAY, "--json", user="comp").out)

    assert dry["filed"] is None
    assert {one["scheme"] for one in first["schemes"]} == {one.code for one in schemes_on(date(2024, 12, 31))}
    assert [one["classes"] for one in dry["schemes"]] == [one["classes"] for one in first["schemes"]]
    assert (first["filed"]["new"], first["filed"]["written"], again["filed"]["new"]) == (True, 4, False)
    assert again["filed"]["digest"] == first["filed"]["digest"]
    assert rows(graded) == [1, 4]
    for one in first["schemes"]:
        assert sum(count["clients"] for count in one["classes"]) + one["not_graded"] == 4


def test_the_next_day_files_who_changed_and_an_earlier_day_is_refused(graded):
    grade("--as-of", DAY)
    before = rows(graded)

    later = json.loads(grade("--as-of", "2025-01-02", "--json").out)
    refused = grade("--as-of", DAY, code=1)

    assert rows(graded) == [before[0] + 1, before[1] + later["filed"]["written"]]
    assert "2025-01-02 的分级已登记" in refused.err + refused.out


def test_one_client_says_what_the_book_says_with_days_and_the_next_class(graded):
    explained = json.loads(grade("--client", "C1", "--as-of", DAY, "--explain", "--json", user="aud").out)
    size = next(one for one in explained if one["scheme"] == "SIZE")
    (fact,) = size["features"]

    assert (size["grade"], size["next"]["to"]) == ("SMALL", "MEDIUM")
    assert fact["value"] < 500_000
    assert (fact["first"], fact["last"], fact["unit"]) == ("2024-01-02", DAY, "元")
    assert size["row"].startswith("clients/rules/grading/size.yaml:")
    assert size["version"].startswith("sha256:")
    with Session(engine(graded)) as session:
        whole, _ = FeatureReader(session, everything(date(2024, 12, 31)), date(2024, 12, 31)).book()
    place = whole.client_no.index("C1")
    for one in explained:
        for told in one["features"]:
            value = whole.column(told["name"])[place]
            assert told["value"] == pytest.approx(value, rel=1e-9) if told["value"] is not None else value != value


def test_before_its_account_was_opened_a_client_has_nothing_to_look_at(graded):
    told = json.loads(grade("--as-of", "2023-12-29", "--dry-run", "--json", user="aud").out)

    assert told["faults"] == []
    assert {one["scheme"]: one["not_graded"] for one in told["schemes"]}["CYCLE"] == 4


def test_a_terminal_reads_why_and_what_is_missing(graded):
    told = grade("--client", "C1", "--scheme", "vip", "--as-of", DAY, "--explain", user="aud").text

    assert "资金余额季日均" in told
    assert "（2024-10-01至2024-12-31）" in told
    assert "保险余额：尚无数据来源，按0计" in told
    assert "到“" in told or "钻石卡" in told


def test_history_by_day(graded):
    grade("--as-of", "2025-01-02")

    past = json.loads(grade("--client", "C1", "--history", "--scheme", "TIER", "--as-of", "2025-01-02", "--json").out)

    assert past[0]["scheme"] == "TIER"
    assert past[0]["features"]["assets_sessions_20"] > 0
    assert all(one["version"].startswith("sha256:") for one in past)


@pytest.mark.parametrize(
    ("words", "user", "said"),
    [
        (("--client", "NOBODY"), "aud", "没有客户 NOBODY"),
        (("--scheme", "colour", "--dry-run"), "aud", "没有分级方案 colour"),
        ((), "aud", "没有“全账簿分级”的权限"),
        (("--dry-run", "--as-of", "2009-01-05"), "aud", "2009-01-05 还没有生效的分级方案"),
        (("--client", "C1"), "chief", "没有“查看客户分级”的权限"),
        (("--explain",), "svc", "须与 --client 同用"),
    ],
)
def test_a_refusal_says_what_and_writes_nothing(graded, words, user, said):
    before = rows(graded)

    answer = grade("--as-of", "2025-01-02", *words, user=user, code=1)

    assert said in answer.err
    assert rows(graded) == before


def test_grades_on_file_are_never_changed(graded):
    grade("--as-of", "2025-01-02")
    for statement in ("UPDATE client_grade SET run_id = run_id", "DELETE FROM client_grade", "DELETE FROM grade_run"):
        with Session(engine(graded)) as session, pytest.raises(Exception, match="append-only"):
            session.execute(text(statement))


def test_a_review_from_opening_to_who_may_not_approve_it(graded, tmp_path):
    grade("--as-of", "2025-01-02")
    refused = grade("review", "open", "--as-of", "2025-01-02", user="comp", code=1)
    assert "请填写不在评定期内开始的理由" in refused.err
    opened = ("review", "open", "--year", "2025", "--as-of", "2025-01-02", "--reason", "补做", "--json")
    review = json.loads(grade(*opened, user="comp").out)
    assert (review["number"], review["state"], review["clients"]) == ("2025", "PRELIMINARY", 4)
    place = tmp_path / "评估表.xlsx"
    grade("review", "sheet", "2025", "--out", str(place), user="comp")
    looked = json.loads(grade("review", "import", "2025", str(place), "--json", user="comp").out)
    assert (looked["read"], looked["changed"], looked["refused"]) == (4, [], [])
    line = json.loads(grade("review", "show", "2025", "--json", user="aud").out)
    client = (line["summary"]["plan"] or [{"client_no": "C1"}])[0]["client_no"]
    bare = grade("review", "change", "2025", client, "--grade", "ABCD", user="comp", code=1)
    assert "等级写作 方案=等级" in bare.err
    grade("review", "change", "2025", client, "--plan", "专属经理", user="comp")
    assert "复评" in grade("review", "convene", "2025", user="comp").out
    own = grade("review", "approve", "2025", user="comp", code=1)
    assert "只有“待批准”时可以批准" in own.err
    assert "撤销" in grade("review", "cancel", "2025", "--reason", "试完", user="comp").out
    denied = grade("review", "open", "--year", "2026", user="aud", code=1)
    assert "没有“全账簿分级”的权限" in denied.err


def test_the_matrix_and_the_report_of_what_is_on_file(graded, tmp_path):
    grade("--as-of", "2025-01-02")
    grade("--as-of", LATER)
    told = json.loads(grade("matrix", "2025-01-02", LATER, "--json", user="aud").out)
    abcd = next(one for one in told["schemes"] if one["scheme"] == "ABCD")
    assert sum(map(sum, abcd["counts"])) == 4
    assert "应早于" in grade("matrix", LATER, "2025-01-02", user="aud", code=1).err
    assert "还没有登记过分级" in grade("matrix", "2020-01-02", DAY, user="aud", code=1).err
    for ahead in (("matrix", DAY, "2199-01-01"), ("report", "--as-of", "2199-01-01")):
        assert "还没有到" in grade(*ahead, user="aud", code=1).err
    report = json.loads(
        grade("report", "--as-of", LATER, "--out", str(tmp_path), "--json", user="aud").out
    )
    assert report["numbers"]["clients"] == 4
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".json", ".pdf", ".xlsx"]


def test_a_scheme_is_shown_as_any_other_rule():
    told = run("rules", "show", "grade-size").text

    assert "超过500万元" in told
    assert "clients/rules/grading/size.yaml" in told


SCHEME = """
- id: GRADE-{code}
  title: 本部分层
  source: 公司某号通知
  confirmed: true
  read_on: 2026-11-27
  values:
    - from: 2026-01-01
      value:
        classes: {{GOLD: 金, SILVER: 银}}
        bands: {{of: {of}, rows: [{{class: GOLD, from: 10}}, {{class: SILVER, below: {below}}}]}}
"""
CHECKED = [  # code, feature, bound, exit, words
    ("HOUSE", "assets", 10, 0, "可用  HOUSE  本部分层  分段，2 类  自 2026-01-01"),
    ("SIZE", "assets", 10, 0, "接替已有的方案"),
    ("HOUSE", "assets", 9, 1, "scheme.yaml:11: 有空缺，没有一行覆盖 assets = 9"),
    ("HOUSE", "asset", 10, 1, "scheme.yaml:11: 没有特征 'asset'"),
]


@pytest.mark.parametrize(("code", "of", "below", "exit_code", "words"), CHECKED)
def test_a_scheme_file_is_checked_before_it_is_put_in_its_place(tmp_path, code, of, below, exit_code, words):
    path = tmp_path / "scheme.yaml"
    path.write_text(SCHEME.format(code=code, of=of, below=below), encoding="utf-8")
    answer = run("grade", "check", str(path), "--as-of", "2026-11-27")

    assert (answer.code, words in answer.out + answer.err) == (exit_code, True), answer.out + answer.err


def test_a_broken_rule_file_is_one_line_and_no_traceback(monkeypatch, capsys):
    def broken(only=None):
        def fail():
            raise RuleError("grading/house.yaml:3: 空缺")

        return fail

    monkeypatch.setattr(main_module, "application", broken)
    with pytest.raises(SystemExit) as ended:
        main_module.main()

    assert (ended.value.code, "grading/house.yaml:3: 空缺" in capsys.readouterr().err) == (1, True)


def test_a_day_that_has_not_come_is_never_graded(graded):
    assert "还没有到" in grade("--as-of", "2199-01-01", code=1).err
