"""影响预演: the whole book judged twice, as it stands and as it would stand; what differs, counted and listed. Pure.

Both sides run the rules that a single check runs. A holding is a mismatch where its purchase, asked for by the client,
would hit a rule that the watch watches (`rules/cases.yaml`): the answer that the watch itself gives.
Only what differs is pinned: a client who is opened between preview and approval, and whom the change does not touch,
moves nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np

from kit.rulebook import NotInForce, Rulebook
from market.types import BoolArray, FloatArray, IntArray
from suitability.cases.rules import watched
from suitability.levels import AskedBy, ClientLevel, Outcome, ProductLevel
from suitability.matching.book import OF_CLIENT, OF_PRODUCT, READS_OF_CLIENT, Columns, Scan, alike, cut, scan
from suitability.matching.cases import Cases
from suitability.matching.rules import judge_one
from suitability.monitoring.book import SHARE

FORMAT: Final = "heshi.impact/1"
HOLDINGS_AT_ONCE: Final = 500_000
LISTED: Final = 200  # entries of each list that a preview keeps; the digest is over all of them
CLASSES: Final = ("NONE", "C1_LOWEST", *(level.value for level in ClientLevel))
RATINGS: Final = ("NONE", *(level.value for level in ProductLevel))


@dataclass(frozen=True)
class Book:
    """Whom and what both sides look at: N clients, P products, H holdings by their places.

    value, total: yuan of each holding, and of all that each client has; NaN where it is not known, and without them
    no share is judged.
    """

    client_nos: Sequence[str]
    branches: tuple[str, ...]
    branch: IntArray  # (N,) place in `branches`
    codes: Sequence[str]
    held_client: IntArray  # (H,)
    held_product: IntArray  # (H,)
    value: FloatArray | None = None  # (H,)
    total: FloatArray | None = None  # (N,)

    def at(self, places: IntArray) -> Book:
        """The same with these holdings alone."""
        value = None if self.value is None else self.value[places]
        return replace(self, held_client=self.held_client[places], held_product=self.held_product[places], value=value)


@dataclass(frozen=True)
class Side:
    """One state of the book: the columns of `Cases`, the rules they are judged by."""

    clients: Columns
    products: Columns
    rules: Rulebook
    rising: BoolArray  # (N,) whose score is worth more under these bands, at the next assessment


def classes_of(clients: Columns) -> IntArray:
    """The place of each client in CLASSES."""
    rank = np.asarray(clients["client_rank"], dtype=np.int64)
    lowest = np.asarray(clients["lowest"]) & (rank == ClientLevel.C1.rank)
    return np.where(rank == 0, 0, np.where(lowest, 1, rank + 1))


def impact(book: Book, before: Side, after: Side, day: date) -> dict[str, Any]:
    """What the change does on `day`, as plain data."""
    return {
        "format": FORMAT,
        "day": day.isoformat(),
        "levels": _levels(book, before, after),
        "products": _products(book, before, after),
        **_matches(book, before, after, day),
    }


def _levels(book: Book, before: Side, after: Side) -> dict[str, Any]:
    was, now = classes_of(before.clients), classes_of(after.clients)
    moved = np.flatnonzero(was != now)
    pairs, counts = np.unique(was[moved] * len(CLASSES) + now[moved], return_counts=True)
    rising = after.rising & ~before.rising
    return {
        "changed": len(moved),
        "down": int((now[moved] < was[moved]).sum()),
        "up": int((now[moved] > was[moved]).sum()),
        "would_rise": int(rising.sum()),
        "matrix": [
            {"from": CLASSES[pair // len(CLASSES)], "to": CLASSES[pair % len(CLASSES)], "clients": count}
            for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True)
        ],
        "by_branch": _by(book.branches, book.branch[moved], {"clients": np.ones(len(moved), dtype=np.bool_)}),
        "list": [
            {
                "client": book.client_nos[place], "branch": book.branches[book.branch[place]],
                "from": CLASSES[was[place]], "to": CLASSES[now[place]],
            }
            for place in moved[:LISTED].tolist()
        ],
        "digest": _digest(_named(book.client_nos, moved), was[moved], now[moved]),
        "rising_digest": _digest(_named(book.client_nos, np.flatnonzero(rising))),
    }  # fmt: skip


def _products(book: Book, before: Side, after: Side) -> dict[str, Any]:
    columns = sorted(set(before.products) & set(after.products))
    differs = np.zeros(len(book.codes), dtype=np.bool_)
    for name in columns:
        old, new = np.asarray(before.products[name], float), np.asarray(after.products[name], float)
        differs |= (old != new) & ~(np.isnan(old) & np.isnan(new))
    moved = np.flatnonzero(differs)
    was, now = (np.asarray(side.products["product_rank"], dtype=np.int64) for side in (before, after))
    return {
        "changed": len(moved),
        "list": [
            {
                "product": book.codes[place], "from": RATINGS[was[place]], "to": RATINGS[now[place]],
                "gates": bool(before.products["gate"][place] != after.products["gate"][place]),
            }
            for place in moved[:LISTED].tolist()
        ],
        "digest": _digest(
            _named(book.codes, moved), *(np.asarray(after.products[name], float)[moved] for name in columns)
        ),
    }  # fmt: skip


def _matches(book: Book, before: Side, after: Side, day: date) -> dict[str, Any]:
    scans = [scan(side.clients, side.products, day, AskedBy.FIRM, side.rules) for side in (before, after)]
    return {"holdings": _holdings(book, before, after, day), "offers": _offers(scans)}


def _touched(before: Side, after: Side, day: date) -> tuple[str, ...]:
    """The watched rules that may answer otherwise: their terms, or a column that they read, is another."""
    products = any(_differs(before.products[name], after.products[name]) for name in OF_PRODUCT)
    moved = {name for name in OF_CLIENT if _differs(before.clients[name], after.clients[name])}
    return tuple(
        rule for rule in watched(day)
        if products or moved & {*READS_OF_CLIENT[rule]} or _terms(rule, before, day) != _terms(rule, after, day)
    )  # fmt: skip


def _differs(old: Any, new: Any) -> bool:
    return old is not new and not np.array_equal(np.asarray(old, float), np.asarray(new, float), equal_nan=True)


def _terms(rule: str, side: Side, day: date) -> Any:
    try:
        return side.rules.on(rule, day)
    except NotInForce:
        return None


def held_hits(book: Book, side: Side, day: date, rules: Sequence[str]) -> dict[str, BoolArray]:
    """Which holdings hit each of these rules, (H,) by rule; rules that nothing hits are left out."""
    told = cut(side.clients, side.products, side.rules, day)
    found = {rule: _shares(book, side, day) if rule == SHARE else _classes(rule, book, side, told, day)
             for rule in rules}  # fmt: skip
    return {rule: hit for rule, hit in found.items() if hit is not None and hit.any()}


def _classes(rule: str, book: Book, side: Side, told: Columns, day: date) -> BoolArray | None:
    """A rule that asks what the client and the product are: once for clients that are alike."""
    across = {name: np.asarray(side.products[name])[None, :] for name in OF_PRODUCT}
    case, rows = alike(told, READS_OF_CLIENT[rule], len(book.client_nos))
    down = {name: np.asarray(side.clients[name])[rows][:, None] for name in OF_CLIENT}
    judged = judge_one(rule, Cases(day=day, **down, **across, **_ASKED_FOR), side.rules)
    if judged is None:
        return None
    hit = np.broadcast_to(judged.hit, (len(rows), len(book.codes)))
    return np.asarray(hit[case[book.held_client], book.held_product])


def _shares(book: Book, side: Side, day: date) -> BoolArray | None:
    """The rule that asks how much of the client's assets a holding is: of each holding."""
    if book.value is None or book.total is None:
        return None
    found = np.zeros(len(book.held_client), dtype=np.bool_)
    for start in range(0, len(found), HOLDINGS_AT_ONCE):
        some = slice(start, start + HOLDINGS_AT_ONCE)
        who, what = book.held_client[some], book.held_product[some]
        own = {name: np.asarray(side.clients[name])[who] for name in OF_CLIENT}
        own |= {name: np.asarray(side.products[name])[what] for name in OF_PRODUCT}
        asked = {name: np.broadcast_to(one[0], who.shape) for name, one in _ASKED_FOR.items()}
        asked |= {"amount": book.value[some], "total_value": book.total[who]}
        judged = judge_one(SHARE, Cases(day=day, **own, **asked), side.rules)
        if judged is None:
            return None
        found[some] = judged.hit
    return found


