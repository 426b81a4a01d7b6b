"""One synthetic account's ledger: orders go in, statement rows come out, and no broker's rule is broken.

Shares come in lots and are sold from the day after they were bought (T+1), cash never falls below zero,
dividends come before tax, and their tax when the shares are sold (first in, first out). Money is whole fen.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from demo.tape import Payment, Security, Tape
from kit.labels import Labelled
from kit.money import SCALE
from market.fees import Charges, charges
from market.taxes import dividend_tax_rate
from market.types import InstrumentKind

INTEREST_PPM: Final = 3_500
"""The demo firm's yearly interest on cash, millionths; paid after the 20th of a quarter's last month."""


class Business(Labelled):
    """What a statement row books; the label is the wording on the statement."""

    BUY = "BUY", "证券买入"
    SELL = "SELL", "证券卖出"
    DEPOSIT = "DEPOSIT", "银行转证券"
    WITHDRAWAL = "WITHDRAWAL", "证券转银行"
    DIVIDEND = "DIVIDEND", "股息入账"
    DIVIDEND_TAX = "DIVIDEND_TAX", "股息红利税补缴"
    BONUS = "BONUS", "红股入账"
    INTEREST = "INTEREST", "利息归本"
    TRANSFER_IN = "TRANSFER_IN", "资金转入"
    TRANSFER_OUT = "TRANSFER_OUT", "资金转出"
    LOTTERY_NUMBER = "LOTTERY_NUMBER", "申购配号"


@dataclass(frozen=True, slots=True)
class Row:
    """One statement row. Money in fen, `net` signed, `second` since midnight, `day` a place in Tape.days."""

    day: int
    second: int
    business: Business
    security: Security | None
    quantity: int
    price: int
    turnover: int
    commission: int
    stamp: int
    transfer: int
    net: int
    balance: int
    number: str


@dataclass(slots=True)
class Lot:
    """Shares bought on one day, and the dividends per share (millionths of yuan) they have had since."""

    day: int
    shares: int
    dividends: int = 0


@dataclass(slots=True)
class Position:
    """What is held of one stock; `cost` in fen with charges, `since` the day of the last purchase."""

    lots: deque[Lot] = field(default_factory=deque)
    shares: int = 0
    cost: int = 0
    opened: int = 0
    since: int = 0

    def sellable(self, day: int) -> int:
        locked = 0
        for lot in reversed(self.lots):  # what was bought today stands last
            if lot.day != day:
                break
            locked += lot.shares
        return self.shares - locked


class AccountBook:
    """The ledger of one account on a tape; `rows` is its full statement."""

    def __init__(self, tape: Tape, account: int, commission_rate: Decimal) -> None:
        self.tape = tape
        self.cash = 0
        self.tax_due: list[tuple[int, int]] = []  # (stock, fen), taken on the next trading day
        self.positions: dict[int, Position] = {}
        self.rows: list[Row] = []
        self._account = account
        self._rate = commission_rate
        self._recorded: dict[tuple[int, int], int] = {}  # (stock, ex day): shares held
        self._interest = 0  # fen-days

    def spendable(self) -> int:
        """Cash that an order may use: what is due as tax tomorrow is kept back."""
        return self.cash - sum(amount for _, amount in self.tax_due)

    def equity(self, day: int) -> int:
        """Cash and stocks at the last close before `day`, in fen."""
        last = self.tape.last[max(day - 1, 0)]
        return self.cash + sum(int(last[s]) * held.shares for s, held in self.positions.items())

    def move_cash(self, day: int, second: int, business: Business, amount: int) -> None:
        """Money to or from the client. Raises ValueError when it would overdraw."""
        if self.cash + amount < 0:
            raise ValueError(f"{business.label} {amount} fen overdraws {self.cash} fen")
        self._write(day, second, business, None, net=amount)

    def buy(self, day: int, second: int, stock: int, shares: int, price: int) -> bool:
        """Fill a buy if the cash reaches; False when it does not."""
        turnover = shares * price
        cost = self._charges(day, stock, "BUY", turnover)
        spent = turnover + fee_fen(cost)
        if shares <= 0 or spent > self.spendable():
            return False
        held = self.positions.setdefault(stock, Position(opened=day))
        held.lots.append(Lot(day, shares))
        held.shares += shares
        held.cost += spent
        held.since = day
        self._write(day, second, Business.BUY, stock, shares, price, cost, -spent)
        return True

    def sell(self, day: int, second: int, stock: int, shares: int, price: int) -> bool:
        """Fill a sale of at most what T+1 allows; False when nothing may be sold."""
        held = self.positions.get(stock)
        if held is None or shares <= 0 or shares > held.sellable(day):
            return False
        turnover = shares * price
        cost = self._charges(day, stock, "SELL", turnover)
        if turnover < fee_fen(cost):
            return False
        tax = self._take_lots(held, shares, day)
        held.cost -= held.cost * shares // held.shares
        held.shares -= shares
        if held.shares == 0:
            del self.positions[stock]
        self._write(day, second, Business.SELL, stock, shares, price, cost, turnover - fee_fen(cost))
        if tax:
            self.tax_due.append((stock, min(tax, self.spendable())))
        return True

    def begin_day(self, day: int, going_ex: list[Payment], paying: list[Payment]) -> None:
        """Tax of yesterday's sales, bonus shares, dividends and interest, booked before the market opens."""
        for stock, amount in self.tax_due:
            if amount:
                self._write(day, 0, Business.DIVIDEND_TAX, stock, net=-amount)
        self.tax_due.clear()
        for paid in going_ex:
            self._book_bonus(day, paid)
        for paid in paying:
            shares = self._recorded.get((paid.security, paid.ex), 0)
            amount = (shares * paid.cash * 100 + SCALE // 2) // SCALE
            if amount:
                self._write(day, 0, Business.DIVIDEND, paid.security, net=amount)
        self._book_interest(day)

    def end_day(self, day: int, recording: list[Payment]) -> None:
        """Who holds at the end of the record day has the right; the lots remember it for the tax."""
        for paid in recording:
            held = self.positions.get(paid.security)
            if held is not None:
                self._recorded[paid.security, paid.ex] = held.shares
                for lot in held.lots:
                    lot.dividends += paid.cash
        later = self.tape.days[day + 1] if day + 1 < len(self.tape.days) else self.tape.days[day]
        self._interest += self.cash * (later - self.tape.days[day]).days

    def order_times(self, first: int) -> None:
        """Put the times of the rows from place `first` on in ascending order, as a statement has them."""
        clock = 0
        times = sorted(row.second for row in self.rows[first:])
        for place, second in enumerate(times, start=first):
            clock = max(second, clock + 1)
            self.rows[place] = replace(self.rows[place], second=clock)

    def _book_bonus(self, day: int, paid: Payment) -> None:
        shares = self._recorded.get((paid.security, paid.ex), 0) * paid.bonus // SCALE
        if shares == 0:
            return
        held = self.positions.setdefault(paid.security, Position(opened=day, since=day))
        held.lots.append(Lot(day - 1, shares))  # on file before the market opens, so they may be sold today
        held.shares += shares
        self._write(day, 0, Business.BONUS, paid.security, quantity=shares)

    def _book_interest(self, day: int) -> None:
        today, before = self.tape.days[day], self.tape.days[day - 1] if day else self.tape.days[day]
        settles = today.month % 3 == 0 and today.day > 20
        settled = before.month == today.month and before.day > 20
        if not settles or settled:
            return
        amount = self._interest * INTEREST_PPM // (SCALE * 360)
        self._interest = 0
        if amount:
            self._write(day, 0, Business.INTEREST, None, net=amount)

    def _take_lots(self, held: Position, shares: int, day: int) -> int:
        """Take shares first in, first out; the dividend tax in fen that this sale brings."""
        tax = Decimal(0)
        left = shares
        while left:
            lot = held.lots[0]
            taken = min(left, lot.shares)
            if lot.dividends:
                rate = dividend_tax_rate(self.tape.days[lot.day], self.tape.days[day])
                tax += Decimal(taken * lot.dividends) * rate
            lot.shares -= taken
            left -= taken
            if lot.shares == 0:
                held.lots.popleft()
        return int(tax * 100 / SCALE + Decimal("0.5"))

    def _charges(self, day: int, stock: int, side: str, turnover: int) -> Charges:
        security = self.tape.securities[stock]
        return charges(
            self.tape.days[day], security.venue, InstrumentKind.STOCK, side,
            Decimal(turnover).scaleb(-2), self._rate,
        )

    def _write(
        self, day: int, second: int, business: Business, stock: int | None, quantity: int = 0, price: int = 0,
        cost: Charges | None = None, net: int = 0,
    ) -> None:
        self.cash += net
        security = None if stock is None else self.tape.securities[stock]
        self.rows.append(self._row(day, second, business, security, quantity, price, cost, net))

    def _row(
        self, day: int, second: int, business: Business, security: Security | None, quantity: int, price: int,
        cost: Charges | None, net: int,
    ) -> Row:
        commission, stamp, transfer = (
            (0, 0, 0) if cost is None
            else (in_fen(cost.commission), in_fen(cost.stamp_duty), in_fen(cost.transfer_fee))
        )
        return Row(
            day, second, business, security, quantity, price, quantity * price, commission, stamp, transfer,
            net, self.cash, f"{self._account:04d}{len(self.rows) + 1:06d}",
        )


def in_fen(amount: Decimal) -> int:
    """Yuan with two decimals as whole fen."""
    return int(amount.scaleb(2))


def fee_fen(cost: Charges) -> int:
    """All charges of one trade, in fen."""
    return in_fen(cost.total)
