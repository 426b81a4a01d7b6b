"""The money of each trade: what the shares cost, what the broker took, what went through cash. Exact, in
millionths.

Where the file gives the amount, it is right: price times quantity only helps to tell money from fees. Where
it does not, the amount follows from quantity, price and fees; fees that an A-share file leaves out are
estimated by rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from clients.types import MOVEMENTS, UNKNOWN, AccountKind, Ledger, Movement, Trades
from diagnosis import cash_kernel
from kit.money import SCALE, to_scaled
from kit.rulebook import load_rulebook
from market import fees as market_fees
from market.types import BoolArray, Grid, IntArray, Venue

A_SHARE_VENUES = (Venue.XSHG, Venue.XSHE, Venue.BJSE)


@dataclass(frozen=True)
class TradeMoney:
    """Shape (N,) each, one entry per trade of the ledger; money in millionths."""

    gross: IntArray  # money of the shares before fees, >= 0
    fee: IntArray
    worth: IntArray  # effect on the client's wealth in cash: -(gross + fee) or gross - fee
    cash: IntArray  # effect on the cash balance, as the file says it
    pays: IntArray  # cash_kernel.PAID, FINANCED, FROM_FROZEN, FROM_FROZEN_FIRST
    unit_price: IntArray  # price of the trade, 0 where it is none
    estimated: BoolArray  # fees by rule, not from the file
    fee_unknown: BoolArray  # neither file nor rule says the fee: counted as 0


def is_home(grid: Grid) -> BoolArray:
    """Securities of the mainland exchanges, whose fees and lots the rules know. Shape (S,)."""
    return np.array([i.venue in A_SHARE_VENUES for i in grid.securities], dtype=np.bool_)


def scaled_rule(rule_id: str) -> int:
    """A number of `rules/ledger.yaml` in millionths."""
    return to_scaled(Decimal(load_rulebook("diagnosis", "ledger")[rule_id].values[-1][1]))


def whole_rule(rule_id: str) -> int:
    """A whole number of `rules/ledger.yaml`."""
    return int(load_rulebook("diagnosis", "ledger")[rule_id].values[-1][1])


def scaled_product(quantity: IntArray, price: IntArray) -> IntArray:
    """quantity * price in millionths, rounded half up, exact as long as the result fits."""
    whole, part = np.divmod(quantity, SCALE)
    fine, rest = np.divmod(price, SCALE)
    result: IntArray = whole * price + part * fine + (part * rest + SCALE // 2) // SCALE
    return result


def known(column: IntArray) -> IntArray:
    """The column with 0 where the file said nothing."""
    return np.where(column == UNKNOWN, 0, column)


def plain_worth(trades: Trades) -> IntArray:
    """What each trade did to cash by the file alone: its amount, else price times quantity and the fees it
    names.
    """
    fees = np.add.reduce([
        known(column)
        for column in (trades.commission, trades.stamp_duty, trades.transfer_fee, trades.other_fee)
    ])
    turnover = scaled_product(trades.quantity, np.maximum(known(trades.price), 0))
    sells = trades.kind == MOVEMENTS.index(Movement.SELL)
    buys = np.isin(
        trades.kind, [MOVEMENTS.index(m) for m in (Movement.BUY, Movement.ALLOTMENT, Movement.RIGHTS)]
    )
    computed = np.where(sells, turnover - fees, np.where(buys, -turnover - fees, -fees))
    return np.where(trades.amount == UNKNOWN, computed, trades.amount)


def trade_money(ledger: Ledger, grid: Grid, account: IntArray) -> TradeMoney:
    """Money of every trade; `account` is the account of each row."""
    trades = ledger.trades
    code = {movement: place for place, movement in enumerate(MOVEMENTS)}
    sells = trades.kind == code[Movement.SELL]
    offered = (trades.kind == code[Movement.ALLOTMENT]) | (trades.kind == code[Movement.RIGHTS])
    buys = (trades.kind == code[Movement.BUY]) | offered
    price = np.where(trades.price == UNKNOWN, 0, np.maximum(trades.price, 0))
    turnover = scaled_product(trades.quantity, price)
    columns = (trades.commission, trades.stamp_duty, trades.transfer_fee, trades.other_fee)
    silent = np.logical_and.reduce([column == UNKNOWN for column in columns])
    fee = np.add.reduce([known(column) for column in columns])
    amount = trades.amount
    given = (amount != UNKNOWN) & ((amount != 0) | (turnover == 0)) & (buys | sells)
    fee, estimated, fee_unknown = _fill_fees(ledger, grid, buys | sells, sells, turnover, fee, silent, given)
    gross = np.where(buys | sells, turnover, 0)
    gross, fee = _split_amount(gross, fee, np.where(given, amount, 0), given, buys, silent)
    worth = np.where(sells, gross - fee, np.where(buys, -gross - fee, -fee))
    moved = ~(buys | sells)
    worth = np.where(moved & (amount != UNKNOWN), known(amount), worth)
    fee = np.where(moved, -worth, fee)
    zero = (amount == 0) & (turnover > 0) & (buys | sells)
    on_margin = np.array([a.kind is AccountKind.MARGIN for a in ledger.accounts], dtype=np.bool_)[account]
    pays = np.full(len(amount), cash_kernel.PAID, dtype=np.int64)
    pays[zero & on_margin & ~offered] = cash_kernel.FINANCED
    pays[zero & offered] = cash_kernel.FROM_FROZEN
    pays[offered & (amount == UNKNOWN)] = cash_kernel.FROM_FROZEN_FIRST
    cash = np.where((pays == cash_kernel.FINANCED) | (pays == cash_kernel.FROM_FROZEN), 0, worth)
    unit = np.where((buys | sells) & (trades.quantity > 0), price, 0)
    return TradeMoney(gross, fee, worth, cash, pays, unit, estimated, fee_unknown)


def _split_amount(
    gross: IntArray, fee: IntArray, amount: IntArray, given: BoolArray, buys: BoolArray, silent: BoolArray
) -> tuple[IntArray, IntArray]:
    """Shares' money and fees such that they make up the file's amount to the last millionth."""
    paid = np.where(buys, -amount, amount)
    implied = np.where(buys, paid - gross, gross - paid)
    part = np.full(len(gross), scaled_rule("LEDGER-FEE-PART"), dtype=np.int64)
    limit = np.maximum(scaled_product(gross, part), scaled_rule("LEDGER-FEE-ALWAYS"))
    believable = (implied >= 0) & (implied <= limit)
    derive = given & silent
    fee = np.where(derive, np.where(believable, implied, 0), fee)
    left = np.where(buys, paid - fee, paid + fee)
    odd = given & (left < 0)  # fees above the money itself: the row is about fees alone
    gross = np.where(given, np.where(odd, 0, left), gross)
    fee = np.where(odd, np.where(buys, paid, -paid), fee)
    return gross, fee


def _fill_fees(
    ledger: Ledger, grid: Grid, traded: BoolArray, sells: BoolArray, turnover: IntArray, fee: IntArray,
    silent: BoolArray, given: BoolArray,
) -> tuple[IntArray, BoolArray, BoolArray]:
    """Fees by rule where file and amount say nothing of them; only purchases and sales on A-share venues."""
    trades = ledger.trades
    by_rule = (trades.commission, trades.stamp_duty, trades.transfer_fee)
    missing = np.logical_or.reduce([column == UNKNOWN for column in by_rule])
    wanted = traded & missing & ~given & (turnover > 0) & np.isin(
        trades.kind, [MOVEMENTS.index(Movement.BUY), MOVEMENTS.index(Movement.SELL)]
    )
    none = np.zeros(len(fee), dtype=np.bool_)
    if not wanted.any():
        return fee, none, none
    rows = np.flatnonzero(wanted)
    home = is_home(grid)[trades.security[rows]]
    extra = _expected(ledger, grid, rows[home], sells, turnover)
    estimated, unknown = none.copy(), none.copy()
    fee = fee.copy()
    fee[rows[home]] += extra
    estimated[rows[home]] = True
    unknown[rows[~home]] = silent[rows[~home]]
    return fee, estimated, unknown


def _expected(ledger: Ledger, grid: Grid, rows: IntArray, sells: BoolArray, turnover: IntArray) -> IntArray:
    """What the missing columns of `rows` should hold by the rules of the day."""
    trades = ledger.trades
    expected = expected_charges(ledger, grid, rows, sells, turnover)
    duty = np.where(trades.stamp_duty[rows] == UNKNOWN, known(expected.stamp_duty), 0)
    transfer = np.where(trades.transfer_fee[rows] == UNKNOWN, known(expected.transfer_fee), 0)
    rate = np.full(len(rows), scaled_rule("LEDGER-COMMISSION-ASSUMED"), dtype=np.int64)
    usual = np.maximum(_to_fen(scaled_product(turnover[rows], rate)), _least_commission(trades.day[rows]))
    commission = np.where(trades.commission[rows] == UNKNOWN, usual, 0)
    result: IntArray = duty + transfer + commission
    return result


def _least_commission(day: IntArray) -> IntArray:
    """The rule's least commission on each day, in millionths; 0 before its first value."""
    values = load_rulebook("market", "fees")["FEE-COMMISSION-MINIMUM"].values
    starts = np.array([since.toordinal() for since, _ in values], dtype=np.int64)
    least = np.array([0, *(to_scaled(Decimal(str(value or 0))) for _, value in values)], dtype=np.int64)
    found: IntArray = least[np.searchsorted(starts, day, side="right")]
    return found


def _to_fen(money: IntArray) -> IntArray:
    fen = SCALE // 100
    result: IntArray = (money + fen // 2) // fen * fen
    return result


def expected_charges(
    ledger: Ledger, grid: Grid, rows: IntArray, sells: BoolArray, turnover: IntArray
) -> market_fees.ExpectedCharges:
    """Duty and transfer fee by rule for the trades at `rows`."""
    venue = np.array([market_fees.VENUES.index(i.venue) for i in grid.securities], dtype=np.int64)
    kind = np.array([market_fees.KINDS.index(i.kind) for i in grid.securities], dtype=np.int64)
    security = ledger.trades.security[rows]
    return market_fees.charges_array(
        ledger.trades.day[rows], venue[security], kind[security], sells[rows], turnover[rows]
    )