_ASKED_FOR: Final = {  # a purchase that the client asks for; its amount is looked at by the share alone
    "firm_asked": np.array([[False]]), "buy": np.array([[True]]), "amount": np.array([[np.nan]]),
    "held_value": np.array([[0.0]]), "total_value": np.array([[np.nan]]),
}  # fmt: skip


def _holdings(book: Book, before: Side, after: Side, day: date) -> dict[str, Any]:
    """Mismatches among what is held: those that appear, and those that heal.

    Only rules that may answer otherwise are asked of every holding; the others, of those that answered otherwise.
    """
    touched = _touched(before, after, day)
    hits = [held_hits(book, side, day, touched) for side in (before, after)]
    any_hit = [_any(one, len(book.held_client)) for one in hits]
    places = np.flatnonzero(any_hit[0] != any_hit[1])
    others = [rule for rule in watched(day) if rule not in touched]
    still = _any(held_hits(book.at(places), before, day, others), len(places))
    moved = places[~still]
    appear = any_hit[1][moved]
    held = {"appear": appear, "heal": ~appear}
    client, product = book.held_client[moved], book.held_product[moved]
    ratings = np.asarray(after.products["product_rank"], dtype=np.int64)[product]
    return {
        "appear": int(appear.sum()),
        "heal": int((~appear).sum()),
        "clients": len(np.unique(client)),
        "by_class": _by(CLASSES, classes_of(after.clients)[client], held),
        "by_rating": _by(RATINGS, ratings, held),
        "by_branch": _by(book.branches, book.branch[client], held),
        "by_rule": _by_rule(hits),
        "list": [
            {
                "client": book.client_nos[client[place]], "branch": book.branches[book.branch[client[place]]],
                "product": book.codes[product[place]], "what": "appear" if held["appear"][place] else "heal",
                "rules": sorted(rule for rule, hit in hits[int(appear[place])].items() if hit[moved[place]]),
            }
            for place in range(min(len(moved), LISTED))
        ],
        "digest": _digest(_named(book.client_nos, client), _named(book.codes, product), held["appear"]),
    }  # fmt: skip


