"""`heshi import` end to end: what is taken, what is refused by name, and that nothing is half-written."""

from __future__ import annotations

import json
import os

import pytest
from sqlmodel import Session, func, select

from cli.signin import PASSWORD_VARIABLE
from clients.intake import REJECTS
from clients.tables import ImportBatchRow, TradeRow
from kit.db import engine, transaction
from kit.digest import file_digest
from kit.trail.service import history
from tests.api.people import PASSWORD, settle
from tests.cli.conftest import spawn
from tests.cli.operators import NOW
from tests.cli.world import files, people

HEAD = "account_no,traded_at,security_code,side,quantity,price,trade_no"
GOOD = "A1,2024-01-02,600001.SH,BUY,100,10.00,T1"
SOAK = bool(os.environ.get("HESHI_SOAK"))
ROWS = 700_000 if SOAK else 70_000  # 40 MB, or a tenth of it


@pytest.fixture
def book(heshi, tmp_path):
    """The command on a database that knows the clients and accounts."""
    for path in people(tmp_path):
        assert heshi("import", path).code == 0
        path.unlink()
    return heshi


@pytest.fixture
def put(tmp_path):
    def write(*rows, name="t.csv", head=HEAD):
        path = tmp_path / name
        path.write_text("\n".join([head, *rows, ""]), "utf-8")
        return path

    return write


def trades(url):
    with Session(engine(url)) as session:
        return session.exec(select(func.count()).select_from(TradeRow)).one()


def batches(url):
    with Session(engine(url)) as session:
        return session.exec(select(func.count()).select_from(ImportBatchRow)).one()


def test_the_whole_world_in_one_command_and_again_without_change(heshi, tmp_path, database_url):
    paths = files(tmp_path)

    first, again = heshi("import", *paths), heshi("import", *paths)

    assert (first.code, again.code) == (0, 0)
    assert "交割单.csv（statement）读取69行，新增69，已有0，拒收0" in first.text
    assert "交割单.csv（statement）读取69行，新增0，已有69，拒收0" in again.text
    assert trades(database_url) == 64


def test_a_file_is_one_sealed_row_of_the_trail_and_one_that_changes_nothing_is_none(book, put, database_url):
    path, clean = put(GOOD, GOOD.replace("BUY", "HOLD")), put(GOOD, name="clean.csv")
    for options in (["--dry-run"], ["--strict"], []):
        book("import", path, *options)
    book("import", clean)

    with Session(engine(database_url)) as session:
        (told,) = history(session, "file", path.name)
        assert history(session, "file", clean.name) == []
        batch = session.exec(select(ImportBatchRow).where(ImportBatchRow.file_name == path.name)).one()
    counts = json.loads(told["detail"])
    assert (counts["rows_read"], counts["rows_new"], counts["rows_refused"]) == (2, 1, 1)
    assert (told["record_version"], told["digest"]) == (str(batch.id), file_digest(path))
    assert (told["user_name"], bool(told["seal"])) == ("本机操作者", True)
    assert told["user_agent"].startswith("cli")


def test_whoever_gives_a_name_must_be_allowed_to(book, put, database_url, monkeypatch):
    with transaction(database_url) as session:
        settle(session, {}, NOW)
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)

    refused, done = book("import", put(GOOD), "--as", "advisor"), book("import", put(GOOD), "--as", "administrator")

    assert (refused.code, done.code, trades(database_url)) == (1, 0, 1)
    assert "没有“导入文件”的权限" in refused.text
    with Session(engine(database_url)) as session:
        assert history(session, "file", "t.csv")[0]["user_id"] == "u-administrator"


def test_a_dry_run_says_what_would_be_and_writes_nothing(book, put, database_url, tmp_path):
    before = batches(database_url)
    answer = book("import", put(GOOD, GOOD.replace("BUY", "HOLD")), "--dry-run")

    assert answer.code == 1
    assert "读取2行，可用1，拒收1，未写入（--dry-run）" in answer.text
    assert (trades(database_url), batches(database_url)) == (0, before)
    assert not list(tmp_path.glob(f"*{REJECTS}"))


def test_strict_takes_all_or_nothing(book, put, database_url):
    answer = book("import", put(GOOD, GOOD.replace("100", "1oo")), "--strict")

    assert answer.code == 1
    assert "未写入（--strict：有拒收行）" in answer.text
    assert trades(database_url) == 0


def test_a_refused_row_is_mended_and_imported_again(book, put, tmp_path, database_url):
    first = book("import", put(GOOD, GOOD.replace("100", "1oo").replace("T1", "T2")))
    rejects = tmp_path / f"t.csv{REJECTS}"
    assert "第3行quantity“1oo”应为数字" in first.text
    assert f"拒收行已写入{rejects}" in first.text

    rejects.write_text(rejects.read_text("utf-8-sig").replace(",1oo,10.00,T2", ",100,10.00,T2"), "utf-8")
    mended, again = book("import", rejects), book("import", rejects)

    assert (first.code, mended.code, again.code) == (1, 0, 0)
    assert trades(database_url) == 2


def test_json_holds_every_count_and_refusal(book, put):
    answer = book("import", put(GOOD, GOOD.replace("BUY", "HOLD")), "--json")
    told = json.loads(answer.out)

    assert answer.code == 1
    assert (told["rows_read"], told["rows_new"], told["rows_refused"]) == (2, 1, 1)
    (reject,) = told["rejects"]
    assert (reject["line"], reject["column"], reject["value"]) == (3, "side", "HOLD")


