"""推算 of a span: every derivation of `mot.derive.registry` over what was read, with the meaning of its codes.

What has no source on file (the end of an identity document, the warning line of a product) is told, never derived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session

from kit.access import everything
from kit.columns import UNKNOWN
from market.repository import MarketRepository
from market.types import IntArray
from mot.assembly.codes import Codes, listed, named
from mot.assembly.grades import grade_steps, scheme_of
from mot.assembly.span import ReadSpan
from mot.derive.market import sector_shocks
from mot.derive.pattern import Weeks, weekly
from mot.derive.registry import DERIVED
from mot.derive.span import Span, limits, shares
from mot.events.columns import NO_DAY, Events, joined
from mot.events.kinds import event_kinds
from mot.events.types import EventKind, Source
from suitability.assessment.service import assessment_columns
from suitability.assessment.validity import reminder_days
from suitability.changes.in_force import assessment_books
from suitability.gates.permissions import RecordKind
from suitability.gates.repository import GateRepository
from suitability.levels import Gate
from suitability.monitoring.state import places_in
from suitability.rating.repository import RatingRepository

NOT_ON_FILE: Final = ("ID_EXPIRING", "NAV_ALERT")
"""Kinds whose derivation exists and whose columns no table has yet: they are told."""
AHEAD: Final = 20  # calendar days of corporate actions to look at: longer than any holidays


def derived(session: Session, read: ReadSpan) -> tuple[Events, Codes]:
    """All events of the span, each once, and what their codes mean."""
    made = _Deriving(session, read)
    parts = [*made.calendar(), *made.firsts(), *made.suitability(), *made.grades(), *made.ledger(), *made.market(),
             *made.products()]  # fmt: skip
    return joined(parts), made.codes


def weeks_on(read: ReadSpan, day: date) -> Weeks:
    """The trading weeks, the newest ending on the day, of everybody who ever traded: what a change is judged by."""
    ledger, n = read.ledger, int(limits("PATTERN", read.span.last)["weeks"])
    book = np.flatnonzero(ledger.first_trade != NO_DAY)
    return weekly(ledger.trade_client, ledger.trade_day, ledger.trade_yuan, book, ledger.first_trade[book], day, n)


class _Deriving:
    def __init__(self, session: Session, read: ReadSpan) -> None:
        self._session, self._read = session, read
        self._span: Span = read.span
        self._kinds: Mapping[str, EventKind] = event_kinds(read.span.last)
        self._ids = np.array([one.id for one in read.clients], dtype=np.int64)
        self._rows = np.arange(len(read.clients), dtype=np.int64)
        self._names = {one: what.name for one, what in read.instruments.items()}
        self._keys = {one: what.code for one, what in read.instruments.items()}
        self.codes = Codes()

    def _of(self, kind: str) -> EventKind:
        return self._kinds[kind]

    def _made_by(self, kind: str) -> Callable[..., Events]:
        return DERIVED[kind].function

    def _tell(self, kind: str, keys: Mapping[int, str], **words: Callable[[int], str]) -> None:
        self.codes.tell(self._of(kind).place, keys, **words)

    # who they are

    def calendar(self) -> list[Events]:
        born = np.array([_ordinal(one.birth_date) for one in self._read.clients], dtype=np.int64)
        kinds = ("BIRTHDAY", "RETIREMENT")
        return [self._made_by(kind)(self._of(kind), self._rows, born, self._span) for kind in kinds]

    def firsts(self) -> list[Events]:
        read, ledger, span = self._read, self._read.ledger, self._span
        dated = [one for one in read.accounts if one.opened_on is not None]
        numbers = listed([one.account_no for one in dated])
        self._tell("ACCOUNT_OPENED", numbers, account_no=named(numbers))
        opened = np.array([_ordinal(one.opened_on) for one in dated], dtype=np.int64)
        whose = np.array([read.row_of[one.client_no] for one in dated], dtype=np.int64)
        earliest = np.full(len(self._rows), NO_DAY, dtype=np.int64)
        for row, day in zip(whose.tolist(), opened.tolist(), strict=True):
            earliest[row] = day if earliest[row] == NO_DAY else min(earliest[row], day)
        made = self._made_by("ACCOUNT_OPENED")
        return [
            made(self._of("ACCOUNT_OPENED"), whose, opened, span, ref=np.arange(len(dated), dtype=np.int64)),
            made(self._of("FIRST_DEPOSIT"), self._rows, ledger.first_deposit, span, amount=ledger.first_deposit_yuan),
            made(self._of("FIRST_TRADE"), self._rows, ledger.first_trade, span),
            self._made_by("NO_FIRST_DEPOSIT")(
                self._of("NO_FIRST_DEPOSIT"), self._rows, earliest, ledger.first_deposit, span
            ),
            self._first_product(),
        ]  # fmt: skip

    def _first_product(self) -> Events:
        """The first purchase of any financial product."""
        read = self._read
        who, what, when = read.ledger.first_buys
        is_product = np.array([self._keys.get(int(one), "") in read.products for one in what], dtype=bool)
        who, what, when = who[is_product], what[is_product], when[is_product]
        order = np.lexsort((when, who))
        who, what, when = who[order], what[order], when[order]
        fresh = np.ones(len(who), dtype=bool)
        fresh[1:] = np.diff(who) != 0
        kind = "FIRST_PRODUCT_BUY"
        self._tell(kind, self._keys, product_name=named(self._names))
        return self._made_by(kind)(self._of(kind), who[fresh], when[fresh], self._span, ref=what[fresh])

    # suitability and grades

    def suitability(self) -> list[Events]:
        return [*self._assessments(), self._permissions()]

    def _assessments(self) -> list[Events]:
        """As they stand at the end of the span: a result that was replaced since reminds nobody of its end."""
        held = assessment_columns(self._session, self._span.last)
        at = places_in(held.client_id, self._ids)
        through = np.full(len(at), NO_DAY, dtype=np.int64)
        known = (at >= 0) & (held.valid_through[np.maximum(at, 0)] != UNKNOWN) if len(held) else at >= 0
        through[known] = held.valid_through[at[known]]
        none = np.full(len(at), NO_DAY, dtype=np.int64)
        ahead = reminder_days(self._span.last, assessment_books(self._session, self._span.last).assessment)
        expiring, expired = self._made_by("ASSESSMENT_EXPIRING"), self._made_by("ASSESSMENT_EXPIRED")
        rows = np.flatnonzero(known)
        return [
            expiring(self._of("ASSESSMENT_EXPIRING"), rows, through[rows], none[rows], ahead, self._span,
                     Source.SUITABILITY),
            expired(self._of("ASSESSMENT_EXPIRED"), rows, through[rows], none[rows], self._span),
        ]  # fmt: skip

    def _permissions(self) -> Events:
        read, kind = GateRepository(self._session, everything(self._span.last)), "PERMISSION_OPENED"
        found = [one for one in read.records(kind=RecordKind.OPENED) if one.client_no in self._read.row_of]
        gates = list(Gate)
        self._tell(kind, listed([one.value for one in gates]), permission=lambda code: gates[code].label)
        return self._made_by(kind)(
            self._of(kind), np.array([self._read.row_of[one.client_no] for one in found], dtype=np.int64),
            np.array([_ordinal(one.effective_from) for one in found], dtype=np.int64), self._span,
            ref=np.array([gates.index(one.gate) for one in found], dtype=np.int64),
        )  # fmt: skip

    def grades(self) -> list[Events]:
        steps = grade_steps(self._session, self._span.first, self._span.last)
        row_of = {one: row for row, one in enumerate(self._ids.tolist())}
        inside = np.array([one in row_of for one in steps.client_id.tolist()], dtype=bool)
        who = np.array([row_of[one] for one in steps.client_id[inside].tolist()], dtype=np.int64)
        scheme = {0: scheme_of(self._span.last)}
        words = {"grade_before": named(steps.labels), "grade_after": named(steps.labels)}
        for kind in ("GRADE_UP", "GRADE_DOWN"):
            self._tell(kind, scheme, **words)
        return [self._made_by("GRADE_UP")(
            self._of("GRADE_UP"), self._of("GRADE_DOWN"), who, steps.day[inside], steps.rank[inside],
            np.zeros(len(who), dtype=np.int64), self._span,
        )]  # fmt: skip

    # ledger

    def ledger(self) -> list[Events]:
        ledger, span, paths = self._read.ledger, self._span, self._read.ledger.paths
        flows, worth = np.nan_to_num(paths.inflow - paths.outflow), paths.assets
        until = self._closed()
        self._tell("CONCENTRATION", self._keys, security_name=named(self._names))
        found = [
            self._flows(flows),
            self._made_by("CHURN_RISK")(self._of("CHURN_RISK"), self._rows, paths.days, np.nan_to_num(paths.outflow),
                                        np.nan_to_num(paths.inflow), worth, span),
            self._made_by("BIG_LOSS")(self._of("BIG_LOSS"), self._rows, paths.days, paths.returns, span),
            self._made_by("CONCENTRATION")(
                self._of("CONCENTRATION"), self._rows, paths.days, paths.top_value, paths.top, worth, span
            ),
            self._made_by("DORMANT")(
                self._of("DORMANT"), ledger.trade_client, ledger.trade_day, until, span
            ),
        ]  # fmt: skip
        return [*found, *self._patterns()]

    def _flows(self, net: np.ndarray) -> Events:
        """Of each client and day with money moved; a client's first known day has no assets before it."""
        paths = self._read.ledger.paths
        who, t = np.nonzero(net)
        before = np.where(t > 0, paths.assets[who, np.maximum(t - 1, 0)], np.nan)
        return self._made_by("LARGE_INFLOW")(
            self._of("LARGE_INFLOW"), self._of("LARGE_OUTFLOW"), who, paths.days[t], net[who, t], before, self._span
        )

    def _closed(self) -> IntArray:
        """The day from which a client has no open account; NO_DAY none."""
        closed: dict[int, int] = {}
        open_rows = set()
        for one in self._read.accounts:
            row = self._read.row_of[one.client_no]
            if one.closed_on is None:
                open_rows.add(row)
            else:
                closed[row] = max(closed.get(row, NO_DAY), _ordinal(one.closed_on))
        return np.array(
            [NO_DAY if row in open_rows else closed.get(row, NO_DAY) for row in self._rows.tolist()], dtype=np.int64
        )

    def _patterns(self) -> list[Events]:
        """Judged for each week that ends on a Friday of the span: once a week, as the statistic is a weekly one."""
        kind, found = self._of("TRADE_PATTERN_CHANGE"), []
        for ordinal in range(self._span.first.toordinal(), self._span.last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if day.isoweekday() == 5 and len(weeks := weeks_on(self._read, day)):
                found.append(self._made_by("TRADE_PATTERN_CHANGE")(kind, weeks, day))
        return found

    # market and products

    def market(self) -> list[Events]:
        series, paths = self._read.benchmark, self._read.ledger.paths
        if series is None:
            return []
        exposure = _day_before(shares(paths.equity, paths.assets))
        kind = "INDEX_SHOCK"
        found = [self._made_by(kind)(self._of(kind), self._rows, exposure, paths.days, np.nan_to_num(series.returns),
                                     self._span)]  # fmt: skip
        if series.industry_return is None:
            return found
        industries = listed(series.industries)
        self._tell("SECTOR_SHOCK", industries, industry=named(industries))
        for place, before in enumerate(paths.industry_at.tolist()):
            part = shares(paths.industry[:, :, place], paths.assets[:, [before]])
            who, what = np.nonzero(np.nan_to_num(part) > 0)
            move = np.nan_to_num(series.industry_return[before + 1])
            found.append(sector_shocks(
                self._of("SECTOR_SHOCK"), who, what, part[who, what], int(paths.days[before + 1]), move
            ))  # fmt: skip
        return found

    def products(self) -> list[Events]:
        return [*self._terms(), self._dividends(), *self._ratings()]

    def _terms(self) -> list[Events]:
        held, read = self._read.holdings, self._read
        codes = [self._keys.get(int(one), "") for one in held.instrument]
        products = [read.products.get(code) for code in codes]
        matures = np.array([_ordinal(one.matures_on) if one else NO_DAY for one in products], dtype=np.int64)
        bought = _first_days(*read.ledger.first_buys)
        free = np.array([
            bought[who, what] + one.lockup_days if one and one.lockup_days and (who, what) in bought else NO_DAY
            for who, what, one in zip(held.client.tolist(), held.instrument.tolist(), products, strict=True)
        ], dtype=np.int64)  # fmt: skip
        found = []
        for kind, ends in (("MATURITY", matures), ("FREEZE_END", free)):
            self._tell(kind, self._keys, product_name=named(self._names))
            found.append(self._ending(kind, held.client, held.instrument, ends, held.gone_on))
        return found

    def _dividends(self) -> Events:
        held = self._read.holdings
        ids = np.unique(held.instrument)
        first, last = self._span.first, date.fromordinal(self._span.last.toordinal() + AHEAD)
        actions = MarketRepository(self._session).actions(ids.tolist(), first, last)
        paying = {(int(ids[one.security]), one.ex_date.toordinal()) for one in actions if one.kind == "CASH_DIVIDEND"}
        by_security: dict[int, list[int]] = {}
        for what, day in sorted(paying):
            by_security.setdefault(what, []).append(day)
        held_ids = held.instrument.tolist()
        lines = [(place, day) for place, what in enumerate(held_ids) for day in by_security.get(what, ())]
        at = np.array([place for place, _ in lines], dtype=np.int64)
        ex = np.array([day for _, day in lines], dtype=np.int64)
        begun = held.since[at] < ex
        at, ex = at[begun], ex[begun]
        self._tell("DIVIDEND", self._keys, security_name=named(self._names))
        return self._ending("DIVIDEND", held.client[at], held.instrument[at], ex, held.gone_on[at])

    def _ending(self, kind: str, who: IntArray, what: IntArray, ends: IntArray, gone: IntArray) -> Events:
        made: Events = self._made_by(kind)(self._of(kind), who, what, ends, gone, self._read.calendar, self._span)
        return made

    def _ratings(self) -> list[Events]:
        kind, held = "RATING_CHANGE", self._read.holdings
        read = RatingRepository(self._session)
        first, last = self._span.first, self._span.last
        codes = [code for code, one in read.levels_in_force(last).items() if first <= one.effective_from]
        ids = {code: one for one, code in self._keys.items()}
        rows = [
            (ids[code], one.effective_from.toordinal(), one.level.rank)
            for code in codes if code in ids
            for one in sorted(read.history(code), key=lambda found: (found.effective_from, found.id))
            if one.effective_from <= last
        ]  # fmt: skip
        self._tell(kind, self._keys, product_name=named(self._names), level_before=_level, level_after=_level)
        if not rows:
            return []
        product, day, rank = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        return [self._made_by(kind)(
            self._of(kind), product, day, rank, held.client, held.instrument, held.since, held.gone_on, self._span
        )]  # fmt: skip


def _level(rank: int) -> str:
    return f"R{rank}"


def _ordinal(day: date | None) -> int:
    return NO_DAY if day is None else day.toordinal()


def _day_before(values: np.ndarray) -> np.ndarray:
    found = np.full_like(values, np.nan)
    found[:, 1:] = values[:, :-1]
    return found


def _first_days(who: IntArray, what: IntArray, when: IntArray) -> dict[tuple[int, int], int]:
    return dict(zip(zip(who.tolist(), what.tolist(), strict=True), when.tolist(), strict=True))

