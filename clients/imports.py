"""Client files: which columns each kind has, and what one row of it means.

Headings and words come from rule data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from clients.contacts.imports import CONTACTS
from clients.household.imports import BALANCES, HOUSEHOLDS
from clients.logins.imports import LOGINS
from clients.satisfaction.imports import SURVEYS
from clients.staff.imports import BRANCHES, RELATIONS, STAFF
from clients.types import AccountKind, CashKind, ClientKind
from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.rulebook import load_rulebook
from market.imports import ACTIONS, BENCHMARKS, INSTRUMENTS, PRICES, coded
from market.products.imports import PRODUCT_KINDS

_NEWEST = date(2100, 1, 1)
_MARKET = ("venue", "shareholder", "currency", "name")  # what a row may say about the market of its code
FEES = ("commission", "stamp_duty", "transfer_fee", "other_fee")

CLIENTS = KindColumns(
    "clients",
    "客户",
    ("client_no",),
    ("kind", "birth_date", "id_no", "phone", "assessed_on", "recorded_on"),
    (("name", "risk_level"),),
)
ACCOUNTS = KindColumns(
    "accounts", "账户", ("account_no", "client_no"), ("kind", "currency", "opened_on", "closed_on")
)
TRADES = KindColumns(
    "trades",
    "成交",
    ("account_no", "traded_at", "security_code", "side", "quantity", "price"),
    (*FEES, "trade_no", *_MARKET),
)
CASHFLOWS = KindColumns(
    "cashflows",
    "资金流水",
    ("account_no", "date", "kind", "amount"),
    ("security_code", "ref_no", "balance", "venue", "name"),
)
HOLDINGS = KindColumns(
    "holdings",
    "持仓快照",
    ("account_no", "date", "security_code", "quantity"),
    ("cost", "market_value", *_MARKET),
)
STATEMENT = KindColumns(
    "statement",
    "交割单、对账单",
    ("account_no", "date", "business", "quantity"),
    (
        "security_code",
        "time",
        "price",
        "gross",
        "balance",
        *FEES,
        "share_balance",
        "order_no",
        "trade_no",
        "rate",
        "note",
        *_MARKET,
        "net",
    ),
)
KINDS = (
    INSTRUMENTS, BENCHMARKS, PRICES, ACTIONS, CLIENTS, ACCOUNTS, STATEMENT, TRADES, CASHFLOWS, HOLDINGS,
    BRANCHES, STAFF, RELATIONS, HOUSEHOLDS, BALANCES, CONTACTS, SURVEYS, LOGINS, *PRODUCT_KINDS,
)  # fmt: skip
KIND_NAMES = tuple(kind.kind for kind in KINDS)


def heading_aliases(
    kinds: tuple[str, ...], books: tuple[tuple[str, str], ...]
) -> dict[str, dict[str, list[str]]]:
    """Aliases by kind and canonical column, from the HEAD rules of these files (package, name).

    A rule for the kind stands before one for all kinds.
    """
    found: dict[str, dict[str, list[str]]] = {kind: {} for kind in kinds}
    heads = [rule for book in books for rule in load_rulebook(*book) if rule.id.startswith("HEAD-")]
    for rule in sorted(heads, key=lambda rule: "kinds" not in rule.applies_to):
        for kind in rule.applies_to.get("kinds", kinds):
            if kind in found:
                found[kind].setdefault(rule.applies_to["column"], rule.on(_NEWEST))
    return found


def words(rule_id: str) -> frozenset[str]:
    """The words of one WORD rule."""
    return frozenset(str(word) for word in load_rulebook("clients", "headings").on(rule_id, _NEWEST))


@lru_cache
def side_words() -> Mapping[str, str]:
    """BUY or SELL by the words, letters and signs that files use."""
    return {word.upper(): side for side in ("BUY", "SELL") for word in words(f"WORD-{side}")}


def fingerprint(*parts: object) -> str:
    """24 hex digits over the parts; None and "" are the same."""
    text = "|".join("" if part is None else str(part) for part in parts)
    return blake2b(text.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class TradeLine:
    """One canonical trade in millionths."""

    day: date
    at: datetime | None
    side: str
    quantity: int
    price: int
    fees: tuple[int | None, ...]  # in the order of FEES
    trade_no: str | None


def trade_line(cells: Cells, zone: ZoneInfo) -> TradeLine:
    """Raises Refused for an unknown side, a negative price or fee, or a quantity whose sign contradicts the
    side.
    """
    moment = cells.when("traded_at", zone)
    said = cells.layout.places["side"]
    text = cells.row[said].strip() if cells.row[said].strip() in ("-", "−", "+") else cells.need("side")
    side = side_words().get(text.upper())
    if side is None:
        raise Refused("side", text, "应为 BUY 或 SELL（也可写 买入、卖出、B、S、1、2、+、-）")
    quantity = cells.need_scaled("quantity")
    if quantity < 0 and side == "BUY":
        raise Refused("quantity", cells.text("quantity"), "买入的数量不应为负：方向与数量的符号矛盾")
    price = cells.need_scaled("price")
    if price < 0:
        raise Refused("price", cells.text("price"), "价格不能为负")
    return TradeLine(
        moment.day,
        moment.at,
        side,
        abs(quantity),
        price,
        tuple(cells.not_negative(name) for name in FEES),
        cells.short("trade_no", 64) or None,
    )


def trade_fingerprint(
    day: date,
    at: datetime | None,
    code: str,
    kind: int,
    amounts: tuple[int | None, ...],
    trade_no: str | None,
) -> str:
    """A numbered trade is itself by its number; one without number is itself by all that it says."""
    if trade_no:
        return fingerprint("no", trade_no)
    seconds = None if at is None else int(at.timestamp())
    return fingerprint("row", day.toordinal(), seconds, code, kind, *amounts)


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One client and what is said of the level of risk."""

    client_no: str
    name: str
    kind: ClientKind | None
    birth_date: date | None
    id_no: str | None
    phone: str | None


