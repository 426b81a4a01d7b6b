# ruff: noqa: E501  (rows of files stand on one line each)
"""Delivery statements of several layouts: what each row becomes, and that shares and money end right."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from clients.inferred import LedgerLine, gaps
from clients.statements import business_types
from clients.tables import AccountRow
from clients.types import CASH_KINDS, MOVEMENTS, CashKind, Movement
from kit.money import SCALE
from market.tables import InstrumentRow

TDX = (  # 通达信, tab separated, GB18030, codes in Excel armour, thousands separators
    "成交日期\t成交时间\t证券代码\t证券名称\t操作\t成交数量\t成交均价\t成交金额\t手续费\t印花税\t过户费\t其他杂费\t发生金额\t资金余额\t合同编号\t股东帐户\t交易市场\n"
)
TDX_ROWS = [
    "20240102\t09:10:00\t\t\t银行转证券\t0\t0\t0\t0\t0\t0\t0\t100,000.00\t100,000.00\t\t\t",
    '20240102\t09:31:05\t="600519"\t贵州茅台\t证券买入\t100\t680.00\t68,000.00\t17.00\t0\t0.68\t0\t-68,017.68\t31,982.32\t1\tA123456789\t上海A股',
    "20240103\t10:00:00\t21\t深科技\t证券买入\t100\t15.00\t1500.00\t5.00\t0\t0.02\t0\t-1505.02\t30477.30\t2\t0123456789\t深圳A股",
    "20240109\t0:00:00\t600519\t贵州茅台\t股息入账\t100\t0\t0\t0\t0\t0\t0\t2191.10\t32668.40\t\tA123456789\t上海A股",
    "20240109\t0:00:00\t600519\t贵州茅台\t红股入账\t30\t0\t0\t0\t0\t0\t0\t0\t32668.40\t\tA123456789\t上海A股",
    "20240110\t13:00:00\t600519\t贵州茅台\t证券卖出\t-100\t700.00\t70000.00\t17.50\t35.00\t0.70\t0\t69946.80\t102615.20\t3\tA123456789\t上海A股",
    "20240111\t0:00:00\t\t\t利息归本\t0\t0\t0\t0\t0\t0\t0\t3.21\t102618.41\t\t\t",
    "20240112\t0:00:00\t\t\t证券转银行\t0\t0\t0\t0\t0\t0\t0\t-2618.41\t100000.00\t\t\t",
]
THS = "交割日期,业务名称,证券代码,证券名称,成交价格,成交数量,成交金额,佣金,印花税,过户费,其他费,发生金额,剩余金额,成交编号,币种\n"
SHORT = "发生日期,业务名称,证券代码,证券名称,成交价格,成交数量,成交金额,发生金额\n"


def statement(*rows: str, head: str = SHORT) -> str:
    return head + "\n".join(rows) + "\n"


def holdings(book) -> dict[str, Decimal]:
    codes, held = book.codes(), defaultdict(Decimal)
    for row in book.trades():
        out = MOVEMENTS[row.kind] in (Movement.SELL, Movement.TRANSFER_OUT)
        held[codes[row.instrument_id]] += -row.quantity if out else row.quantity
    return dict(held)


def money(book) -> Decimal:
    return sum((row.amount for row in (*book.trades(), *book.flows())), Decimal(0))


def test_a_tdx_statement_becomes_a_ledger_whose_money_and_shares_close(book):
    said = book.take((TDX + "\n".join(TDX_ROWS)).encode("gb18030"), "交割单.xls", account="A1")

    assert (said.kind, said.rows_read, said.rows_new, said.rows_refused) == ("statement", 8, 8, 0)
    assert holdings(book) == {"600519.SH": 30, "000021.SZ": 100}
    assert money(book) == 100_000
    assert [CASH_KINDS[row.kind].value for row in book.flows()] == [
        "DEPOSIT",
        "DIVIDEND",
        "INTEREST",
        "WITHDRAWAL",
    ]
    sale = book.trades()[-1]
    assert (sale.commission, sale.stamp_duty, sale.transfer_fee, sale.other_fee) == (
        Decimal("17.5"),
        35,
        Decimal("0.7"),
        0,
    )
    assert not any(row.inferred for row in book.flows())


def test_overlapping_exports_do_not_double(book):
    book.take(TDX + "\n".join(TDX_ROWS[:5]), "a.csv", account="A1")
    said = book.take(TDX + "\n".join(TDX_ROWS[2:]), "b.csv", account="A1")

    assert (said.rows_new, said.rows_known) == (3, 3)
    assert money(book) == 100_000
    assert not any(row.inferred for row in book.flows())


def test_a_statement_newest_first_tells_the_same_story(book):
    book.take(TDX + "\n".join(reversed(TDX_ROWS)), "a.csv", account="A1")

    assert money(book) == 100_000
    assert [MOVEMENTS[row.kind].value for row in book.trades()] == ["BUY", "BUY", "BONUS", "SELL"]
    assert not any(row.inferred for row in book.flows())


def test_transfers_that_the_file_left_out_are_inferred_from_the_balance(book):
    rows = [row for row in TDX_ROWS if "银行" not in row]
    said = book.take(TDX + "\n".join(rows), "a.csv", account="A1")

    inferred = [(row.day, CASH_KINDS[row.kind], row.amount) for row in book.flows() if row.inferred]
    assert inferred == [(date(2024, 1, 2), CashKind.DEPOSIT, 100_000)]
    assert any("期初资金" in sentence and "100000 元" in sentence for sentence in said.remarks)
    assert book.take(TDX + "\n".join(rows), "a.csv", account="A1").rows_new == 0
    assert len([row for row in book.flows() if row.inferred]) == 1


def test_a_later_complete_statement_takes_the_inference_back(book):
    book.take(TDX + "\n".join(TDX_ROWS[1:]), "a.csv", account="A1")
    assert [row.inferred for row in book.flows()].count(True) == 1

    book.take(TDX + "\n".join(TDX_ROWS[:3]), "b.csv", account="A1")

    assert [row.inferred for row in book.flows()].count(True) == 0


def test_without_balance_and_transfers_the_result_says_so(book):
    said = book.take(statement("20240102,证券买入,600519,贵州茅台,10,100,1000,-1005"), account="A1")

    assert any("没有银证转账，也没有资金余额" in sentence for sentence in said.remarks)


def test_lottery_numbers_are_notes_and_never_trades(book):
    book.take(statement("20240104,申购配号,732259,药明申购,0,5,0,0"), account="A1")

    assert (book.trades(), book.flows()) == ([], [])
    assert [(note.wording, note.quantity) for note in book.notes()] == [("申购配号", 5)]


WIN = [  # booked under the subscription code, charged back, booked again under the listing code
    "20240105,申购中签,732259,药明申购,21.60,1000,21600,-21600",
    "20240105,新股入帐,732259,药明申购,21.60,1000,0,0",
    "20240108,申购中签,732259,药明申购,21.60,-1000,21600,21600",
    "20240108,新股入帐,732259,药明申购,21.60,-1000,0,0",
    "20240108,新股入帐,603259,药明康德,21.60,1000,21600,-21600",
]


def test_a_lottery_win_booked_back_and_again_counts_once(book):
    said = book.take(statement(*WIN), account="A1")

    assert said.rows_refused == 0
    assert holdings(book) == {"603259.SH": 1000}
    assert money(book) == -21_600
    assert [CASH_KINDS[row.kind] for row in book.flows()] == [CashKind.SUBSCRIPTION, CashKind.REFUND]
    assert {book.codes()[row.instrument_id] for row in book.flows()} == {"603259.SH"}
    assert [row.code for row in book.rows(InstrumentRow)] == ["603259.SH"]


def test_a_shenzhen_win_pays_first_and_gets_shares_later(book):
    book.take(statement("20240105,中签缴款,300999,金龙鱼,25.7,500,12850,-12850", "20240110,新股入账,300999,金龙鱼,25.7,500,0,0"),
              account="A1")  # fmt: skip

    assert holdings(book) == {"300999.SZ": 500}
    assert money(book) == -12_850
    assert [row.price for row in book.trades()] == [Decimal("25.7")]


def test_a_hong_kong_fill_keeps_currency_and_rate_and_names_its_charges(book):
    head = (
        "成交日期,业务名称,证券代码,证券名称,成交价格,成交数量,成交金额,手续费,发生金额,币种,汇率,交易市场\n"
    )
    said = book.take(
        head + "20240102,港股通股票买入,700,腾讯控股,300,100,30000,8.2,-27412.35,HKD,0.912,沪港通\n",
        account="A1",
    )
    (row,) = book.trades()

    assert book.codes()[row.instrument_id] == "00700.HK"
    assert row.wording == "港股通股票买入 HKD×0.912"
    assert (row.price, row.amount) == (300, Decimal("-27412.35"))
    assert (row.commission, row.other_fee) == (Decimal("8.2"), Decimal("44.15"))  # 27412.35 - 27360 - 8.2
    assert any("汇率" in sentence and "其他费用" in sentence for sentence in said.remarks)


def test_an_unknown_business_type_is_refused_by_its_word(book):
    said = book.take(statement("20240102,神秘业务,600519,贵州茅台,10,100,1000,-1005"), account="A1")

    assert [(reject.column, reject.value) for reject in said.rejects] == [("业务名称", "神秘业务")]
    assert "未猜测" in said.rejects[0].expected
    assert (book.trades(), book.flows(), book.notes()) == ([], [], [])


CONTRADICTIONS = [  # row, column, part of the reason
    ("20240102,证券买入,600519,贵州茅台,10,100,1000,1005", "发生金额", "应为负"),
    ("20240102,证券卖出,600519,贵州茅台,10,100,1000,-995", "发生金额", "应为正"),
    ("20240102,证券买入,600519,贵州茅台,10,-100,1000,-1005", "成交数量", "不应为负"),
    ("20240102,银行转证券,,,0,0,0,-500", "发生金额", "金额应为正"),
    ("20240102,证券转银行,,,0,0,0,500", "发生金额", "金额应为负"),
    ("20240102,申购配号,732259,药明,0,5,0,-500", "发生金额", "不应有发生金额"),
    ("20240102,证券买入,600519,贵州茅台,-10,100,1000,-1005", "成交价格", "不能为负"),
    ("20240102,证券买入,700,谜,10,100,1000,-1005", "证券代码", "00700.HK、000700.SZ"),
    ("20240102,证券买入,,,10,100,1000,-1005", "证券代码", "须有证券代码"),
]


@pytest.mark.parametrize(("row", "column", "reason"), CONTRADICTIONS)
def test_contradictions_are_named(book, row, column, reason):
    signed = "20240101,利息归本,,,0,0,0,1", "20240101,证券转银行,,,0,0,0,-1"
    said = book.take(statement(*signed, row), account="A1")

    assert [(reject.line, reject.column) for reject in said.rejects] == [(4, column)]
    assert reason in said.rejects[0].expected


def test_a_file_without_signs_takes_them_from_the_words(book):
    book.take(statement("20240102,银行转存,,,0,0,0,5000", "20240102,证券买入,600519,贵州茅台,10,100,1000,1005",
                        "20240103,证券卖出,600519,贵州茅台,11,100,1100,1094", "20240104,股息红利差异扣税,600519,贵州茅台,0,0,0,6",
                        "20240105,银行转取,,,0,0,0,100"), account="A1")  # fmt: skip

    assert [row.amount for row in book.trades()] == [-1005, 1094]
    assert [row.amount for row in book.flows()] == [5000, -6, -100]


MEANINGS = [  # word, kind of security code, quantity, amount, movement or cash kind, source of the case
    ("融资买入", "600519", 100, -1005, "BUY"), ("卖券还款", "600519", 100, 995, "SELL"),
    ("担保品划入", "600519", 100, 0, "TRANSFER_IN"), ("担保品划出", "600519", 100, 0, "TRANSFER_OUT"),
    ("托管转入", "600519", 100, 0, "TRANSFER_IN"), ("托管转出", "600519", -100, 0, "TRANSFER_OUT"),
    ("配股入账", "600519", 30, 0, "RIGHTS"), ("配股缴款", "600519", 30, -300, "SUBSCRIPTION"),
    ("送股", "600519", 30, 0, "BONUS"), ("转增", "600519", 30, 0, "BONUS"), ("新股申购", "732259", 1000, -21600, "SUBSCRIPTION"),
    ("申购返款", "732259", 1000, 21600, "REFUND"), ("红利入账", "600519", 300, 678, "DIVIDEND"),
    ("股息红利税补缴", "600519", 300, -67.8, "DIVIDEND_TAX"), ("直接还款", "", 0, -1000, "MARGIN_REPAY"),
    ("偿还融资利息", "", 0, -10, "MARGIN_INTEREST"), ("融资借款", "", 0, 1000, "MARGIN_BORROW"),
    ("融券回购", "204001", 10, -1000, "REPO_OUT"), ("拆出质押购回", "204001", 10, 1000.05, "REPO_BACK"),
    ("卖出", "131810", 10, -1000, "REPO_OUT"), ("买入", "131810", 10, 1000.05, "REPO_BACK"),
    ("港股通组合费", "", 0, -0.5, "FEE"), ("债券付息", "113050", 10, 5, "INTEREST"), ("债券兑付", "113050", 10, 1000, "SELL"),
    ("ETF申购", "510300", 900000, 0, "TRANSFER_IN"), ("ETF赎回", "510300", -900000, 0, "TRANSFER_OUT"),
    ("可转债转股", "113050", 10, 0, "TRANSFER_OUT"), ("可转债转股", "600519", 95, 0, "TRANSFER_IN"),
    ("要约收购", "600519", 100, 1000, "SELL"), ("基金申购", "162411", 1000, -1000, "BUY"),
    ("基金申购", "162411", 0, -1000, "SUBSCRIPTION"), ("基金赎回", "162411", 1000, 990, "SELL"),
    ("基金分红", "162411", 0, 12, "DIVIDEND"), ("开放基金拆分增股", "162411", 100, 0, "SPLIT"),
    ("指定交易", "799999", 0, 0, "NOTE"), ("撤销指定", "799999", 0, 0, "NOTE"), ("起始配号", "732259", 3, 0, "NOTE"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "code", "quantity", "amount", "becomes"), MEANINGS)
def test_each_business_type_becomes_what_it_is(book, word, code, quantity, amount, becomes):
    said = book.take(
        statement(
            "20240101,证券转银行,,,0,0,0,-1",
            f"20240102,{word},{code},某证券,10,{quantity},{abs(amount)},{amount}",
        ),
        account="A1",
    )

    assert said.rejects == []
    moved = [MOVEMENTS[row.kind].value for row in book.trades()]
    paid = [CASH_KINDS[row.kind].value for row in book.flows()][1:]
    noted = ["NOTE" for _ in book.notes()]
    assert moved + paid + noted == [becomes]
    assert money(book) == Decimal(str(amount)) - 1


def test_what_the_broker_lent_directly_is_a_flow_of_its_own(book):
    head = SHORT.strip() + ",佣金\n"
    book.take(
        head
        + "20240102,融资买入,600519,贵州茅台,10,100,1000,-5,5\n20240103,卖券还款,600519,贵州茅台,12,100,1200,0,5\n",
        account="A1",
    )

    assert [row.amount for row in book.trades()] == [-1005, 1195]
    assert [(CASH_KINDS[row.kind].value, row.amount) for row in book.flows()] == [
        ("MARGIN_BORROW", 1000),
        ("MARGIN_REPAY", -1195),
    ]
    assert money(book) == -5


FEES = [  # commission, stamp, transfer, other, net, expected four charges, why
    ("5", "0", "0.01", "0.07", "-1005.08", ("5", "0", "0.01", "0.07"), "all charges stand in their columns"),
    (
        "5",
        "0",
        "0.01",
        "0.07",
        "-1005.01",
        ("5", "0", "0.01", "0"),
        "the other column itemises what the commission holds",
    ),
    ("5.01", "0", "0.01", "0", "-1005.01", ("5", "0", "0.01", "0"), "the commission column is the sum"),
    ("5", "0", "0.01", "0", "-1006.01", ("5", "0", "0.01", "1"), "what is unexplained is another charge"),
]


@pytest.mark.parametrize(("commission", "stamp", "transfer", "other", "net", "expected", "why"), FEES)
def test_charges_add_up_to_the_amount(book, commission, stamp, transfer, other, net, expected, why):
    book.take(
        THS
        + f"20240102,证券买入,600519,贵州茅台,10,100,1000,{commission},{stamp},{transfer},{other},{net},1,,人民币\n",
        account="A1",
    )
    (row,) = book.trades()

    assert (row.commission, row.stamp_duty, row.transfer_fee, row.other_fee) == tuple(
        map(Decimal, expected)
    ), why


def test_a_duplicate_trade_number_with_other_content_is_refused(book):
    row = "20240102,证券买入,600519,贵州茅台,10,{},1000,5,0,0,0,-1005,1,T9,人民币\n"
    said = book.take(THS + row.format(100) + row.format(200) + row.format(100), account="A1")

    assert (said.rows_new, said.rows_known, said.rows_refused) == (1, 1, 1)
    assert "成交编号与已记的第 2 行相同" in said.rejects[0].expected


def test_an_account_is_made_on_the_way_only_for_a_named_client(book):
    text = statement("20240102,证券买入,600519,贵州茅台,10,100,1000,-1005")

    assert book.take(text, account="NEW").rejects[0].expected.startswith("没有这个账户")
    assert book.take(text, account="NEW", client="C7").rows_new == 1
    assert "NEW" in {row.account_no for row in book.rows(AccountRow)}


def test_a_preamble_before_the_headings_is_passed_over(book):
    text = "对账单\n客户：某某,打印日期：20240131\n\n" + statement(
        "20240102,证券买入,600519,贵州茅台,10,100,1000,-1005"
    )

    said = book.take(text, account="A1")

    assert (said.rows_read, said.rows_new) == (1, 1)
    assert book.trades()[0].line == 5


def test_every_word_of_the_data_has_one_meaning():
    assert len(business_types()) > 250
    for meaning in business_types().values():
        assert meaning.note or meaning.movement or meaning.cash_in or meaning.cash_out


def test_gaps_are_found_between_balances_and_never_across_an_unknown_amount():
    on = date(2024, 1, 2)
    lines = [LedgerLine(on, 1, 10 * SCALE, 110 * SCALE), LedgerLine(on, 2, None, 50 * SCALE), LedgerLine(on, 3, 5 * SCALE, 55 * SCALE),
             LedgerLine(on, 4, -5 * SCALE, 70 * SCALE), LedgerLine(on, 5, 0, 70 * SCALE + 10_000)]  # fmt: skip

    assert [(flow.amount // SCALE, line.seq) for flow, line in gaps(iter(lines))] == [(100, 1), (20, 4)]
