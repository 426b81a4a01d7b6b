"""The shipped A-share prices and actions as whole numbers: what happened on each day.

Prices are fen, ratios and cash are millionths. The synthetic investors read only whole numbers and operations
that IEEE 754 rounds exactly, so that one seed gives one book on every machine.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from importlib import resources
from importlib.abc import Traversable
from typing import TypeAlias

import numpy as np

from kit.money import SCALE
from market.types import BoolArray, IntArray, Venue

Strings: TypeAlias = tuple[str, ...]

BASIS = 10_000


def data_file(folder: str, name: str) -> Traversable:
    """A shipped data file, found in a checkout and in an installed copy."""
    return resources.files("demo").joinpath("data", *filter(None, (folder, name)))


def read_rows(folder: str, name: str) -> list[dict[str, str]]:
    """Rows of a shipped CSV file, gzip or plain, as text."""
    raw = data_file(folder, name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def fen(text: str) -> int:
    """Yuan with at most two decimals as whole fen."""
    whole, _, rest = text.partition(".")
    if len(rest) > 2:
        raise ValueError(f"{text} has more than two decimals")
    return int(whole + rest.ljust(2, "0"))


def millionths(text: str) -> int:
    """A number as whole millionths, half up: six shipped dividends carry a seventh decimal."""
    return int(Decimal(text).scaleb(6).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Security:
    """One shipped stock; `code` is the bare six digits."""

    code: str
    name: str
    industry: str

    @property
    def venue(self) -> Venue:
        if self.code.startswith(("6", "7")):  # 7 stands before subscription codes
            return Venue.XSHG
        return Venue.BJSE if self.code.startswith(("4", "8")) else Venue.XSHE

    @property
    def canonical(self) -> str:
        suffix = {Venue.XSHG: "SH", Venue.XSHE: "SZ", Venue.BJSE: "BJ"}[self.venue]
        return f"{self.code}.{suffix}"

    @property
    def board(self) -> str:
        if self.venue is Venue.BJSE:
            return "BSE"
        return {"68": "STAR", "30": "CHINEXT"}.get(self.code[:2], "MAIN")

    @property
    def least_lot(self) -> int:
        """Smallest buy that this book places (科创板 begins at 200)."""
        return 200 if self.board == "STAR" else 100


@dataclass(frozen=True, slots=True)
class Payment:
    """One dividend or bonus issue; days are places in Tape.days, cash and bonus are millionths per share."""

    security: int
    record: int
    ex: int
    pay: int
    cash: int
    bonus: int


@dataclass(frozen=True)
class Tape:
    """S stocks on T days. Prices (T, S) in fen, 0 where the stock did not trade; volume (T, S) in lots."""

    days: tuple[date, ...]
    securities: tuple[Security, ...]
    open: IntArray
    high: IntArray
    low: IntArray
    close: IntArray
    volume: IntArray
    payments: tuple[Payment, ...]
    court_ordered: tuple[Payment, ...]  # bonus issues that never reached the holders of the day before

    @cached_property
    def last(self) -> IntArray:
        """Last known close, carried over days without trading; 0 before the first."""
        filled = self.close.copy()
        for t in range(1, len(self.days)):
            filled[t] = np.where(filled[t] == 0, filled[t - 1], filled[t])
        return filled

    @cached_property
    def returns(self) -> IntArray:
        """Daily return with dividends and bonus shares, in basis points rounded down, 0 where unknown."""
        per_share = np.full(self.close.shape, SCALE, dtype=np.int64)
        cash = np.zeros_like(per_share)
        for paid in self.payments:
            per_share[paid.ex, paid.security] += paid.bonus
            cash[paid.ex, paid.security] += paid.cash * 100
        after = self.last[1:] * per_share[1:] + cash[1:]
        before = self.last[:-1] * SCALE
        moved = np.zeros_like(self.close)
        known = before > 0
        moved[1:] = np.where(known, after * BASIS // np.where(known, before, 1) - BASIS, 0)
        return moved

    @cached_property
    def tradable(self) -> BoolArray:
        """Days on which an order could fill on either side: the stock traded, and not at one locked price."""
        open_both_ways: BoolArray = (self.close > 0) & (self.high > self.low)
        return open_both_ways


@lru_cache
def load_tape() -> Tape:
    """The shipped prices and actions."""
    securities = tuple(
        Security(row["code"], row["name"] or row["code"], row["industry"])
        for row in read_rows("cn-daily-2020-2024", "instruments.csv")
    )
    rows = read_rows("cn-daily-2020-2024", "daily.csv.gz")
    days = tuple(sorted({row["date"] for row in rows}))
    day_at = {day: t for t, day in enumerate(days)}
    code_at = {security.code: s for s, security in enumerate(securities)}
    t = [day_at[row["date"]] for row in rows]
    s = [code_at[row["code"]] for row in rows]

    def grid(values: list[int]) -> IntArray:
        filled = np.zeros((len(days), len(securities)), dtype=np.int64)
        filled[t, s] = values
        return filled

    prices = {name: grid([fen(row[name]) for row in rows]) for name in ("open", "high", "low", "close")}
    paid, refused = _payments(prices["open"], prices["close"], code_at, day_at)
    return Tape(
        tuple(date.fromisoformat(day) for day in days), securities, **prices,
        volume=grid([int(row["volume"]) for row in rows]), payments=paid, court_ordered=refused,
    )


def _payments(
    opening: IntArray, close: IntArray, code_at: dict[str, int], day_at: dict[str, int]
) -> tuple[tuple[Payment, ...], tuple[Payment, ...]]:
    reached: list[Payment] = []
    kept_back: list[Payment] = []
    for row in read_rows("cn-daily-2020-2024", "corporate_actions.csv"):
        paid = Payment(
            code_at[row["code"]], day_at[row["record_date"]], day_at[row["ex_date"]],
            day_at[row["pay_date"] or row["ex_date"]],
            millionths(row["cash_div_tax"]), millionths(row["stk_div"]),
        )
        (kept_back if _went_to_creditors(paid, opening, close) else reached).append(paid)
    return tuple(reached), tuple(kept_back)


def _went_to_creditors(paid: Payment, opening: IntArray, close: IntArray) -> bool:
    """A bonus that the price ignored: it opened nearer (in ratio) to the last close than to theory.

    After a court-led reorganisation the new shares go to creditors and investors, not to the holders before.
    """
    closes = close[: paid.ex, paid.security]
    known = closes[closes > 0]
    after = int(opening[paid.ex, paid.security])
    if paid.bonus == 0 or len(known) == 0 or after == 0:
        return False
    before = int(known[-1])
    theoretical = (before * SCALE - paid.cash * 100) // (SCALE + paid.bonus)
    return bool(after * after > theoretical * before)


@dataclass(frozen=True)
class Signals:
    """What an investor can see on day t, from days before t. Lists hold places in Tape.securities."""

    risers: tuple[tuple[int, ...], ...]  # the strongest tenth over 20 days, best first
    lottery: tuple[tuple[int, ...], ...]  # cheap, volatile and right-skewed at once
    ordinary: tuple[tuple[int, ...], ...]  # neither strong nor weak over 20 days, and no lottery stock
    falls: BoolArray  # (T,) the market fell hard on this day or over five days


@lru_cache
def load_signals() -> Signals:
    """The signals of the shipped tape."""
    tape = load_tape()
    past20 = trailing(tape.returns, 20)
    cheap_volatile_skewed = _lottery(tape)
    risers, lottery, ordinary = [], [], []
    for t in range(len(tape.days)):
        can = np.flatnonzero(tape.tradable[t])
        ranked = can[np.argsort(-past20[t, can], kind="stable")]
        tenth = max(1, len(ranked) // 10)
        special = {int(s) for s in can if cheap_volatile_skewed[t, s]}
        risers.append(tuple(int(s) for s in ranked[:tenth]) if t >= 21 else ())
        lottery.append(tuple(sorted(special)))
        ordinary.append(tuple(sorted(int(s) for s in ranked[2 * tenth :] if int(s) not in special)))
    market = tape.returns.sum(axis=1) // len(tape.securities)
    five = np.convolve(market, np.ones(5, dtype=np.int64))[: len(market)]
    return Signals(tuple(risers), tuple(lottery), tuple(ordinary), (market < -250) | (five < -600))


def trailing(values: IntArray, days: int) -> IntArray:
    """Sum of the `days` rows before each row, 0 where fewer exist; exact."""
    total = np.vstack([np.zeros((1, values.shape[1]), dtype=np.int64), np.cumsum(values, axis=0)])
    before = np.zeros_like(values)
    before[days:] = total[days:-1] - total[: -days - 1]
    return before


def _lottery(tape: Tape) -> BoolArray:
    """(T, S): price below, variance and skewness above the median of the day, over the 120 days before."""
    squares = trailing(tape.returns**2, 120)
    cubes = trailing(tape.returns**3, 120)
    size = np.where(squares > 0, squares, 1).astype(np.float64)
    skewness = cubes.astype(np.float64) / (size * np.sqrt(size))  # product and root are rounded exactly
    price = np.vstack([tape.last[:1], tape.last[:-1]])
    picked = np.zeros(tape.close.shape, dtype=np.bool_)
    for t in range(121, len(tape.days)):
        picked[t] = (
            (price[t] * 2 < 2 * np.median(price[t]))
            & (squares[t] > np.median(squares[t]))
            & (skewness[t] > np.median(skewness[t]))
        )
    return picked


def payments_by_day(tape: Tape, moment: str) -> dict[int, list[Payment]]:
    """Payments by their `record`, `ex` or `pay` day."""
    by_day: dict[int, list[Payment]] = defaultdict(list)
    for paid in tape.payments:
        by_day[int(getattr(paid, moment))].append(paid)
    return by_day
