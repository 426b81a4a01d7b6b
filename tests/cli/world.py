"""A small market and its clients as a broker's files, 2024: what the command line tests import and diagnose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from kit.days import calendar

STOCKS = {  # code: (name, industry, first price in fen)
    "600001.SH": ("样本一", "银行", 1_000), "600002.SH": ("样本二", "食品饮料", 2_500),
    "000003.SZ": ("样本三", "电子", 1_800), "300004.SZ": ("样本四", "医药生物", 3_200),
    "600005.SH": ("样本五", "煤炭", 900),
}
DELISTED, LAST_PRICE = "600005.SH", date(2024, 6, 28)
FIRST, LAST = date(2024, 1, 2), date(2024, 12, 31)
DAYS = tuple(date.fromordinal(int(day)) for day in calendar("XSHG").sessions(FIRST, LAST))
HEADINGS = (
    "资金账号,成交日期,成交时间,证券代码,操作,成交数量,成交均价,成交金额,手续费,印花税,过户费,发生金额,资金余额,合同编号"
)
TWO_ACCOUNTS, TRADED, RECEIVER, EMPTY, ONE_TRADE, LEFT_OVER = "C1", "A1", "A2", "A3", "A4", "A5"

MOVED = 3_000_000
"""Fen that went from A1 to A2."""


def price(code: str, t: int) -> int:
    """Fen: a slow rise with waves of its own for each stock, the same on every machine."""
    start, place = STOCKS[code][2], list(STOCKS).index(code)
    wave = abs((t * (5 + place)) % 80 - 40) - 20
    return start * (10_000 + 12 * t + 25 * wave) // 10_000


def yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def market(folder: Path) -> Iterator[Path]:
    """Instruments, a year of prices, and a benchmark by closes."""
    yield written(
        folder / "instruments.csv", "security_code,name,kind,industry",
        [f"{code},{name},STOCK,{industry}" for code, (name, industry, _) in STOCKS.items()],
    )
    yield written(
        folder / "prices.csv", "security_code,date,close,open,high,low,volume",
        [
            f"{code},{day},{close},{close},{yuan(price(code, t) + 5)},{yuan(price(code, t) - 5)},2000000"
            for code in STOCKS
            for t, day in enumerate(DAYS)
            if code != DELISTED or day <= LAST_PRICE
            for close in [yuan(price(code, t))]
        ],
    )
    yield written(
        folder / "benchmark.csv", "benchmark_code,date,close",
        [f"000300.SH,{day},{3_000 + t * 2 - t % 7 * 9}" for t, day in enumerate(DAYS)],
    )
    yield written(folder / "old.csv", "benchmark_code,date,close", ["OLD.IDX,2019-01-02,100", "OLD.IDX,2019-01-03,101"])


def people(folder: Path) -> Iterator[Path]:
    yield written(
        folder / "clients.csv", "client_no,name,kind",
        ["C1,甲某,NATURAL", "C2,乙某,NATURAL", "C3,丙某,NATURAL", "C4,丁某,NATURAL"],
    )
    yield written(
        folder / "accounts.csv", "account_no,client_no,opened_on",
        [f"A1,C1,{FIRST}", f"A2,C1,{FIRST}", f"A3,C2,{FIRST}", f"A4,C3,{FIRST}", f"A5,C4,{FIRST}"],
    )


def statements(folder: Path) -> Iterator[Path]:
    """One delivery statement (GB18030) of all accounts."""
    path = folder / "交割单.csv"
    rows = [*traded(), *received(), *one_trade(), *left_over()]
    path.write_bytes("\n".join([HEADINGS, *rows, ""]).encode("gb18030"))
    yield path


def files(folder: Path) -> list[Path]:
    """Every file of the world in import order."""
    return [*market(folder), *people(folder), *statements(folder)]


class Statement:
    """Rows of one account whose running balance closes."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.cash = 0
        self.rows: list[str] = []

    def money(self, t: int, business: str, fen: int) -> None:
        self.cash += fen
        self._row(t, "09:05:00", "", business, 0, 0, 0, (0, 0, 0), fen)

    def deal(self, t: int, code: str, shares: int) -> None:
        """A buy (shares above 0) or a sale at the close, with the charges of 2024."""
        close = price(code, t)
        turnover = close * abs(shares)
        duty = round(turnover * 0.0005) if shares < 0 else 0
        charges = (max(round(turnover * 0.00025), 500), duty, round(turnover / 1e5))
        net = -(turnover + sum(charges)) if shares > 0 else turnover - sum(charges)
        self.cash += net
        business = "证券买入" if shares > 0 else "证券卖出"
        self._row(t, "10:15:00", code, business, abs(shares), close, turnover, charges, net)

    def _row(
        self, t: int, clock: str, code: str, business: str, shares: int, each: int, turnover: int,
        charges: tuple[int, int, int], net: int,
    ) -> None:
        assert self.cash >= 0, (self.account, t)
        number = f"{self.account}{len(self.rows):04d}" if shares else ""
        cells = [self.account, f"{DAYS[t]:%Y%m%d}", clock, code, business, str(shares), yuan(each), yuan(turnover)]
        cells += [*map(yuan, charges), yuan(net), yuan(self.cash), number]
        self.rows.append(",".join(cells))


def traded() -> list[str]:
    """A1: a year of trades in four stocks; on day 120 money goes to the client's other account."""
    book = Statement(TRADED)
    book.money(0, "银行转证券", 20_000_000)
    codes = [code for code in STOCKS if code != DELISTED]
    for turn in range(30):
        code = codes[turn % 4]
        book.deal(turn * 7 + 1, code, 400)
        if turn == 17:
            book.money(121, "资金转出", -MOVED)
        book.deal(turn * 7 + 5, code, -300)
    return book.rows


def received() -> list[str]:
    """A2: opened with what came over from A1."""
    book = Statement(RECEIVER)
    book.money(121, "资金转入", MOVED)
    book.deal(122, "600001.SH", 1_000)
    return book.rows


def one_trade() -> list[str]:
    """A4: money in, one purchase, nothing since."""
    book = Statement(ONE_TRADE)
    book.money(len(DAYS) - 1, "银行转证券", 5_000_000)
    book.deal(len(DAYS) - 1, "600002.SH", 100)
    return book.rows


def left_over() -> list[str]:
    """A5: still holds a stock that is quoted no more."""
    book = Statement(LEFT_OVER)
    book.money(0, "银行转证券", 5_000_000)
    book.deal(3, DELISTED, 2_000)
    book.deal(150, "600001.SH", 500)
    return book.rows


def written(path: Path, heading: str, rows: Sequence[str]) -> Path:
    path.write_text("\n".join([heading, *rows, ""]), encoding="utf-8")
    return path
