"""How a synthetic investor decides: one loop over the days, one small function for each habit.

A habit decides on a share of occasions (its strength). On the others, and without any habit, the investor
does not look at what a stock has done: ordinary stocks of different industries, whatever the gain or loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from demo.book import AccountBook, Business, Position
from demo.cast import Persona, Trap
from demo.tape import Payment, Signals, Tape, payments_by_day
from diagnosis.types import HabitId

HUNDRED: Final = 100
THOUSAND: Final = 1_000 * 100
"""A thousand yuan in fen: what clients move to and from the bank is a multiple of it."""
MORNING: Final = (9 * 3600 + 30 * 60, 11 * 3600 + 30 * 60)
AFTERNOON: Final = (13 * 3600, 15 * 3600)
OPENING_MINUTES: Final = 15
PARTICIPATION: Final = 50
"""An order takes at most one fiftieth of the day's volume."""
REST: Final = 10
"""Trading days before a stock that was sold is bought again; fewer with a single industry."""
RESERVED: Final = "688001"
"""Held only by the accounts of Trap.MISSING_PRICES, whose prices the book leaves out for a while."""
UNTOUCHED: Final = ("835185", "300010", "600117", "600375")
"""Not on a board that these clients may trade through the years, or in a court-led reorganisation."""


@dataclass(frozen=True)
class World:
    """What all investors share."""

    tape: Tape
    signals: Signals
    recording: dict[int, list[Payment]]
    going_ex: dict[int, list[Payment]]
    paying: dict[int, list[Payment]]
    barred: frozenset[int]
    reserved: int
    groups: tuple[tuple[int, ...], ...]  # stocks by industry, industries of at least three
    industry: tuple[str, ...]
    lot_cost: list[list[int]]  # fen of the smallest buy at the day's high, [day][stock]; 0 where none fills

    @classmethod
    def of(cls, tape: Tape, signals: Signals) -> World:
        codes = [security.code for security in tape.securities]
        barred = frozenset(codes.index(code) for code in (*UNTOUCHED, RESERVED))
        industries = sorted({security.industry for security in tape.securities})
        members = [
            tuple(s for s, one in enumerate(tape.securities) if one.industry == name and s not in barred)
            for name in industries
        ]
        least = np.array([security.least_lot for security in tape.securities], dtype=np.int64)
        return cls(
            tape, signals, payments_by_day(tape, "record"), payments_by_day(tape, "ex"),
            payments_by_day(tape, "pay"),
            barred=barred, reserved=codes.index(RESERVED),
            groups=tuple(group for group in members if len(group) >= 3),
            industry=tuple(security.industry for security in tape.securities),
            lot_cost=np.where(tape.tradable, tape.high * least, 0).tolist(),
        )


