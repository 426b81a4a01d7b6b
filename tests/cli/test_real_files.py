"""What real files are like, from the file to the report: each oddity is named, and none bends a figure."""

from __future__ import annotations

import json

import pytest

from tests.cli.world import DAYS, HEADINGS, STOCKS, Statement, market, price, written, yuan

ACCOUNT = ("--account", "B1", "--client", "D1")
CODE = "600001.SH"


@pytest.fixture
def desk(heshi, tmp_path):
    """The command on a database that knows the market alone."""
    assert heshi("import", *market(tmp_path)).code == 0
    return heshi


@pytest.fixture
def told(desk, tmp_path):
    """What the import says of a statement, and the report of its account."""

    def ask(rows, *, heading=HEADINGS):
        answer = desk("import", written(tmp_path / "s.csv", heading, rows), *ACCOUNT)
        return answer, json.loads(desk("diagnose", "B1", "--format", "json").out)

    return ask


def quality(report):
    """Section 11 as text: what the data could not say."""
    return json.dumps(report["sections"][10], ensure_ascii=False)


def funded(*, deposit=True):
    """A year of trades in one stock; the deposit is on the statement or is not."""
    book = Statement("B1")
    book.cash = 0 if deposit else 5_000_000
    if deposit:
        book.money(0, "银行转证券", 5_000_000)
    for turn in range(12):
        book.deal(turn * 20 + 1, CODE, 300)
        book.deal(turn * 20 + 9, CODE, -300)
    return book


def without(rows, column):
    """The rows without one column, and the heading that goes with them."""
    place = HEADINGS.split(",").index(column)
    cut = [",".join(cell for at, cell in enumerate(row.split(",")) if at != place) for row in (HEADINGS, *rows)]
    return cut[1:], cut[0]


def test_a_sound_statement_has_nothing_to_say(told):
    answer, report = told(funded().rows)

    assert answer.code == 0
    assert report["metrics"]["xirr"]["value"] is not None
    assert "没有发现数据缺口" in quality(report)


def test_transfers_that_the_file_leaves_out_are_inferred_from_the_balance_and_named(told):
    answer, left_out = told(funded(deposit=False).rows)

    assert answer.code == 0
    assert "由资金余额推断" in answer.text
    assert left_out["metrics"]["xirr"]["value"] is not None
    whole = told(funded().rows)[1]
    assert left_out["metrics"]["twr"]["value"] == pytest.approx(whole["metrics"]["twr"]["value"], abs=0.02)


def test_without_transfers_and_balance_the_money_is_asked_for_and_xirr_withheld(told):
    book = funded(deposit=False)
    book.money(240, "利息归本", 321)
    rows, heading = without(book.rows, "资金余额")
    answer, report = told(rows, heading=heading)

    assert "资金余额" in answer.text
    assert "不闭合" in report["metrics"]["xirr"]["withheld"]


def test_a_code_that_lost_its_zeros_takes_its_market_from_the_row_and_never_from_padding(desk, tmp_path):
    rows = [
        "20240103,证券买入,3,样本三,100,18.00,1800.00,-1805.02,深圳A股",
        "20240103,证券买入,700,,100,300.00,30000.00,-30005.30,",
    ]
    heading = "成交日期,操作,证券代码,证券名称,成交数量,成交均价,成交金额,发生金额,交易市场"
    answer = desk("import", written(tmp_path / "s.csv", heading, rows), *ACCOUNT)

    assert answer.code == 1
    assert "新增1" in answer.text
    assert "“700”700可能是00700.HK、000700.SZ" in answer.text
    holdings = json.loads(desk("diagnose", "B1", "--format", "json").out)
    assert "000003.SZ" in json.dumps(holdings, ensure_ascii=False)


def test_lottery_numbers_are_no_trades(told):
    book = funded()
    note = f"B1,{DAYS[30]:%Y%m%d},10:00:00,732001,申购配号,20,0,0,0,0,0,0,{yuan(book.cash)},"
    plain = told(funded().rows)[1]
    answer, report = told([*book.rows[:4], note.replace(yuan(book.cash), book.rows[3].split(",")[12]), *book.rows[4:]])

    assert answer.code == 0
    assert report["metrics"] == plain["metrics"]


def test_fees_that_exceed_the_profit_are_said_first(told):
    book = Statement("B1")
    book.money(0, "银行转证券", 2_000_000)
    for turn in range(40):
        book.deal(turn * 6 + 1, CODE, 100)
        book.deal(turn * 6 + 2, CODE, -100)
    _, report = told(book.rows)

    found = [finding["id"] for finding in report["findings"]]
    assert found[0] in ("FEES_EXCEED_PROFIT", "SMALL_ORDERS"), found
    assert "SMALL_ORDERS" in found


def test_a_bonus_issue_is_no_loss(told, desk, tmp_path):
    """Raw prices fall by a third when ten shares become fifteen."""
    ex = 100
    prices = [f"600009.SH,{day},{'15.00' if t < ex else '10.00'}" for t, day in enumerate(DAYS)]
    desk("import", written(tmp_path / "i.csv", "security_code,name,kind", ["600009.SH,样本九,STOCK"]))
    desk("import", written(tmp_path / "p.csv", "security_code,date,close", prices))
    desk("import", written(
        tmp_path / "a.csv", "security_code,ex_date,kind,value", [f"600009.SH,{DAYS[ex]},BONUS,0.5"]
    ))  # fmt: skip
    rows = [
        f"B1,{DAYS[0]:%Y%m%d},09:05:00,,银行转证券,0,0,0,0,0,0,20000.00,20000.00,",
        f"B1,{DAYS[1]:%Y%m%d},10:00:00,600009,证券买入,1000,15.00,15000.00,5.00,0,0.15,-15005.15,4994.85,1",
        f"B1,{DAYS[ex]:%Y%m%d},00:00:00,600009,红股入账,500,0,0,0,0,0,0,4994.85,",
    ]
    _, report = told(rows)

    assert report["metrics"]["max_drawdown"]["value"] == pytest.approx(-5.15 / 20_000, abs=1e-6)
    assert report["metrics"]["profit"]["value"] == pytest.approx(-5.15, abs=0.01)


def test_a_vendors_price_on_a_day_that_never_was_is_not_used_and_said(told, desk, tmp_path):
    holiday = "2024-02-12"  # the spring festival
    plain = told(funded().rows)[1]
    rows = [f"{CODE},{holiday},{yuan(price(CODE, 25) * 2)}"]
    assert desk("import", written(tmp_path / "p.csv", "security_code,date,close", rows)).code == 0
    report = json.loads(desk("diagnose", "B1", "--format", "json").out)

    assert report["metrics"] == plain["metrics"]
    assert f"休市日（{holiday}）有价格，未采用" in quality(report)


def test_holdings_that_nobody_recorded_are_named_at_their_first_sale(told):
    book = Statement("B1")
    book.money(0, "银行转证券", 1_000_000)
    book.deal(10, CODE, -500)
    _, report = told(book.rows)

    assert "期初持仓未知" in quality(report)
    assert STOCKS[CODE][0] in quality(report)


def test_a_statement_newest_first_in_another_encoding_tells_the_same(told, desk, tmp_path):
    _, plain = told(funded().rows)
    backwards = tmp_path / "倒序.csv"
    backwards.write_bytes("\n".join([HEADINGS, *reversed(funded().rows), ""]).encode("gb18030"))
    answer = desk("import", backwards, *ACCOUNT)

    assert answer.code == 0
    assert "新增0" in answer.text
    assert json.loads(desk("diagnose", "B1", "--format", "json").out)["digest"] == plain["digest"]
