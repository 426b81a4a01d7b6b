# ruff: noqa: E501  (rows of files stand on one line each)
"""Canonical kinds: nothing lost, nothing twice, every refusal named by line, column, value and what was expected."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clients.tables import ClientRow, HoldingRow, ImportBatchRow, RiskLevelRow
from clients.types import CASH_KINDS, MOVEMENTS, CashKind, Movement
from kit.problems import BadInput
from market.tables import (
    ActionRow,
    BenchmarkCloseRow,
    BenchmarkWeightRow,
    DailyPriceRow,
    InstrumentRow,
    QuoteRow,
)

HEAD = "account_no,traded_at,security_code,side,quantity,price\n"
GOOD = "A1,2024-01-02,600519,BUY,100,1680.5\n"
FILES = {  # kind: a small file and its rows
    "instruments": ("security_code,name,kind,industry\n600519,贵州茅台,STOCK,白酒\n", 1),
    "benchmarks": ("benchmark_code,date,close\n000300.SH,2024-01-02,3386.35\n", 1),
    "prices": ("security_code,date,close,volume\n600519,2024/1/2,1685.01,3215644\n", 1),
    "actions": ("security_code,ex_date,kind,value\n600519,2024-06-19,CASH_DIVIDEND,30.876\n", 1),
    "clients": ("client_no,name,kind\nC9,丙,自然人\n", 1),
    "accounts": ("account_no,client_no,opened_on\nA9,C1,20200102\n", 1),
    "trades": (HEAD + GOOD, 1),
    "cashflows": ("account_no,date,kind,amount\nA1,2024-01-02,DEPOSIT,10000\n", 1),
    "holdings": ("account_no,date,security_code,quantity\nA1,2024-01-02,600519,100\n", 1),
}


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_is_known_by_its_columns_and_imports_once(book, kind):
    text, count = FILES[kind]

    first = book.take(text, f"{kind}.csv")
    again = book.take(text, f"{kind}.csv")

    assert (first.kind, first.rows_read, first.rows_new, first.rows_refused) == (kind, count, count, 0)
    assert (again.rows_new, again.rows_changed, again.rows_known, again.rows_refused) == (0, 0, count, 0)


@pytest.mark.parametrize("kind", FILES)
def test_a_dry_run_counts_and_writes_nothing(book, kind):
    before = len(book.rows(ImportBatchRow))

    said = book.take(FILES[kind][0], dry_run=True)

    assert (said.rows_new, said.written) == (FILES[kind][1], False)
    assert len(book.rows(ImportBatchRow)) == before
    assert book.take(FILES[kind][0]).rows_new == FILES[kind][1]


def test_a_trade_is_exact(book):
    book.take("account_no,traded_at,security_code,side,quantity,price,commission,trade_no\n"
              "A1,2024-01-02T01:31:05Z,sh600519,买入,\"1,000.5\",0.1,5.01,T1\n")  # fmt: skip
    (row,) = book.trades()

    assert (row.quantity, row.price, row.commission) == (Decimal("1000.5"), Decimal("0.1"), Decimal("5.01"))
    assert (row.day, row.at) == (date(2024, 1, 2), datetime(2024, 1, 2, 1, 31, 5, tzinfo=UTC))
    assert MOVEMENTS[row.kind] is Movement.BUY


SIDES = [("买入", "BUY"), ("B", "BUY"), ("buy", "BUY"), ("1", "BUY"), ("+", "BUY"), ("证券卖出", "SELL"), ("S", "SELL"),
         ("SELL", "SELL"), ("2", "SELL"), ("-", "SELL")]  # fmt: skip


@pytest.mark.parametrize(("word", "side"), SIDES)
def test_sides_are_words_letters_or_signs(book, word, side):
    assert book.take(HEAD + f"A1,2024-01-02,600519,{word},100,10\n").rows_refused == 0
    assert MOVEMENTS[book.trades()[0].kind].value == side


def test_a_signed_quantity_agrees_with_the_side_or_is_refused(book):
    said = book.take(HEAD + "A1,2024-01-02,600519,SELL,-100,10\nA1,2024-01-02,600519,BUY,-100,10\n")

    assert [row.quantity for row in book.trades()] == [Decimal(100)]
    assert [(reject.line, reject.column, reject.value) for reject in said.rejects] == [
        (3, "quantity", "-100")
    ]
    assert "矛盾" in said.rejects[0].expected


BAD_ROWS = [  # row, column, value, part of what was expected
    ("A1,2024-01-02,600519,BUY,100,-1680", "price", "-1680", "不能为负"),
    ("A1,2024-01-02,600519,BUY,,1680", "quantity", "", "不能为空"),
    ("A1,2024-02-30,600519,BUY,100,1680", "traded_at", "2024-02-30", "没有这一天"),
    ("A1,soon,600519,BUY,100,1680", "traded_at", "soon", "应为日期"),
    ("A1,2024-01-02,700,BUY,100,300", "security_code", "700", "00700.HK、000700.SZ"),
    ("A1,2024-01-02,600519,HOLD,100,1680", "side", "HOLD", "BUY 或 SELL"),
    ("A7,2024-01-02,600519,BUY,100,1680", "account_no", "A7", "没有这个账户"),
    ("A1,2024-01-02,600519,BUY,100,12x", "price", "12x", "应为数字"),
    ("A1,2024-01-02,600519,BUY,99999999999999,1", "quantity", "99999999999999", "范围"),
    ("A1,2024-01-02,600519", "整行", "A1,2024-01-02,600519", "应有 6 列，此行有 3 列"),
    ("A1,2024-01-02,=cmd|'/C calc'!A0,BUY,100,1", "security_code", "=cmd|'/C calc'!A0", "证券代码"),
]


@pytest.mark.parametrize(("row", "column", "value", "expected"), BAD_ROWS)
def test_a_bad_row_is_named_and_the_rest_goes_on(book, row, column, value, expected):
    said = book.take(HEAD + GOOD + row + "\n" + GOOD.replace("2024-01-02", "2024-01-03"))

    assert (said.rows_read, said.rows_new, said.rows_refused) == (3, 2, 1)
    (reject,) = said.rejects
    assert (reject.line, reject.column, reject.value) == (3, column, value)
    assert expected in reject.expected


def test_strict_takes_all_or_nothing(book):
    said = book.take(HEAD + GOOD + "A1,2024-01-02,600519,BUY,x,1\n", strict=True)

    assert (said.rows_refused, said.written) == (1, False)
    assert book.trades() == []


def test_the_reject_file_is_mended_and_imported_again(book):
    broken = HEAD + GOOD + GOOD.replace(",100,", ",1oo,") + GOOD
    said = book.take(broken, "t.csv")
    path = book.folder / "t.csv.rejects.csv"
    with path.open(encoding="utf-8-sig") as stream:
        (row,) = csv.DictReader(stream)

    mended = path.read_text("utf-8-sig").replace(",1oo,1680", ",100,1680")
    results = [book.take(mended, path.name) for _ in range(2)]

    assert said.reject_file == str(path)
    assert (row["line"], row["column"], row["value"]) == ("3", "quantity", "1oo")
    assert [(result.rows_new, result.rows_known) for result in results] == [(1, 0), (0, 1)]
    assert [trade.line for trade in book.trades()] == [
        2,
        3,
        4,
    ]  # three identical fills, none lost, none twice


def test_formulas_are_neutral_in_the_reject_file(book):
    book.take(HEAD + 'A1,2024-01-02,600519,"=HYPERLINK(""x"")",-100,@SUM(A1)\n', "t.csv")

    text = (book.folder / "t.csv.rejects.csv").read_text("utf-8-sig")
    with (book.folder / "t.csv.rejects.csv").open(encoding="utf-8-sig") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert "'=HYPERLINK" in text
    assert "'@SUM(A1)" in text
    assert not any(cell.startswith(("=", "@", "+")) for cell in cells)
    assert "-100" in cells  # a number is no formula


def test_one_trade_number_with_other_content_is_refused_and_both_are_named(book):
    head = HEAD.strip() + ",trade_no\n"
    said = book.take(head + "A1,2024-01-02,600519,BUY,100,10,T1\nA1,2024-01-02,600519,BUY,200,10,T1\n"
                     "A1,2024-01-02,600519,BUY,100,10,T1\n")  # fmt: skip
    later = book.take(head + "A1,2024-01-02,600519,BUY,100,11,T1\n", "later.csv")

    assert (said.rows_new, said.rows_known, said.rows_refused) == (1, 1, 1)
    assert (said.rejects[0].line, said.rejects[0].value) == (3, "T1")
    assert "第 2 行相同而内容不同：quantity 已记 100、此行 200" in said.rejects[0].expected
    assert "price 已记 10、此行 11" in later.rejects[0].expected
    assert len(book.trades()) == 1


def test_identical_rows_without_number_count_by_occurrence(book):
    text = HEAD + GOOD * 3

    assert [book.take(text).rows_new for _ in range(2)] == [3, 0]
    assert len(book.trades()) == 3


def test_a_quantity_of_zero_is_kept_and_named(book):
    said = book.take(HEAD + "A1,2024-01-02,600519,BUY,0,10\n")

    assert book.trades() == []
    assert [note.wording for note in book.notes()] == ["买入（数量 0）"]
    assert any("数量为 0" in sentence and "第 2 行" in sentence for sentence in said.remarks)


def test_the_order_of_the_file_stands_within_one_second(book):
    at = "2024-01-02 09:31:05"
    book.take(HEAD + f"A1,{at},600519,BUY,100,10\nA1,{at},600519,SELL,100,10\nA1,{at},600519,BUY,200,10\n")

    assert [row.quantity for row in book.trades()] == [100, 100, 200]
    assert [MOVEMENTS[row.kind].value for row in book.trades()] == ["BUY", "SELL", "BUY"]


def test_a_file_that_begins_with_the_newest_row_is_turned_round(book):
    said = book.take(
        HEAD
        + "A1,2024-01-03,600519,SELL,100,10\nA1,2024-01-02,600519,SELL,50,10\nA1,2024-01-02,600519,BUY,150,9\n"
    )

    assert [MOVEMENTS[row.kind].value for row in book.trades()] == ["BUY", "SELL", "SELL"]
    assert "文件按时间倒序，已还原为正序" in said.remarks


def test_wrong_kinds_are_named(book):
    path = book.file(FILES["prices"][0], "prices.csv")
    from clients.intake import import_file

    with pytest.raises(BadInput, match=r"不是 trades（成交）文件：缺少列 .*按列名看它是 prices（行情）文件"):
        import_file(book.url, path, kind="trades")
    with pytest.raises(BadInput, match="看不出是哪种文件"):
        book.take("foo,bar\n1,2\n")
    with pytest.raises(BadInput, match="没有 gossip 这种文件"):
        book.take(HEAD + GOOD, kind="gossip")
    with pytest.raises(BadInput, match="只有表头"):
        book.take(HEAD)
    with pytest.raises(BadInput, match="不认识的市场 MOON"):
        book.take(HEAD + GOOD, venue="MOON")


def test_an_unknown_security_is_made_and_named_then_put_right(book):
    said = book.take(HEAD + GOOD)
    assert any("证券尚未登记" in sentence for sentence in said.remarks)

    later = book.take("security_code,name,kind,industry\n600519,贵州茅台,STOCK,白酒\n", "i.csv")

    assert (later.rows_new, later.rows_changed) == (0, 1)
    assert [(row.name, row.industry) for row in book.rows(InstrumentRow)] == [("贵州茅台", "白酒")]


def test_prices_with_a_time_are_quotes_and_others_are_days(book):
    said = book.take(
        "asset,datetime,price\n3NGL,2017-10-25T14:16:00Z,0.254\n3NGL,2017-10-26,0.26\n", venue="XMIL"
    )

    assert said.rows_new == 2
    assert [(row.at, row.price) for row in book.rows(QuoteRow)] == [
        (datetime(2017, 10, 25, 14, 16, tzinfo=UTC), Decimal("0.254"))
    ]
    assert [row.day for row in book.rows(DailyPriceRow)] == [date(2017, 10, 26)]


def test_a_price_that_differs_from_the_one_on_file_is_refused(book):
    book.take("security_code,date,close\n600519,2024-01-02,10\n")
    said = book.take(
        "security_code,date,close\n600519,2024-01-02,11\n600519,2024-01-03,-1\n600519,2024-01-04,0\n", "b.csv"
    )

    assert [(reject.line, reject.value) for reject in said.rejects] == [(2, "11"), (3, "-1"), (4, "0")]
    assert "已有 close=10" in said.rejects[0].expected
    assert [row.close for row in book.rows(DailyPriceRow)] == [10]


def test_benchmarks_by_close_and_by_weight(book):
    book.take(
        "benchmark_code,date,security_code,weight\nB1,2024-01-02,600519,0.6\nB1,2024-01-02,000333,0.4\n"
    )
    book.take("benchmark_code,date,close\nB2,2024-01-02,100\n", "b.csv")

    assert sorted(row.weight for row in book.rows(BenchmarkWeightRow)) == [Decimal("0.4"), Decimal("0.6")]
    assert [row.close for row in book.rows(BenchmarkCloseRow)] == [100]


def test_actions_keep_value_and_price(book):
    said = book.take(
        "security_code,ex_date,kind,value,price\n600519,2024-06-19,RIGHTS,0.3,8.5\n600519,2024-06-19,配股,0.3,\n"
    )

    assert [(row.kind, row.value, row.price) for row in book.rows(ActionRow)] == [
        ("RIGHTS", Decimal("0.3"), Decimal("8.5"))
    ]
    assert [(reject.line, reject.column) for reject in said.rejects] == [(3, "price")]


RISKS = [  # level, assessed, recorded, provenance, oddity
    ("Income", "2020-07-16", "2021-07-16", "ANSWERED", None),
    ("Predicted_Conservative", "2000-01-01", "2018-01-02", "PREDICTED", "SENTINEL_DATE"),
    ("Not_Available", "", "2018-01-02", "MISSING", None),
    ("", "", "2018-01-02", "MISSING", None),
    ("Balanced", "2022-05-01", "2021-01-02", "ANSWERED", "FUTURE_DATE"),
]


@pytest.mark.parametrize(("level", "assessed", "recorded", "provenance", "oddity"), RISKS)
def test_a_level_of_risk_keeps_its_provenance(book, level, assessed, recorded, provenance, oddity):
    text = f"customerID,riskLevel,lastQuestionnaireDate,timestamp\nC1,{level},{assessed},{recorded}\n"

    assert [book.take(text, kind="clients").rows_new for _ in range(2)] == [1, 0]
    (row,) = book.rows(RiskLevelRow)
    assert (row.level, row.provenance, row.oddity) == (level, provenance, oddity)


def test_clients_are_put_right_by_a_later_file(book):
    said = book.take("client_no,name,kind,phone\nC1,甲改,NATURAL,13800000000\nC2,,NATURAL,\n", "c2.csv")

    assert (said.rows_changed, said.rows_refused) == (1, 1)
    assert {row.client_no: row.name for row in book.rows(ClientRow)} == {"C1": "甲改", "C2": "乙"}


def test_cash_is_signed_by_its_kind(book):
    said = book.take("account_no,date,kind,amount,ref_no\nA1,2024-01-02,DEPOSIT,100,R1\nA1,2024-01-03,证券转银行,30,R2\n"
                     "A1,2024-01-04,DEPOSIT,-5,R3\nA1,2024-01-02,DEPOSIT,101,R1\n")  # fmt: skip

    assert [(CASH_KINDS[row.kind], row.amount) for row in book.flows()] == [
        (CashKind.DEPOSIT, 100),
        (CashKind.WITHDRAWAL, -30),
    ]
    assert [reject.line for reject in said.rejects] == [4, 5]
    assert "流水号与已记的第 2 行相同而内容不同" in said.rejects[1].expected


def test_a_holding_that_contradicts_the_one_on_file_is_refused(book):
    book.take(FILES["holdings"][0])
    said = book.take(FILES["holdings"][0].replace(",100", ",90"), "h.csv")

    assert [(row.quantity) for row in book.rows(HoldingRow)] == [100]
    assert "已有 quantity=100" in said.rejects[0].expected


def test_an_account_of_another_client_is_never_used(book):
    with pytest.raises(BadInput, match="已属于另一位客户"):
        book.take(HEAD.replace("account_no,", "") + GOOD.replace("A1,", ""), account="A1", client="C2")
    assert book.trades() == []