def client_line(cells: Cells) -> ClientLine:
    """Raises Refused."""
    cells.need("client_no")
    if "name" in cells.layout.places:
        cells.need("name")
    kind = coded(cells, "kind", ClientKind) if "kind" in cells.layout.places else None
    return ClientLine(
        cells.short("client_no", 64),
        cells.short("name", 128),
        kind,
        cells.day("birth_date"),
        cells.short("id_no", 64) or None,
        cells.short("phone", 32) or None,
    )


@dataclass(frozen=True, slots=True)
class RiskLine:
    """A level of risk as somebody stated it, how they came to it, and what is odd about its dates."""

    level: str
    provenance: str
    assessed_on: date | None
    recorded_on: date | None
    oddity: str | None


def risk_line(cells: Cells) -> RiskLine | None:
    """None when the file has no column for the level.

    A guess stays a guess and odd dates are named, not mended.
    """
    if "risk_level" not in cells.layout.places:
        return None
    level = cells.short("risk_level", 32)
    assessed, recorded = cells.day("assessed_on"), cells.day("recorded_on")
    if not level or level in words("WORD-RISK-MISSING"):
        provenance = "MISSING"
    elif level.startswith(tuple(words("WORD-RISK-PREDICTED"))):
        provenance = "PREDICTED"
    else:
        provenance = "ANSWERED"
    odd = []
    if assessed is not None and assessed.isoformat() in words("WORD-SENTINEL-DATE"):
        odd.append("SENTINEL_DATE")
    if assessed is not None and recorded is not None and assessed > recorded:
        odd.append("FUTURE_DATE")
    return RiskLine(level, provenance, assessed, recorded, ",".join(odd) or None)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account."""

    account_no: str
    client_no: str
    kind: AccountKind
    currency: str
    opened_on: date | None
    closed_on: date | None


def account_line(cells: Cells) -> AccountLine:
    """Raises Refused."""
    cells.need("account_no")
    cells.need("client_no")
    opened, closed = cells.day("opened_on"), cells.day("closed_on")
    if opened and closed and closed < opened:
        raise Refused("closed_on", cells.text("closed_on"), f"销户日早于开户日 {opened}")
    currency = cells.text("currency").upper() or "CNY"
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        currency = {"人民币": "CNY", "港币": "HKD", "港元": "HKD", "美元": "USD", "欧元": "EUR"}.get(
            currency, ""
        )
        if not currency:
            raise Refused("currency", cells.text("currency"), "应为三个字母的币种代码，如 CNY")
    return AccountLine(
        cells.short("account_no", 64),
        cells.short("client_no", 64),
        coded(cells, "kind", AccountKind, AccountKind.CASH),
        currency,
        opened,
        closed,
    )


_INCOMING = (
    CashKind.DEPOSIT,
    CashKind.DIVIDEND,
    CashKind.INTEREST,
    CashKind.MARGIN_BORROW,
    CashKind.REPO_BACK,
    CashKind.REFUND,
    CashKind.TRANSFER_IN,
)
_OUTGOING = (
    CashKind.WITHDRAWAL,
    CashKind.DIVIDEND_TAX,
    CashKind.FEE,
    CashKind.MARGIN_REPAY,
    CashKind.MARGIN_INTEREST,
    CashKind.REPO_OUT,
    CashKind.SUBSCRIPTION,
    CashKind.TRANSFER_OUT,
)


def signed_amount(cells: Cells, kind: CashKind, column: str = "amount") -> int:
    """The amount as it moves the account: above 0 comes in. Files write outgoing money with or without a
    minus.

    Raises Refused when money that comes in by its kind is negative.
    """
    amount = cells.need_scaled(column)
    if kind in _INCOMING and amount < 0:
        raise Refused(column, cells.text(column), f"{kind.label}应为收入，金额不应为负")
    return -abs(amount) if kind in _OUTGOING else amount