class Investor:
    """One persona at work on the tape."""

    def __init__(self, world: World, persona: Persona, seed: int, twin_from: int | None = None) -> None:
        """`twin_from`: first day of the client's other account, to which money may then go over."""
        self.world = world
        self.who = persona
        self._rng = np.random.default_rng([seed, persona.index, 1])
        self._pool: list[int] = []
        self.book = AccountBook(world.tape, persona.index + 1, persona.commission_rate)
        self.sent: dict[int, int] = {}  # day: fen that went to the client's other account
        self._twin_from = twin_from
        self._quiet_until = persona.start
        self._sold_on: dict[int, int] = {}
        self._unfinished: dict[int, tuple[int, int]] = {}  # large orders: (fen left, last day)
        self._barred = self._not_for_this_owner()
        self._group = self._industry_group()
        self._take_profit = self._draw(105, 109)
        self._places = min(persona.stocks, max(3, len(self._group) - 1)) if self._group else persona.stocks

    def live(self, incoming: Mapping[int, int] | None = None) -> AccountBook:
        """Every day from the first deposit on. `incoming`: fen from the client's other account, by day."""
        world, due = self.world, incoming or {}
        for day in range(self.who.start, len(world.tape.days)):
            self.book.begin_day(day, world.going_ex.get(day, []), world.paying.get(day, []))
            self._move_money(day, due.get(day, 0))
            first = len(self.book.rows)
            self._trade(day)
            if len(self.book.rows) > first + 1:
                self.book.order_times(first)
            self.book.end_day(day, world.recording.get(day, []))
        return self.book

    # money

    def _move_money(self, day: int, incoming: int) -> None:
        """What the client pays in or takes out before the market opens."""
        second = 9 * 3600 + self._draw(0, 900)
        if incoming:
            self.book.move_cash(day, second, Business.TRANSFER_IN, incoming)
        if day == self.who.start:
            self.book.move_cash(day, second, Business.DEPOSIT, self.who.first_money)
        elif self._chance(55):
            step = max(self.who.first_money // 20 // THOUSAND, 1) * THOUSAND
            self.book.move_cash(day, second, Business.DEPOSIT, step * self._draw(1, 4))
        elif self._chance(30):
            self._pay_out(day, second, Business.WITHDRAWAL)
        elif self._twin_from is not None and day >= self._twin_from and self._chance(30):
            self.sent[day] = self._pay_out(day, second, Business.TRANSFER_OUT)

    def _pay_out(self, day: int, second: int, business: Business) -> int:
        """A part of the idle cash, in whole thousands; what went."""
        amount = self.book.spendable() * self._draw(30, 70) // HUNDRED // THOUSAND * THOUSAND
        if amount > 0:
            self.book.move_cash(day, second, business, -amount)
        return max(amount, 0)

    # trading

    def _trade(self, day: int) -> None:
        for stock, (left, until) in tuple(self._unfinished.items()):
            del self._unfinished[stock]
            if day <= until and stock in self.book.positions:
                self._buy(day, stock, left)
        fled = self._flee(day)
        sold = self._take_profits(day) + (0 if fled else self._exchange(day))
        self._add_to_losers(day)
        if day >= self._quiet_until:
            self._build(day, hurried=sold > 0)

    def _flee(self, day: int) -> int:
        """杀跌: in a falling market, out of what has fallen most; back after some weeks."""
        strength = self.who.strength(HabitId.PANIC_SELLING)
        if not strength or not self.world.signals.falls[day]:
            return 0
        fallen = [s for s in self._holdings(day) if self._past(day, s, 20) < -300]
        done = sum(self._sell(day, s) for s in fallen if self._chance(strength * HUNDRED))
        if done:
            self._quiet_until = day + self._draw(8, 25)
        return done

    def _take_profits(self, day: int) -> int:
        """处置效应: what stands above cost is sold soon, what stands below is kept."""
        strength = self.who.strength(HabitId.DISPOSITION)
        if not strength:
            return 0
        last = self.world.tape.last[day]
        winners = [
            s for s in self._holdings(day)
            if int(last[s]) * self._of(s).shares * HUNDRED > self._of(s).cost * self._take_profit
        ]
        return sum(self._sell(day, s) for s in winners if self._chance(strength * 14))

    def _exchange(self, day: int) -> int:
        """A position leaves to make room for another, at the owner's own pace."""
        if not self._chance(self.who.rotation):
            return 0
        held = [s for s in self._holdings(day) if s != self.world.reserved]
        if not held or len(held) * 10 < self._places * 7:
            return 0
        stock = held[self._draw(0, len(held) - 1)]
        disposed = self.who.strength(HabitId.DISPOSITION)
        if disposed and self._chance((HUNDRED + disposed) * HUNDRED // 2):
            return 0  # this one waits for winners
        return self._sell(day, stock)

    def _add_to_losers(self, day: int) -> None:
        """亏损补仓: more of what has lost, the longer the fall the more of it."""
        strength = self.who.strength(HabitId.AVERAGING_DOWN)
        if not strength:
            return
        last = self.world.tape.last[day]
        for stock in self._holdings(day):
            held = self._of(stock)
            lost = int(last[stock]) * held.shares * HUNDRED < held.cost * 92
            if lost and day - held.since > 8 and self._chance(strength * 12):
                size = self.book.equity(day) * self.who.invested // HUNDRED // self._places
                self._buy(day, stock, size * self._draw(30, 55) // HUNDRED)

    def _build(self, day: int, *, hurried: bool) -> None:
        """Fill free places from the idle cash, one or two a day."""
        patient = self.who.strength(HabitId.PATIENCE)
        for _ in range(3 if self._places > 12 else 2):
            free = self._places - len(self.book.positions)
            pace = 9_500 if self.who.strength(HabitId.OVERTRADING) else 1_200 if patient else 3_000
            if free <= 0 or not self._chance(pace + (2_000 if hurried else 0)):
                return
            size = self.book.equity(day) * self.who.invested // HUNDRED // self._places
            if self.who.strength(HabitId.SMALL_ORDERS):
                size = min(size, self._draw(2_500, 7_500) * HUNDRED)
            elif size > self.book.spendable() * 2:
                return
            stock = self._pick(day, size)
            if stock is not None:
                self._buy(day, stock, size * self._draw(85, 115) // HUNDRED)

    # choices

    def _pick(self, day: int, size: int) -> int | None:
        """A stock to buy: by the habit on its share of occasions, else any ordinary one of a new industry."""
        if self._holds_reserved() and self.world.reserved not in self.book.positions:
            return self._choose(day, (self.world.reserved,), size, per_industry=HUNDRED)
        for habit, pool in self._asked(day):
            if self._chance(self.who.strength(habit) * HUNDRED):
                return self._choose(day, pool, size, per_industry=HUNDRED)
        limit = 3 if self.who.strength(HabitId.DIVERSIFIED) else 1
        return self._choose(day, self.world.signals.ordinary[day], size, per_industry=limit)

    def _asked(self, day: int) -> list[tuple[HabitId, Sequence[int]]]:
        """The habits that name the stocks, with the stocks they name today; none where they name nothing."""
        signals, group = self.world.signals, self._group
        asked: list[tuple[HabitId, Sequence[int]]] = []
        if self.who.strength(HabitId.CHASING):
            risers = [s for s in group if self._past(day - 1, s, 20) > 500] if group else signals.risers[day]
            asked.append((HabitId.CHASING, risers))
        if self.who.strength(HabitId.LOTTERY):
            asked.append((HabitId.LOTTERY, signals.lottery[day]))
        if group:
            asked.append((HabitId.INDUSTRY_CONCENTRATION, group))
        return asked

    def _choose(self, day: int, pool: Sequence[int], size: int, *, per_industry: int) -> int | None:
        """One of `pool`: free, tradable, affordable, of an industry held fewer than `per_industry` times."""
        held, industry, lot_cost = self.book.positions, self.world.industry, self.world.lot_cost[day]
        full = {name for name, count in Counter(industry[s] for s in held).items() if count >= per_industry}
        dearest = size * 115 // HUNDRED
        rest = 3 if self._group else REST
        out = {s for s, sold in self._sold_on.items() if day - sold < rest}.union(held, self._barred)
        fits = [s for s in pool if 0 < lot_cost[s] <= dearest and s not in out and industry[s] not in full]
        return fits[self._draw(0, len(fits) - 1)] if fits else None

    def _not_for_this_owner(self) -> frozenset[int]:
        """Stocks that the owner may not or does not buy; the smallest accounts have no access to 科创板."""
        barred = set(self.world.barred)
        if self.who.band == 0:
            barred |= {s for s, one in enumerate(self.world.tape.securities) if one.board == "STAR"}
        if self._holds_reserved():
            barred.discard(self.world.reserved)
        return frozenset(barred)

    def _industry_group(self) -> tuple[int, ...]:
        """The industry that the owner keeps to; empty without the habit."""
        if not self.who.strength(HabitId.INDUSTRY_CONCENTRATION):
            return ()
        return self.world.groups[self._draw(0, len(self.world.groups) - 1)]

    # orders

    def _buy(self, day: int, stock: int, money: int) -> int:
        security = self.world.tape.securities[stock]
        if not self.world.tape.tradable[day, stock]:
            return 0
        second = self._time()
        price = self._price(day, stock, second)
        room = min(money, self.book.spendable() * 99 // HUNDRED - 600)
        most = price * int(self.world.tape.volume[day, stock]) * HUNDRED // PARTICIPATION
        if room > most:
            self._unfinished[stock] = (room - most, day + 15)
            room = most
        shares = max(room, 0) // (price * HUNDRED) * HUNDRED
        if shares < security.least_lot:
            return 0
        return int(self.book.buy(day, second, stock, shares, price))

    def _sell(self, day: int, stock: int) -> int:
        """The whole position, or with a large one the half; odd remainders go in one order."""
        if not self.world.tape.tradable[day, stock]:
            return 0
        sellable = self._of(stock).sellable(day)
        most = int(self.world.tape.volume[day, stock]) * HUNDRED // PARTICIPATION // HUNDRED * HUNDRED
        shares = sellable if sellable <= most else most
        if shares >= 1_000 and self._chance(1_500) and not self.who.strength(HabitId.OVERTRADING):
            shares = shares // 2 // HUNDRED * HUNDRED
        if shares < self.world.tape.securities[stock].least_lot and shares != self._of(stock).shares:
            return 0
        second = self._time()
        self._sold_on[stock] = day
        return int(self.book.sell(day, second, stock, shares, self._price(day, stock, second)))

    def _price(self, day: int, stock: int, second: int) -> int:
        """A price inside the day's range; in the opening minutes near the opening price."""
        tape = self.world.tape
        low, high = int(tape.low[day, stock]), int(tape.high[day, stock])
        if second < MORNING[0] + OPENING_MINUTES * 60:
            reach = max((high - low) // 6, 1)
            first = int(tape.open[day, stock])
            low, high = max(low, first - reach), min(high, first + reach)
        return self._draw(low, high)

    def _time(self) -> int:
        """A time in the session, any minute as likely as another; the book puts a day's times in order."""
        opening = self.who.strength(HabitId.TIME_OF_DAY)
        if opening and self._chance(opening * HUNDRED):
            return MORNING[0] + self._draw(20, OPENING_MINUTES * 60 - 1)
        second = self._draw(0, 4 * 3600 - 1)
        return MORNING[0] + second if second < 7200 else AFTERNOON[0] + second - 7200

    # small readers

    def _holds_reserved(self) -> bool:
        return self.who.trap is Trap.MISSING_PRICES

    def _holdings(self, day: int) -> list[int]:
        return [s for s, held in self.book.positions.items() if held.sellable(day) > 0]

    def _of(self, stock: int) -> Position:
        return self.book.positions[stock]

    def _past(self, day: int, stock: int, days: int) -> int:
        """Sum of the daily returns of the `days` up to `day`, in basis points."""
        return int(self.world.tape.returns[max(day - days + 1, 0) : day + 1, stock].sum())

    def _chance(self, of_ten_thousand: int) -> bool:
        return self._next() % 10_000 < of_ten_thousand

    def _draw(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self._next() % (high - low + 1)

    def _next(self) -> int:
        """The next random number; drawn by the thousand, which is many times faster than one by one."""
        if not self._pool:
            self._pool = self._rng.integers(0, 2**62, size=4_096).tolist()
        return self._pool.pop()