def _any(hits: Mapping[str, BoolArray], holdings: int) -> BoolArray:
    found: BoolArray = np.logical_or.reduce([np.zeros(holdings, dtype=np.bool_), *hits.values()])
    return found


def _by_rule(hits: Sequence[Mapping[str, BoolArray]]) -> list[dict[str, Any]]:
    """Holdings that each rule hits, before and after; rules whose count stays are left out."""
    counts = [{rule: int(hit.sum()) for rule, hit in one.items()} for one in hits]
    rules = sorted({*counts[0], *counts[1]})
    told = [{"rule": rule, "before": counts[0].get(rule, 0), "after": counts[1].get(rule, 0)} for rule in rules]
    return [one for one in told if one["before"] != one["after"]]


def _offers(scans: Sequence[Scan]) -> dict[str, int]:
    """Products that may be recommended, over all clients."""
    was, now = (one.counts(Outcome.ALLOW) for one in scans)
    return {
        "change": int(now.sum() - was.sum()),
        "clients_fewer": int((now < was).sum()),
        "clients_more": int((now > was).sum()),
    }


def _by(names: Sequence[str], places: IntArray, counted: Mapping[str, BoolArray]) -> list[dict[str, Any]]:
    """Counts by name, those without any left out."""
    counts = {what: np.bincount(places[hit], minlength=len(names)).tolist() for what, hit in counted.items()}
    rows = [{"name": name, **{what: own[place] for what, own in counts.items()}} for place, name in enumerate(names)]
    return [row for row in rows if any(row[what] for what in counts)]


def _named(names: Sequence[str], places: IntArray) -> bytes:
    return "\n".join(map(str, np.asarray(names, dtype=object)[places].tolist())).encode()


def _digest(*parts: Any) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).tobytes())
        found.update(b"\x1e")
    return "sha256:" + found.hexdigest()


MOVED: Final[Mapping[tuple[str, str], str]] = {
    ("levels", "changed"): "等级会变的客户", ("levels", "down"): "等级下调的客户", ("levels", "up"): "等级上调的客户",
    ("levels", "would_rise"): "下次评估可升级的客户", ("products", "changed"): "变动的产品",
    ("holdings", "appear"): "新增的错配", ("holdings", "heal"): "消除的错配",
    ("offers", "change"): "可推介的客户与产品组合的增减",
}  # fmt: skip
_LISTS: Final = {"levels": "等级会变的客户名单", "products": "变动的产品名单", "holdings": "错配名单"}


def what_moved(shown: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """In sentences: where a new preview differs from the one that was shown."""
    told = [
        f"{label}由 {shown[part][key]:,} 变为 {found[part][key]:,}"
        for (part, key), label in MOVED.items() if shown[part][key] != found[part][key]
    ]  # fmt: skip
    for part, label in _LISTS.items():
        if shown[part]["digest"] != found[part]["digest"] and not any(label[:2] in one for one in told):
            told.append(f"{label}有变动")
    return tuple(told)
