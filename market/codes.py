"""Security codes as people write them, made canonical: `sh600519`, `600519.XSHG`, `="600519"` are all
`600519.SH`.

A code that lost its leading zeros is completed only when the row itself says the market (市场, 股东代码,
币种, a known name): `700` is 00700.HK or 000700.SZ, and padding cannot tell. What prefixes mean stands in
`rules/codes.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from kit.imports.cells import clean
from kit.rulebook import load_rulebook
from market.types import Board, InstrumentKind, Venue

_DIGITS = re.compile(r"^\d{1,6}(\.0+)?$")
_LETTERS_FIRST = re.compile(r"^([A-Za-z]{2,4})[.:]?(\d{1,6})$")
_SHAREHOLDER = re.compile(r"^[A-Z]?\d{8,10}$")
FULL_DIGITS = {Venue.XSHG: 6, Venue.XSHE: 6, Venue.BJSE: 6, Venue.OTC: 6, Venue.XHKG: 5}
_TODAY = date(2100, 1, 1)  # code ranges have one value so far; the newest is meant


class CodeError(ValueError):
    """A code that cannot be placed. The message is for the operator and names the candidates."""

    def __init__(self, code: str, reason: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.code = code
        self.candidates = candidates


@dataclass(frozen=True, slots=True)
class Hints:
    """What the row, or the operator, says about the market besides the code."""

    market: str = ""
    shareholder: str = ""
    currency: str = ""
    name: str = ""
    venue: Venue | None = None


@dataclass(frozen=True, slots=True)
class SecurityCode:
    """A canonical code, its venue and what the prefix says.

    `subscribes_to` names the listing code of a 申购代码.
    """

    code: str
    venue: Venue
    kind: InstrumentKind
    board: Board
    currency: str
    subscribes_to: str | None = None
    is_subscription: bool = False


@dataclass(frozen=True, slots=True)
class _Range:
    prefix: str
    venue: Venue
    kind: InstrumentKind
    board: Board
    currency: str | None
    needs_market: bool


@dataclass(frozen=True)
class CodeRules:
    """The code tables, ready to ask."""

    suffixes: Mapping[str, Venue]  # every accepted suffix or prefix, upper case
    canonical: Mapping[Venue, str]
    currency: Mapping[Venue, str]
    zone: Mapping[Venue, str]
    words: Mapping[str, Venue]  # 市场 as statements write it
    currency_venue: Mapping[str, Venue]
    shareholder: tuple[tuple[re.Pattern[str], Venue], ...]
    ranges: tuple[_Range, ...] = field(default=())
    subscriptions: Mapping[str, str | None] = field(default_factory=dict)


@lru_cache
def code_rules() -> CodeRules:
    """The rules of `market/rules/codes.yaml`."""
    book = load_rulebook("market", "codes")
    venues: dict[str, dict[str, Any]] = book.on("CODE-VENUE", _TODAY)
    ranges = [
        _Range(
            str(entry["prefix"]),
            Venue(entry["venue"]),
            InstrumentKind(entry["kind"]),
            Board(entry["board"]),
            entry.get("currency"),
            bool(entry.get("needs_market", False)),
        )
        for entry in book.on("CODE-RANGE", _TODAY)
    ]
    ranges.sort(key=lambda entry: len(entry.prefix), reverse=True)
    return CodeRules(
        suffixes={
            str(alias).upper(): Venue(name) for name, facts in venues.items() for alias in facts["suffixes"]
        },
        canonical={Venue(name): facts["suffixes"][0] for name, facts in venues.items()},
        currency={Venue(name): facts["currency"] for name, facts in venues.items()},
        zone={Venue(name): facts["zone"] for name, facts in venues.items()},
        words={str(word): Venue(name) for name, facts in venues.items() for word in facts.get("words", ())},
        currency_venue={word: Venue(name) for word, name in book.on("CODE-CURRENCY", _TODAY).items()},
        shareholder=tuple(
            (re.compile(entry["pattern"]), Venue(entry["venue"]))
            for entry in book.on("CODE-SHAREHOLDER", _TODAY)
        ),
        ranges=tuple(ranges),
        subscriptions={str(key): value for key, value in book.on("CODE-SUBSCRIPTION", _TODAY).items()},
    )


def zone_of(venue: Venue | None) -> ZoneInfo:
    """The venue's time zone; Shanghai where no venue is known."""
    return ZoneInfo(code_rules().zone[venue or Venue.XSHG])


