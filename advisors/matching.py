"""人员与客户的匹配: who should serve whom, by grade and by the client's way to decide, with few moves. Pure.

A proposal, not an order: it changes no relation. The book is an assignment problem (clients to people with room for so
many) and is solved exactly by HiGHS through scipy.optimize.milp. Clients who are alike and have the same person are one
variable, so a book of a thousand clients is a small problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from advisors.types import Scale
from market.types import FloatArray, IntArray

NOBODY: Final = -1
_ABOVE_ANY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Server:
    """Somebody who may serve: rank of the level (1 is the lowest), how many clients there is room for at most."""

    staff_no: str
    name: str
    branch_no: str
    scale: Scale
    rank: int
    capacity: int
    may_advise: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """A client as it stands. style: of the scheme of decision styles, "" unknown. advice: has signed for advice."""

    client_no: str
    grade: str
    style: str
    branch_no: str
    staff_no: str  # who serves now, "" nobody
    advice: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One client to another person, with what it gains and why."""

    client_no: str
    from_no: str
    to_no: str
    gain: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """before, after: fit of the whole book (higher is better). unplaced: clients for whom nobody has room."""

    moves: tuple[Move, ...]
    before: float
    after: float
    unplaced: tuple[str, ...]
    full: tuple[str, ...]  # staff numbers who stand at their limit afterwards
    solved: str  # how the solver ended


def fit(server: Server, client: Served, rules: Mapping[str, Any]) -> float | None:
    """How well they suit each other, 1 is best; None where it must not be.

    Short of the level that the client's grade asks for costs `short` a rank, being above it `above` a rank (the best
    are not spent on small clients); the style counts `style_weight`. Who has signed for advice is served by a
    registered investment adviser alone.
    """
    if client.advice and not server.may_advise:
        return None
    need = rules["needs"].get(client.grade)
    lacking = 0.0 if need is None else rules["short"] * max(0, need - server.rank)
    idle = 0.0 if need is None else rules["above"] * max(0, server.rank - need)
    style = rules["style"].get(client.style)
    suits = 0.0 if style is None else rules["style_weight"] * (1 - style[server.scale.value])
    return float(1 - lacking - idle - suits)