def test_one_bad_file_among_several_does_not_stop_the_others(book, put, tmp_path, database_url):
    (tmp_path / "x.csv").write_bytes(bytes(range(256)))
    answer = book("import", tmp_path / "x.csv", put(GOOD))

    assert answer.code == 1
    assert "x.csv未导入：x.csv不是表格文件" in answer.text
    assert trades(database_url) == 1


DATES = ["2024-01-02", "20240102", "2024/1/2", "2024年1月2日", "2024.1.2", "45293"]


@pytest.mark.parametrize("written", DATES)
def test_a_day_in_any_form_is_the_same_day(book, put, written, database_url):
    assert book("import", put(GOOD, GOOD.replace("2024-01-02", written))).code == 0
    assert trades(database_url) == 1  # the same trade, known by its number: any other day would contradict


BAD_ROWS = [  # rows, part of what is said, what is wrong
    ((GOOD.replace(",100,", ","),), "应有7列，此行有6列", "a row with a cell missing"),
    ((GOOD.replace("10.00", "-10.00"),), "price“-10.00”价格不能为负", "a negative price"),
    ((GOOD.replace("600001.SH", "=cmd|'/C calc'!A0"),), "证券代码", "a formula in a cell"),
    ((GOOD, GOOD.replace("10.00", "11.00")), "第2行相同而内容不同", "one number, two contents"),
    ((GOOD.replace("2024-01-02", "2024-02-30"),), "没有这一天", "a day that is none"),
    ((GOOD.replace("A1", "A9"),), "没有这个账户", "an account nobody registered"),
]


@pytest.mark.parametrize(("rows", "said", "wrong"), BAD_ROWS)
def test_a_broken_row_is_named_and_no_cell_of_the_reject_file_is_a_formula(book, put, tmp_path, rows, said, wrong):
    answer = book("import", put(*rows))

    assert answer.code == 1, wrong
    assert said in answer.text
    cells = (tmp_path / f"t.csv{REJECTS}").read_text("utf-8-sig").replace("\n", ",").split(",")
    assert not any(cell.strip('"').startswith(("=", "@", "+")) for cell in cells)


UNREADABLE = [  # name, content, part of what is said
    ("empty.csv", b"", "是空文件"),
    ("heading.csv", HEAD.encode(), "只有表头"),
    ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "不是表格文件"),
    ("report.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + bytes(range(256)), "不是表格文件"),
    ("letter.csv", "尊敬的客户，您好\n感谢您的信任\n".encode(), "表头"),
    ("other.csv", b"foo,bar\n1,2\n", "看不出是哪种文件"),
    ("broken.xlsx", b"PK\x03\x04" + bytes(200), "broken.xlsx"),
    ("broken.parquet", b"PAR1" + bytes(200), "broken.parquet"),
    ("half.csv", HEAD.encode() + "\nA1,2024-01-02,600001.SH,买入,100,10,T".encode() + b"\xff\xfe\n", "half.csv"),
]


@pytest.mark.parametrize(("name", "content", "said"), UNREADABLE)
def test_what_is_no_such_file_is_refused_in_words(book, tmp_path, database_url, name, content, said):
    before = batches(database_url)
    (tmp_path / name).write_bytes(content)
    answer = book("import", tmp_path / name)

    assert answer.code == 1
    assert said in answer.text
    assert "Traceback" not in answer.text
    assert batches(database_url) == before


def test_the_wrong_kind_of_file_says_what_it_looks_like(book, put):
    answer = book("import", put(GOOD), "--kind", "prices")

    assert answer.code == 1
    assert "不是prices（行情）文件" in answer.text
    assert "trades（成交）" in answer.text


def test_a_missing_file_is_named(book):
    answer = book("import", "gone.csv")

    assert (answer.code, "找不到文件gone.csv" in answer.text) == (1, True)


MISUSE = [("--kind", "gossip"), ("--no-such-option",)]


@pytest.mark.parametrize("options", MISUSE)
def test_misuse_ends_with_two(book, put, options):
    assert book("import", put(GOOD), *options).code == 2


def test_a_large_file_is_taken_and_its_bad_rows_are_named(book, put, database_url):
    """40 MB in a soak run, a tenth of it otherwise; rows in the middle and at the end are broken."""
    rows = [f"A1,2024-01-02,600001.SH,BUY,100,10.00,{n:030d}" for n in range(ROWS)]
    rows[ROWS // 2] = rows[ROWS // 2].replace("BUY", "HOLD")
    rows[-1] = rows[-1].replace("10.00", "-1")
    path = put(*rows, name="large.csv")
    answer = book("import", path)

    assert path.stat().st_size > (40_000_000 if SOAK else 4_000_000)
    assert answer.code == 1
    assert f"第{ROWS // 2 + 2}行side“HOLD”" in answer.text
    assert f"第{ROWS + 1}行price“-1”" in answer.text
    assert trades(database_url) == ROWS - 2


def test_the_installed_command_ends_with_the_same_codes(tmp_path):
    """Its own process: exit codes, no traceback on a refusal, a database made where there was none."""
    place = {"HESHI_DATABASE_URL": f"sqlite:///{tmp_path}/own.db", "PATH": os.environ["PATH"], "COLUMNS": "200"}
    known = spawn("db", "upgrade", cwd=tmp_path, **place)
    good = spawn("import", *people(tmp_path), cwd=tmp_path, **place)
    refused = spawn("diagnose", "A9", cwd=tmp_path, **place)
    misuse = spawn("diagnose", "A1", "--format", "docx", cwd=tmp_path, **place)

    assert [answer.code for answer in (known, good, refused, misuse)] == [0, 0, 1, 2]
    assert "未完成没有账户A9" in refused.text
    assert not any("Traceback" in answer.text for answer in (known, good, refused, misuse))