def venue_named(text: str) -> Venue:
    """The venue an operator names (`XMIL`, `SH`, `港股通`). Raises CodeError."""
    rules = code_rules()
    found = rules.words.get(text) or rules.suffixes.get(text.upper())
    if text.upper() in Venue.__members__:
        found = Venue(text.upper())
    if found is None:
        raise CodeError(text, f"不认识的市场 {text}；可用：{'、'.join(Venue.__members__)}")
    return found


def parse_code(
    text: str, hints: Hints | None = None, known_names: Mapping[str, str] | None = None
) -> SecurityCode:
    """The canonical code of `text`. `known_names` maps a candidate code to the name it has on file.

    Raises CodeError that names every candidate when the market is not told.
    """
    hints = hints or Hints()
    body = clean(text).upper().lstrip("#")
    if not body:
        raise CodeError(text, "没有证券代码")
    rules = code_rules()
    ticker, venue = _split(body, rules)
    if venue is None:
        venue = _venue_of_row(hints, rules)
    if not _DIGITS.match(ticker):
        return _ticker(ticker, venue or hints.venue, rules)
    ticker = ticker.partition(".")[0]
    if venue is None and len(ticker) < 6:
        venue = rules.currency_venue.get(clean(hints.currency))
    if venue is None and hints.venue is not None and hints.venue not in FULL_DIGITS:
        venue = hints.venue
    if venue is not None:
        return _at_venue(ticker, venue, rules)
    return _without_market(ticker, hints, rules, known_names or {})


def _split(body: str, rules: CodeRules) -> tuple[str, Venue | None]:
    """The ticker and the venue that the code itself carries."""
    if joined := _LETTERS_FIRST.match(body):
        venue = rules.suffixes.get(joined[1])
        if venue is not None:
            return joined[2], venue
    head, dot, tail = body.rpartition(".")
    if dot and tail in rules.suffixes:
        return head, rules.suffixes[tail]
    head, dot, tail = body.partition(".")
    if dot and head in rules.suffixes:
        return tail, rules.suffixes[head]
    return body, None


def _venue_of_row(hints: Hints, rules: CodeRules) -> Venue | None:
    """The venue that the row says in words."""
    word = clean(hints.market)
    return rules.words.get(word) or rules.suffixes.get(word.upper())


def _venue_by_shareholder(hints: Hints, rules: CodeRules) -> Venue | None:
    account = clean(hints.shareholder).upper()
    if not _SHAREHOLDER.match(account):
        return None
    return next((venue for pattern, venue in rules.shareholder if pattern.match(account)), None)


def _ticker(ticker: str, venue: Venue | None, rules: CodeRules) -> SecurityCode:
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9 .\-/&_]{0,23}", ticker):
        raise CodeError(
            ticker, "不是证券代码：应为六位数字、带市场的代码（600519.SH）或配合 --venue 的交易代码"
        )
    if venue is None:
        raise CodeError(ticker, f"{ticker} 没有说明市场：请写成 {ticker}.市场后缀，或加 --venue")
    if venue in FULL_DIGITS and venue is not Venue.OTC:
        raise CodeError(ticker, f"{ticker} 不是{venue.label}的代码：应为 {FULL_DIGITS[venue]} 位数字")
    return SecurityCode(
        f"{ticker}.{rules.canonical[venue]}",
        venue,
        InstrumentKind.OTHER,
        Board.FOREIGN,
        rules.currency[venue],
    )