def propose(clients: Sequence[Served], servers: Sequence[Server], rules: Mapping[str, Any]) -> Proposal:
    """The moves that make the book fit best, at most `most_moves` of it (a share), each worth more than `move`.

    Clients stay in their branch. Who is served by nobody, or by nobody of these, is placed first and counts as no move.
    """
    clients = sorted(clients, key=lambda one: one.client_no)
    servers = sorted(servers, key=lambda one: one.staff_no)
    place = {one.staff_no: at for at, one in enumerate(servers)}
    kinds = _kinds(clients, place)
    table = _table(kinds, clients, servers, rules)
    flow, solved = _solve(kinds, table, servers, rules, len(clients))
    return _told(kinds, table, flow, clients, servers, rules, solved)


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Clients who are alike: the same grade, style, branch, need of advice and person."""

    members: list[list[int]]
    now: IntArray  # place of the person, NOBODY


def _kinds(clients: Sequence[Served], place: Mapping[str, int]) -> _Kinds:
    found: dict[tuple[Any, ...], list[int]] = {}
    for at, one in enumerate(clients):
        found.setdefault((one.grade, one.style, one.branch_no, one.advice, place.get(one.staff_no, NOBODY)), []).append(
            at
        )
    return _Kinds(list(found.values()), np.array([key[-1] for key in found], dtype=np.int64))


def _table(kinds: _Kinds, clients: Sequence[Served], servers: Sequence[Server], rules: Mapping[str, Any]) -> FloatArray:
    """Fit of each kind with each person, NaN where it must not be. (kinds, people)."""
    found = np.full((len(kinds.members), len(servers)), np.nan)
    for row, members in enumerate(kinds.members):
        client = clients[members[0]]
        for at, server in enumerate(servers):
            if server.branch_no == client.branch_no:
                told = fit(server, client, rules)
                found[row, at] = np.nan if told is None else told
    return found


def _solve(
    kinds: _Kinds, table: FloatArray, servers: Sequence[Server], rules: Mapping[str, Any], n: int
) -> tuple[dict[tuple[int, int], int], str]:
    """How many of each kind go to each person. A last place, without limit, stands for nobody."""
    rows, people = np.nonzero(np.isfinite(table))
    stays = kinds.now[rows] == people
    placed = kinds.now[rows] != NOBODY
    value = table[rows, people] - np.where(stays | ~placed, 0.0, float(rules["move"]))
    size = np.array([len(one) for one in kinds.members], dtype=np.int64)
    nobody = np.arange(len(size))
    worst = float(np.nanmin(table, initial=0.0)) - float(rules["move"]) - 10.0
    count = len(rows) + len(size)
    one = np.ones(count)
    cost = -np.concatenate([value, np.full(len(size), worst)])
    columns = np.arange(count)
    everybody = coo_array((one, (np.concatenate([rows, nobody]), columns)), shape=(len(size), count))
    room = coo_array((one[: len(rows)], (people, columns[: len(rows)])), shape=(len(servers), count))
    moved = coo_array(
        ((~stays & placed).astype(np.float64), (np.zeros(len(rows), dtype=np.int64), columns[: len(rows)])),
        shape=(1, count),
    )
    own = np.bincount(kinds.now[kinds.now >= 0], weights=size[kinds.now >= 0], minlength=len(servers))
    limit = np.array([one.capacity for one in servers], dtype=np.float64)
    barred = [at for at, now in enumerate(kinds.now.tolist()) if now != NOBODY and not np.isfinite(table[at, now])]
    forced = float(np.maximum(own - limit, 0).sum() + size[barred].sum())  # so many have to go elsewhere at least
    constraints = [
        LinearConstraint(everybody.tocsr(), size, size), LinearConstraint(room.tocsr(), 0, limit),
        LinearConstraint(moved.tocsr(), 0, max(forced, np.floor(rules["most_moves"] * n))),
    ]  # fmt: skip
    told = milp(cost, constraints=constraints, integrality=np.ones(count), bounds=Bounds(0, np.inf))
    if told.x is None:
        return {}, str(told.message)
    flow = np.rint(told.x).astype(np.int64)
    found = {
        (int(r), int(p)): int(k) for r, p, k in zip(rows, people, flow[: len(rows)], strict=True) if k
    }  # fmt: skip
    found |= {(int(r), NOBODY): int(k) for r, k in zip(nobody, flow[len(rows) :], strict=True) if k}
    return found, "最优"


def _told(
    kinds: _Kinds, table: FloatArray, flow: Mapping[tuple[int, int], int], clients: Sequence[Served],
    servers: Sequence[Server], rules: Mapping[str, Any], solved: str,
) -> Proposal:  # fmt: skip
    moves, unplaced = [], []
    before = after = 0.0
    load = np.zeros(len(servers), dtype=np.int64)
    for row, members in enumerate(kinds.members):
        now = int(kinds.now[row])
        known = now != NOBODY and bool(np.isfinite(table[row, now]))
        own = float(table[row, now]) if known else 0.0
        before += own * len(members)
        left = list(members)
        going = {person: many for (kind, person), many in flow.items() if kind == row}
        for person in sorted(going, key=lambda one: (one == now, one)):  # who stays is told last
            some, left = left[: going[person]], left[going[person] :]
            if person == NOBODY:
                unplaced += [clients[at].client_no for at in some]
                continue
            load[person] += len(some)
            after += float(table[row, person]) * len(some)
            if person != now:
                gain = float(table[row, person]) - own
                why = _why(clients[members[0]], servers[now] if now != NOBODY else None, servers[person], rules)
                to = servers[person].staff_no
                moves += [Move(clients[at].client_no, clients[at].staff_no, to, round(gain, 6), why) for at in some]
    full = tuple(one.staff_no for one, many in zip(servers, load.tolist(), strict=True) if many >= one.capacity)
    moves.sort(key=lambda one: (-one.gain, one.client_no))
    return Proposal(tuple(moves), round(before, 6), round(after, 6), tuple(sorted(unplaced)), full, solved)


def _why(client: Served, now: Server | None, to: Server, rules: Mapping[str, Any]) -> tuple[str, ...]:
    need = rules["needs"].get(client.grade)
    found = []
    if now is None:
        found.append("现在没有人服务")
    elif client.advice and not now.may_advise:
        found.append(f"客户签约投顾服务，{now.name} 没有证券投资顾问登记")
    if need is not None and now is not None and now.rank < need <= to.rank:
        found.append(f"{client.grade} 类客户须第 {need} 级以上：{now.name} 第 {now.rank} 级，{to.name} 第 {to.rank} 级")
    elif need is not None and now is not None and now.rank > need and to.rank < now.rank:
        found.append(f"{client.grade} 类客户第 {need} 级即可，{now.name}（第 {now.rank} 级）可服务更需要的客户")
    style = rules["style"].get(client.style)
    if style is not None and now is not None and style[to.scale.value] > style[now.scale.value] + _ABOVE_ANY:
        found.append(f"{STYLES.get(client.style, client.style)}客户更适合由{to.scale.label}服务")
    return tuple(found) or (f"{to.name} 有余量，给现任腾出服务客户的名额",)


STYLES: Final = {"DEPENDENT": "依赖型", "REFERENCE": "参考型", "SPECIALIST": "专业型"}
