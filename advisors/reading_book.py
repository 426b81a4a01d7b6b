"""Everybody's book in a period, from relations, daily totals and what clients did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlmodel import Session

from advisors.book_days import YUAN, BookDays, Yardstick
from advisors.facts import UNKNOWN, Stints
from advisors.types import Period, Scale
from clients.activity_days import act_days
from clients.repository import ClientRepository
from clients.service.standing import BookClasses
from clients.staff.roster import RelationSpan, relation_spans
from clients.staff.types import RelationRole
from clients.totals.types import TotalsReader
from clients.types import AccountFacts
from diagnosis.client_days import STALE
from diagnosis.totals import TotalsMaker, batches, totals_over
from kit.access import everything
from market.repository import MarketRepository
from market.types import FloatArray, IntArray
from mot.tasks.rules import house_calendar

ACTIVE: Final = ("LOGIN", "TRADE")
ROLES: Final = {Scale.MANAGER: (RelationRole.MAIN,), Scale.ADVISOR: (RelationRole.ADVISOR, RelationRole.MAIN)}
"""Whose client it is on each scale. Of several roles of one person the first counts; an assistant has no book."""
YEAR: Final = 365


@dataclass(frozen=True, eq=False)
class Book:
    """Clients of the period by number, their columns, and the stints. outcome: (N,) 1, 0 or NaN, see `BookDays`.

    no_outcome: why nobody has one, "" where somebody may.
    """

    client_no: tuple[str, ...]
    grade: IntArray
    assets: FloatArray
    exposure: FloatArray
    stints: Stints
    outcome: FloatArray
    no_outcome: str

    @property
    def place(self) -> dict[str, int]:
        return {number: at for at, number in enumerate(self.client_no)}


def read_book(
    session: Session, period: Period, people: Mapping[int, Scale], scheme: str,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Book:  # fmt: skip
    """people: scale by staff id, in the order of their places. progress: told how many of how many clients are done."""
    spans = [one for one in relation_spans(session, period.first, period.last, list(people))
             if one.role in ROLES[people[one.staff_id]]]  # fmt: skip
    numbers = {one.client_no: one.client_id for one in spans}
    client_no = tuple(sorted(numbers))
    place = {number: at for at, number in enumerate(client_no)}
    who = {staff_id: at for at, staff_id in enumerate(people)}
    rows = _merged(spans, who, place)
    stints = _stints(rows)
    accounts: dict[str, list[AccountFacts]] = {}
    for one in ClientRepository(session, everything(period.last)).accounts():
        if one.client_no in place:
            accounts.setdefault(one.client_no, []).append(one)
    yardstick, no_outcome = _yardstick(session, period)
    money = Money(len(client_no), stints)
    fill(session, money, period, yardstick, {one: (numbers[one], at) for one, at in place.items()}, progress)
    _act(session, stints, place, period)
    _stay(stints, money, accounts, client_no)
    return Book(
        client_no, _grades(session, period.first, scheme, [numbers[one] for one in client_no]), money.assets,
        money.exposure, stints, money.outcome, no_outcome,
    )  # fmt: skip


def fill(
    session: Session, money: Money, period: Period, yardstick: Yardstick | None, known: Mapping[str, tuple[int, int]],
    progress: Callable[[int, int], None],
) -> None:  # fmt: skip
    """From the totals on file where they reach over the period, else by replay. known: id and place by number."""
    clients = ClientRepository(session, everything(period.last))
    ids = np.array([one for one, _ in known.values()], dtype=np.int64)
    since = min(period.last - timedelta(days=YEAR), period.first - timedelta(days=STALE))
    stored = totals_over(session, since, period.last, clients.import_version())
    if stored is not None and ids.max(initial=-1) < stored.n:
        money.take(stored, ids, np.arange(len(ids)), period, yardstick, since)
        progress(len(ids), len(ids))
        return
    maker = TotalsMaker(session, everything(period.last), period.last)
    accounts, done = maker.accounts(), 0
    for some in batches([one for one in clients.clients() if one.client_no in known], accounts):
        places = np.array([known[one.client_no][1] for one in some], dtype=np.int64)
        money.take(maker.totals(some, accounts), np.arange(len(some)), places, period, yardstick, since)
        done += len(some)
        progress(done, len(known))


def _merged(
    spans: Sequence[RelationSpan], who: Mapping[int, int], place: Mapping[str, int]
) -> list[tuple[int, int, int, int]]:
    """(client, person, first, last) with the roles of one person with one client put together where they touch."""
    found: list[tuple[int, int, int, int]] = []
    told = sorted(
        (place[one.client_no], who[one.staff_id], one.first.toordinal(), one.last.toordinal()) for one in spans
    )
    for client, person, first, last in told:
        if found and found[-1][:2] == (client, person) and first <= found[-1][3] + 1:
            found[-1] = (client, person, found[-1][2], max(last, found[-1][3]))
        else:
            found.append((client, person, first, last))
    return found


def _stints(rows: Sequence[tuple[int, int, int, int]]) -> Stints:
    n = len(rows)
    columns = np.array(rows, dtype=np.int64).reshape(n, 4)
    first, last = columns[:, 2].copy(), columns[:, 3].copy()
    months = _months(last) - _months(first) + 1
    return Stints(
        staff=columns[:, 1].copy(), client=columns[:, 0].copy(), first=first, last=last,
        months=months.astype(np.float64), active=np.zeros(n), opening=np.full(n, np.nan), inflow=np.full(n, np.nan),
        held=np.zeros(n), kept=np.zeros(n),
    )  # fmt: skip


def _months(ordinals: IntArray) -> IntArray:
    """Calendar months since the epoch of numpy."""
    return _days(ordinals).astype("datetime64[M]").astype(np.int64)


def _days(ordinals: IntArray) -> np.ndarray:
    return (ordinals - date(1970, 1, 1).toordinal()).astype("datetime64[D]")


class Money:
    """What the totals say of everybody, filled in some clients at a time."""

    def __init__(self, n: int, stints: Stints) -> None:
        self.stints = stints
        self.assets, self.exposure, self.outcome = (np.full(n, np.nan) for _ in range(3))
        self.closing = np.full(len(stints), np.nan)

    def take(
        self, totals: TotalsReader, row: IntArray, client: IntArray, period: Period, yardstick: Yardstick | None,
        since: date,
    ) -> None:  # fmt: skip
        """row: where the totals have each of the clients at the places `client`."""
        days = BookDays(totals, since.toordinal(), period.last.toordinal())
        self.assets[client], self.exposure[client] = days.opening(row, period.first.toordinal())
        row_of = np.full(len(self.assets), UNKNOWN, dtype=np.int64)
        row_of[client] = row
        stints = self.stints
        mine = np.flatnonzero(row_of[stints.client] != UNKNOWN)
        told = days.stints(row_of[stints.client[mine]], stints.first[mine], stints.last[mine])
        stints.opening[mine], stints.inflow[mine], self.closing[mine] = told.opening, told.inflow, told.closing
        if yardstick is not None:
            self.outcome[client] = days.not_below(row, yardstick)


def _yardstick(session: Session, period: Period) -> tuple[Yardstick | None, str]:
    """Returns of the first benchmark over the year up to the period's end; None with the reason."""
    calendar = house_calendar()
    since = period.last - timedelta(days=YEAR)
    days = calendar.sessions(calendar.previous(since), period.last)
    market = MarketRepository(session)
    grid = market.daily_grid([], date.fromordinal(int(days[0])), period.last)
    why = "没有业绩基准，客户成果不作比较"
    for code in market.benchmark_codes():
        series, said = market.benchmark_or_reason(code, grid)
        if series is not None and np.array_equal(grid.points, days):
            return Yardstick(days, np.where(days > since.toordinal(), series.returns, np.nan)), ""
        why = said or why
    return None, why


