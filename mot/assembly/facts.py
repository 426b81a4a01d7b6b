"""客户特征 of the book on a day: one column a feature, each read from its owner; what nobody knows stays unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.complaints.mute import muted_by_complaint, quiet_until
from clients.repository import ClientFacts
from clients.staff.relation_repository import RelationRepository
from clients.staff.types import RelationRole
from clients.types import AccountFacts, ClientKind
from kit.access import everything
from kit.columns import UNKNOWN
from market.types import FloatArray, IntArray
from mot.assembly.grades import ranks_on
from mot.assembly.ledger import LedgerSpan
from mot.contact.repository import PreferenceRepository
from mot.events.columns import NO_DAY
from mot.features import UNKNOWN_CODE, ClientBook
from suitability.assessment.service import assessment_columns
from suitability.cases.repository import CaseRepository
from suitability.category.service import category_columns
from suitability.category.standing import CATEGORIES
from suitability.levels import InvestorCategory
from suitability.monitoring.state import places_in
from suitability.profile.facts import profile_columns

Columns = dict[str, FloatArray | IntArray]
YEAR_DAYS: Final = 250
QUARTER: Final = 90


FEW: Final = 500
"""Clients up to whose number only their own rows are read."""


@dataclass(frozen=True)
class Standing:
    """What does not change from day to day within a span: read once, as of its last day."""

    columns: Columns


def standing_of(
    session: Session, clients: Sequence[ClientFacts], accounts: Sequence[AccountFacts], day: date
) -> Standing:
    """Who the clients are and how they stand with the firm on the day. Of a few clients no more is read than theirs."""
    ids = np.array([one.id for one in clients], dtype=np.int64)
    numbers = [one.client_no for one in clients]
    few = [one.id for one in clients] if len(clients) <= FEW else None
    named = None if few is None else numbers
    columns: Columns = {
        "client_kind": np.array([list(ClientKind).index(one.kind) for one in clients], dtype=np.int64),
        **_accounts(clients, accounts, day), **_suitability(session, ids, day, few),
        **_served(session, numbers, day, named),
    }
    present = {client for client, _ in CaseRepository(session, everything(day)).present_keys(named)}
    columns["mismatch_open"] = _flags(numbers, present)
    muted = set(muted_by_complaint(session, few, day))
    waiting = muted - set(quiet_until(session, muted, day))
    columns["complaint_open"] = np.array([int(one in waiting) for one in ids.tolist()], dtype=np.int64)
    wishes = PreferenceRepository(session).on(day, few)
    dead = {one for one, said in wishes.items() if said.deceased}
    columns["deceased"] = np.array([int(one in dead) for one in ids.tolist()], dtype=np.int64)
    columns["grade_rank"] = _grades(session, ids, day, few)
    return Standing(columns)


def _flags(numbers: Sequence[str], those: set[str]) -> IntArray:
    return np.array([int(one in those) for one in numbers], dtype=np.int64)


def _accounts(clients: Sequence[ClientFacts], accounts: Sequence[AccountFacts], day: date) -> Columns:
    opened: dict[str, date] = {}
    open_now: dict[str, bool] = {}
    for one in accounts:
        if one.opened_on is not None:
            opened[one.client_no] = min(opened.get(one.client_no, one.opened_on), one.opened_on)
        stands = one.closed_on is None or one.closed_on > day
        open_now[one.client_no] = open_now.get(one.client_no, False) or stands
    days = [(day - opened[one.client_no]).days if one.client_no in opened else np.nan for one in clients]
    return {
        "days_as_client": np.array([np.nan if value < 0 else value for value in days], dtype=np.float64),
        "account_open": np.array([int(open_now[one.client_no]) if one.client_no in open_now else UNKNOWN_CODE
                                  for one in clients], dtype=np.int64),
    }  # fmt: skip


def _suitability(session: Session, ids: IntArray, day: date, few: Sequence[int] | None) -> Columns:
    held, category = assessment_columns(session, day, few), category_columns(session, day, few)
    profile = profile_columns(session, day, few)
    at, of, own = (places_in(one.client_id, ids) for one in (held, category, profile))
    through = _taken(held.valid_through, at, UNKNOWN)
    level = profile.lower(ids, _taken(held.level, at, 0))
    left = np.where(through == UNKNOWN, np.nan, (through - day.toordinal()).astype(np.float64))
    codes = np.array([list(InvestorCategory).index(one) for one in CATEGORIES], dtype=np.int64)
    return {
        "client_level": np.where(level > 0, level - 1, UNKNOWN_CODE).astype(np.int64),
        "category": codes[_taken(category.category, of, 0)],
        "lowest_class": _taken(held.lowest.astype(np.int64), at, UNKNOWN_CODE),
        "assessment_valid": ((through != UNKNOWN) & (left >= 0)).astype(np.int64),
        "assessment_days_left": left,
        "reserve_months": _taken(profile.reserve_months, own, np.nan),
    }


def _taken(column: np.ndarray, place: IntArray, nothing: float) -> np.ndarray:
    if not len(column):
        return np.full(len(place), nothing, dtype=column.dtype if column.dtype == np.float64 else np.int64)
    return np.where(place >= 0, column[np.maximum(place, 0)], nothing).astype(column.dtype)


def _served(session: Session, numbers: Sequence[str], day: date, named: Sequence[str] | None) -> Columns:
    relations = RelationRepository(session, everything(day)).on(day, client_nos=named)
    return {"has_advisor": _flags(numbers, {one.client_no for one in relations if one.role is RelationRole.ADVISOR})}


def _grades(session: Session, ids: IntArray, day: date, few: Sequence[int] | None) -> FloatArray:
    """How high the grade of the leading scheme is: 1 for its lowest class."""
    known = ranks_on(session, day, few)
    return np.array([known.get(one, np.nan) for one in ids.tolist()], dtype=np.float64)


def book_on(
    clients: Sequence[ClientFacts], standing: Standing, ledger: LedgerSpan, day: date, held: Mapping[int, int],
) -> ClientBook:  # fmt: skip
    """The book of one day of the span. held: how many products each row holds."""
    n, paths = len(clients), ledger.paths
    columns = dict(standing.columns)
    columns["age"] = np.array([_age(one.birth_date, day) for one in clients], dtype=np.float64)
    columns["products_held"] = np.array([held.get(row, 0) for row in range(n)], dtype=np.float64)
    columns["margin_debt"] = np.where(ledger.margin == 0, 0, UNKNOWN_CODE)  # with a margin account the debt is not told
    columns |= _of_trades(ledger, day, n)
    at = int(np.searchsorted(paths.days, day.toordinal(), side="right")) - 1
    if at < 0:
        return ClientBook(tuple(one.client_no for one in clients), columns)
    assets, top = paths.assets[:, at], paths.top_value[:, at]
    columns |= {
        "assets_yuan": assets, "cash_yuan": paths.cash[:, at], "cash_share": _share(paths.cash[:, at], assets),
        "equity_share": _share(paths.equity[:, at], assets), "top_share": _share(top, assets),
        "return_250d": _year_return(ledger, at),
    }
    return ClientBook(tuple(one.client_no for one in clients), columns)


def _age(born: date | None, day: date) -> float:
    if born is None:
        return float("nan")
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    out = np.full(len(part), np.nan)
    return np.asarray(np.divide(part, whole, out=out, where=np.nan_to_num(whole) > 0))


def _of_trades(ledger: LedgerSpan, day: date, n: int) -> Columns:
    today = day.toordinal()
    recent = (ledger.trade_day > today - QUARTER) & (ledger.trade_day <= today)
    count = np.bincount(ledger.trade_client[recent], minlength=n).astype(np.float64)
    last = np.full(n, NO_DAY, dtype=np.int64)
    past = ledger.trade_day <= today
    np.maximum.at(last, ledger.trade_client[past], ledger.trade_day[past])
    older = (last == NO_DAY) & (ledger.last_trade != NO_DAY) & (ledger.last_trade <= today)
    last = np.where(older, ledger.last_trade, last)
    year = (ledger.trade_day > today - 365) & past
    yuan = np.bincount(ledger.trade_client[year], weights=ledger.trade_yuan[year], minlength=n)
    at = int(np.searchsorted(ledger.paths.days, today, side="right"))
    window = ledger.paths.assets[:, max(at - YEAR_DAYS, 0) : at]
    some = np.isfinite(window).any(axis=1)
    mean = np.full(n, np.nan)
    if some.any():
        mean[some] = np.nanmean(window[some], axis=1)
    return {
        "trades_90d": np.where(ledger.with_account, count, np.nan),
        "days_since_trade": np.where(last == NO_DAY, np.nan, (today - last).astype(np.float64)),
        "turnover_annual": _share(yuan / 2, mean),
    }


def _year_return(ledger: LedgerSpan, at: int) -> FloatArray:
    """Over 250 trading days; NaN where fewer are known."""
    returns = ledger.paths.returns[:, max(at - YEAR_DAYS + 1, 0) : at + 1]
    if returns.shape[1] < YEAR_DAYS:
        return np.full(len(returns), np.nan)
    whole = np.isfinite(returns).sum(axis=1) == YEAR_DAYS
    return np.where(whole, np.nan_to_num(returns + 1, nan=1.0).prod(axis=1) - 1, np.nan)

