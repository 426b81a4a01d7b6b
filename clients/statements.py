"""Delivery statements (交割单、对账单) as values: what one row moves, by the business types in rule data.

Nothing here knows a database. A word that the data do not know is refused by name; a sign that contradicts
the word is too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from clients.types import CashKind, Movement
from kit.imports.headings import plain
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.money import SCALE, from_scaled
from kit.rulebook import load_rulebook
from market.codes import SecurityCode, zone_of
from market.types import InstrumentKind, Venue

_NEWEST = date(2100, 1, 1)
WORDING = 32
_OUT = frozenset((Movement.SELL, Movement.TRANSFER_OUT))
_PAID = frozenset((Movement.BUY, Movement.ALLOTMENT, Movement.RIGHTS))
_YUAN = frozenset(("", "CNY", "RMB", "人民币", "人民币元", "元", "0"))


@dataclass(frozen=True, slots=True)
class BusinessType:
    """What a word on a statement means; see the head of `rules/statement_types.yaml`."""

    id: str
    movement: str | None
    cash_in: CashKind | None
    cash_out: CashKind | None
    usual: str | None
    margin: str | None
    lottery: bool
    note: bool


@lru_cache
def business_types() -> Mapping[str, BusinessType]:
    """Every known word, made plain, with what it means."""
    found: dict[str, BusinessType] = {}
    for rule in load_rulebook("clients", "statement_types"):
        value: dict[str, Any] = rule.on(_NEWEST)
        kinds = {name: CashKind(value[name]) if name in value else None for name in ("cash_in", "cash_out")}
        meaning = BusinessType(
            rule.id,
            value.get("movement"),
            kinds["cash_in"],
            kinds["cash_out"],
            value.get("usual"),
            value.get("margin"),
            bool(value.get("lottery")),
            bool(value.get("note")),
        )
        found |= {plain(str(word)): meaning for word in value["words"]}
    return found


@dataclass(frozen=True, slots=True)
class ShareMove:
    """Shares moved by one row; amounts in millionths, `amount` signed."""

    movement: Movement
    quantity: int
    price: int
    amount: int | None
    fees: tuple[int | None, ...]  # commission, stamp duty, transfer fee, other


@dataclass(frozen=True, slots=True)
class CashMove:
    """Money moved by one row beside or instead of shares; signed."""

    kind: CashKind
    amount: int


@dataclass(frozen=True, slots=True)
class Posting:
    """What one row of a statement becomes. Without shares and cash it is a note."""

    day: date
    at: datetime | None
    word: str
    shares: ShareMove | None = None
    cash: tuple[CashMove, ...] = ()
    quantity: int | None = None
    balance: int | None = None
    trade_no: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Amounts:
    """The numbers of one row. `net` is signed as the file has it, None where the file says nothing."""

    quantity: int
    price: int
    gross: int | None
    net: int | None
    fees: tuple[int | None, int | None, int | None]
    others: int
    rate: int | None


def business_of(cells: Cells) -> tuple[str, BusinessType]:
    """The word of the first business column that is filled, and its meaning.

    Raises Refused for an unknown word.
    """
    word = cells.text("business")
    for place in (cells.layout.places["business"], *cells.layout.extra.get("business", ())):
        word = word or cells.row[place].strip()  # a lone minus is a side here, not an empty cell
    if not word:
        raise Refused("business", "", "不能为空")
    meaning = business_types().get(plain(word))
    if meaning is None:
        raise Refused(
            "business",
            word,
            "不认识的业务类型，未猜测：请改为已知的业务名称，或在 statement_types.yaml 中登记",
        )
    return word, meaning


def amounts_of(cells: Cells) -> Amounts:
    """Raises Refused for what is no number, a negative price, or a negative charge."""
    price = cells.not_negative("price") or 0
    fees = tuple(cells.scaled(name) for name in ("commission", "stamp_duty", "transfer_fee"))
    other = cells.scaled("other_fee") or 0
    for place in cells.layout.extra.get("other_fee", ()):
        spare = replace(cells.layout, places={"other_fee": place})
        other += Cells(spare, cells.line, cells.row, cells.remarks).scaled("other_fee") or 0
    commission, stamp, transfer = (abs(fee) if fee is not None else None for fee in fees)
    gross = cells.scaled("gross")
    return Amounts(
        cells.scaled("quantity") or 0,
        price,
        None if gross is None else abs(gross),
        cells.scaled("net"),
        (commission, stamp, transfer),
        abs(other),
        cells.not_negative("rate"),
    )


def posting_of(cells: Cells, code: SecurityCode | None, kind: str | None, signed: bool) -> Posting:
    """What the row becomes. `kind` is the registered kind of the security; `signed`: amounts in the file
    carry signs.

    Raises Refused.
    """
    word, meaning = business_of(cells)
    found = amounts_of(cells)
    zone = zone_of(code.venue if code is not None and code.venue is not Venue.OTC else None)
    moment = cells.when("date", zone, "time")
    posting = Posting(
        moment.day,
        moment.at,
        word[:WORDING],
        quantity=found.quantity or None,
        balance=cells.scaled("balance"),
        trade_no=_number(cells),
    )
    if meaning.note:
        return _note(cells, posting, found)
    if kind == InstrumentKind.REPO and meaning.movement in ("BUY", "SELL"):
        return _repo(cells, posting, meaning, found, signed)
    held = meaning.movement is not None and not (
        meaning.lottery and code is not None and code.is_subscription
    )
    if held and found.quantity:
        return _shares(cells, posting, meaning, found, code, kind, signed)
    return _cash(cells, posting, meaning, found, signed)


def _number(cells: Cells) -> str | None:
    number = cells.short("trade_no", 64)
    return number if number.strip("0- ") else None


def _note(cells: Cells, posting: Posting, found: Amounts) -> Posting:
    if found.net:
        raise Refused(
            "net", cells.text("net"), f"“{posting.word}”不应有发生金额：此行若动了资金，业务名称应另写"
        )
    return posting


def _repo(cells: Cells, posting: Posting, meaning: BusinessType, found: Amounts, signed: bool) -> Posting:
    """Trading software writes a reverse repo as the sale of its code: lending goes out, the return comes
    in.
    """
    amount = _net(cells, found)
    if not signed:
        amount = -abs(amount) if meaning.movement == "SELL" else abs(amount)
    kind = CashKind.REPO_OUT if amount < 0 else CashKind.REPO_BACK
    return replace(posting, cash=(CashMove(kind, amount),))


def _net(cells: Cells, found: Amounts) -> int:
    """The money of a row that moves no shares: the net amount, else the gross one where the file has no net
    column.
    """
    if found.net is not None:
        return found.net
    if "net" not in cells.layout.places and found.gross:
        return found.gross
    return 0


def _cash(cells: Cells, posting: Posting, meaning: BusinessType, found: Amounts, signed: bool) -> Posting:
    amount = _net(cells, found)
    if not amount:
        return replace(posting, remarks=("没有金额也没有股份变动的行，已记为备注行",))
    if meaning.cash_in is None and meaning.cash_out is None:
        raise Refused("quantity", cells.text("quantity"), f"“{posting.word}”有发生金额而没有数量")
    if not signed or "net" not in cells.layout.places:
        if meaning.usual is None:
            raise Refused(
                "net", cells.text("net"), f"文件的金额没有正负号，无法判断“{posting.word}”是收入还是支出"
            )
        amount = abs(amount) if meaning.usual == "in" else -abs(amount)
    kind = meaning.cash_in if amount > 0 else meaning.cash_out
    if kind is None:
        should = "收入，金额应为正" if amount < 0 else "支出，金额应为负"
        raise Refused("net", cells.text("net"), f"“{posting.word}”应为{should}：业务与金额的符号矛盾")
    said: tuple[str, ...] = ()
    if meaning.usual and (amount > 0) != (meaning.usual == "in"):
        said = (f"“{posting.word}”与通常方向相反，按文件的符号记为冲回",)
    return replace(posting, cash=(CashMove(kind, amount),), remarks=said)


def _shares(
    cells: Cells,
    posting: Posting,
    meaning: BusinessType,
    found: Amounts,
    code: SecurityCode | None,
    kind: str | None,
    signed: bool,
) -> Posting:
    if code is None:
        raise Refused("security_code", "", f"“{posting.word}”须有证券代码")
    movement, remarks = _movement(cells, posting, meaning, found, kind)
    quantity = abs(found.quantity)
    net = _signed_net(cells, posting, movement, found, signed)
    if movement in (Movement.BUY, Movement.SELL) and not found.price:
        gross = found.gross or abs(net or 0)
        if not gross:
            raise Refused("price", cells.text("price"), f"“{posting.word}”没有价格也没有金额")
        found = replace(found, price=_round(Decimal(gross) * SCALE / quantity))
        remarks += ("没有成交价格，已由金额除以数量得出",)
    net, loan = _margin(meaning, found, net)
    fees, said = _fees(cells, code, movement, found, net, loan)
    cash = () if loan is None else (loan,)
    move = ShareMove(movement, quantity, found.price, net, fees)
    return replace(
        posting, shares=move, cash=cash, remarks=remarks + said, word=_with_rate(posting.word, cells)
    )


def _movement(
    cells: Cells, posting: Posting, meaning: BusinessType, found: Amounts, kind: str | None
) -> tuple[Movement, tuple[str, ...]]:
    if meaning.movement == "BY_SIGN":
        return (Movement.TRANSFER_IN if found.quantity > 0 else Movement.TRANSFER_OUT), ()
    if meaning.movement == "CONVERT":
        return (Movement.TRANSFER_OUT if kind == InstrumentKind.CONVERTIBLE else Movement.TRANSFER_IN), ()
    movement = Movement(str(meaning.movement))
    if found.quantity < 0 and movement is Movement.BUY:
        raise Refused(
            "quantity", cells.text("quantity"), f"“{posting.word}”的数量不应为负：业务与数量的符号矛盾"
        )
    if found.quantity < 0 and movement not in _OUT:
        return Movement.TRANSFER_OUT, (f"“{posting.word}”数量为负，按冲回记为股份转出",)
    return movement, ()


def _signed_net(
    cells: Cells, posting: Posting, movement: Movement, found: Amounts, signed: bool
) -> int | None:
    if found.net is None:
        return None
    if not signed:
        return -abs(found.net) if movement in _PAID else abs(found.net)
    if movement in _PAID and found.net > 0:
        raise Refused(
            "net", cells.text("net"), f"“{posting.word}”应付出资金，发生金额应为负：业务与金额的符号矛盾"
        )
    charges = sum(fee or 0 for fee in found.fees) + found.others
    if movement is Movement.SELL and found.net < 0 and -found.net > charges:
        raise Refused(
            "net", cells.text("net"), f"“{posting.word}”应收入资金，发生金额应为正：业务与金额的符号矛盾"
        )
    return found.net


def _margin(meaning: BusinessType, found: Amounts, net: int | None) -> tuple[int | None, CashMove | None]:
    """What the broker lent or took back without a row of its own, so that shares, money and debt all end
    right.
    """
    if meaning.margin is None or net is None or not found.gross:
        return net, None
    charges = sum(fee or 0 for fee in found.fees) + found.others
    whole = -found.gross - charges if meaning.margin == "BORROW" else found.gross - charges
    lent = net - whole
    if not lent or (lent > 0) != (meaning.margin == "BORROW"):
        return net, None
    if (
        abs(lent) < found.gross // 2
    ):  # the row itself carries the money; what is left are charges without a column
        return net, None
    kind = CashKind.MARGIN_BORROW if meaning.margin == "BORROW" else CashKind.MARGIN_REPAY
    return whole, CashMove(kind, lent)


def _fees(
    cells: Cells,
    code: SecurityCode,
    movement: Movement,
    found: Amounts,
    net: int | None,
    loan: CashMove | None,
) -> tuple[tuple[int | None, ...], tuple[str, ...]]:
    """The four charges.

    What amount, price and named charges leave unexplained is another charge, and is named.
    """
    commission, stamp, transfer = found.fees
    named = sum(fee or 0 for fee in found.fees)
    other = found.others or (0 if "other_fee" in cells.layout.places else None)
    if net is None or movement not in (Movement.BUY, Movement.SELL) or loan is not None:
        return (commission, stamp, transfer, other), ()
    worth, said = _worth(cells, code, found)
    charged = -net - worth if movement is Movement.BUY else worth - net
    if charged == named + found.others:
        return (commission, stamp, transfer, other), ()
    if charged == named:  # the other columns itemise what the commission already holds
        return (commission, stamp, transfer, 0), ()
    if commission is not None and charged == commission:  # the commission column is the sum of all charges
        rest = commission - (stamp or 0) - (transfer or 0)
        if rest >= 0:
            return (rest, stamp, transfer, 0), ("手续费列是各项费用之和，佣金已减去印花税与过户费",)
    return (commission, stamp, transfer, charged - named), (said,)


def _worth(cells: Cells, code: SecurityCode, found: Amounts) -> tuple[int, str]:
    """The value of the fill in the money it settles in."""
    product = Decimal(abs(found.quantity)) * found.price / SCALE
    foreign = code.venue is Venue.XHKG or cells.text("currency") not in _YUAN
    if foreign and found.rate and found.rate != SCALE:
        worth = _round(
            (product * found.rate / SCALE / SCALE).quantize(Decimal("0.01"), ROUND_HALF_UP) * SCALE
        )
        return worth, "费用没有单列：发生金额与“数量×价格×汇率”之差记入其他费用"
    if found.gross:
        return found.gross, "发生金额与成交金额、所列费用不合，差额记入其他费用"
    return _round(product), "发生金额与“数量×价格”、所列费用不合，差额记入其他费用"


def _round(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def _with_rate(word: str, cells: Cells) -> str:
    """The word, with the currency and the rate of a fill that was not in yuan."""
    currency, rate = cells.text("currency"), cells.scaled("rate")
    if not rate or rate == SCALE:
        return word if currency in _YUAN else f"{word} {currency}"[:WORDING]
    return f"{word} {currency}×{format(from_scaled(rate).normalize(), 'f')}"[:WORDING]