def _at_venue(ticker: str, venue: Venue, rules: CodeRules) -> SecurityCode:
    """A code whose venue is told: leading zeros that Excel took are given back."""
    width = FULL_DIGITS.get(venue)
    if width is None:
        return _ticker(ticker, venue, rules)
    full = ticker.lstrip("0").zfill(width) if len(ticker) > width else ticker.zfill(width)
    if len(full) > width:
        raise CodeError(ticker, f"{ticker} 不是{venue.label}的代码：应为 {width} 位数字")
    return _built(full, venue, rules)


def _built(full: str, venue: Venue, rules: CodeRules) -> SecurityCode:
    code = f"{full}.{rules.canonical[venue]}"
    currency = rules.currency[venue]
    if venue is Venue.XHKG:
        return SecurityCode(code, venue, InstrumentKind.STOCK, Board.HK, currency)
    if venue is Venue.OTC:
        return SecurityCode(code, venue, InstrumentKind.FUND, Board.FUND, currency)
    if venue is Venue.XSHG and full[:3] in rules.subscriptions:
        listed = rules.subscriptions[full[:3]]
        listing = f"{listed}{full[3:]}.{rules.canonical[venue]}" if listed else None
        return SecurityCode(
            code, venue, InstrumentKind.OTHER, Board.MAIN, currency, listing, is_subscription=True
        )
    found = next(
        (entry for entry in rules.ranges if entry.venue is venue and full.startswith(entry.prefix)), None
    )
    if found is None:
        raise CodeError(full, f"{full} 不在{venue.label}的代码段里")
    return SecurityCode(code, venue, found.kind, found.board, found.currency or currency)


def _without_market(
    ticker: str, hints: Hints, rules: CodeRules, known_names: Mapping[str, str]
) -> SecurityCode:
    by_shareholder = _venue_by_shareholder(hints, rules)
    candidates = _candidates(ticker, rules)
    if len(ticker) == 5 and ticker.startswith(
        "0"
    ):  # zeros still stand, so none was lost: five digits are Hong Kong's
        return _built(ticker, Venue.XHKG, rules)
    if len(candidates) == 1 and len(ticker) == 6:
        return candidates[0]
    told = by_shareholder or hints.venue
    if told is not None and any(entry.venue is told for entry in candidates):
        return _built(ticker.zfill(FULL_DIGITS[told]), told, rules)
    named = [entry for entry in candidates if hints.name and known_names.get(entry.code) == clean(hints.name)]
    if len(named) == 1:
        return named[0]
    spoken = "、".join(entry.code for entry in candidates)
    if not candidates:
        raise CodeError(ticker, f"{ticker} 不在已知的代码段里：请写明市场，如 {ticker}.SH")
    raise CodeError(
        ticker,
        f"{ticker} 可能是 {spoken}：本行没有说明市场，请写明，如 {candidates[0].code}",
        tuple(entry.code for entry in candidates),
    )


def candidate_codes(text: str) -> tuple[str, ...]:
    """Every canonical code that bare digits may stand for, Hong Kong first for short ones."""
    body = clean(text).partition(".")[0]
    return tuple(entry.code for entry in _candidates(body, code_rules())) if body.isdigit() else ()


def _candidates(ticker: str, rules: CodeRules) -> list[SecurityCode]:
    """Each venue whose code ranges could hold the digits, least common ranges left out where the code is
    complete.
    """
    found: list[SecurityCode] = []
    if len(ticker) <= 5:
        found.append(_built(ticker.zfill(5), Venue.XHKG, rules))
    full = ticker.zfill(6)
    for venue in (Venue.XSHG, Venue.XSHE, Venue.BJSE):
        if venue is Venue.XSHG and full[:3] in rules.subscriptions:
            found.append(_built(full, venue, rules))
            continue
        match = next(
            (entry for entry in rules.ranges if entry.venue is venue and full.startswith(entry.prefix)), None
        )
        if match is not None and not match.needs_market:
            found.append(_built(full, venue, rules))
    return found