def _act(session: Session, stints: Stints, place: Mapping[str, int], period: Period) -> None:
    """Months of each stint in which the client did something while it lasted."""
    told = {(place[client], day.toordinal()) for client, day in act_days(session, ACTIVE, period.first, period.last)
            if client in place}  # fmt: skip
    if not told:
        return
    acts = np.array(sorted(told), dtype=np.int64)
    begin = np.searchsorted(acts[:, 0], stints.client, side="left")
    end = np.searchsorted(acts[:, 0], stints.client, side="right")
    many = end - begin
    stint = np.repeat(np.arange(len(stints)), many)
    at = np.repeat(begin - (np.cumsum(many) - many), many) + np.arange(len(stint))
    day = acts[at, 1]
    good = (stints.first[stint] <= day) & (day <= stints.last[stint])
    pairs = np.unique(np.stack([stint[good], _months(day[good])], axis=1), axis=0)
    stints.active[:] = np.bincount(pairs[:, 0], minlength=len(stints))


def _stay(stints: Stints, money: Money, accounts: Mapping[str, list[AccountFacts]], client_no: Sequence[str]) -> None:
    """held: an open account when the stint began. kept: still one on its last day, and not all money gone."""
    for at in range(len(stints)):
        own = accounts.get(client_no[int(stints.client[at])], ())
        first, last = date.fromordinal(int(stints.first[at])), date.fromordinal(int(stints.last[at]))
        stints.held[at] = any(_open(one, first) for one in own)
        stints.kept[at] = any(_open(one, last) for one in own)
    emptied = (np.nan_to_num(stints.opening) >= YUAN) & (money.closing < YUAN)
    stints.kept[emptied] = 0.0


def _open(one: AccountFacts, day: date) -> bool:
    return (one.opened_on is None or one.opened_on <= day) and (one.closed_on is None or one.closed_on > day)


def _grades(session: Session, day: date, scheme: str, client_ids: Sequence[int]) -> IntArray:
    """Class of each client on the day, as a place among the codes in their order; UNKNOWN without one."""
    ids = np.array(client_ids, dtype=np.int64)
    found = np.full(len(ids), UNKNOWN, dtype=np.int64)
    book = BookClasses(session, everything(day), day)
    if not len(book.client_id):
        return found
    own, names, _ = book.of(scheme)
    into = np.array([*(sorted(names).index(one) for one in names), UNKNOWN], dtype=np.int64)
    at = np.minimum(np.searchsorted(book.client_id, ids), len(book.client_id) - 1)
    known = book.client_id[at] == ids
    found[known] = into[own[at[known]]]
    return found
