"""What is planted of mismatches: clients below what they hold, assessments that ended or never were, and so on.

Some stands there on the first day; some comes while the watch runs: a stock is rated higher, a permission is closed,
and in second accounts somebody buys, adds, sells and takes money out. What a client holds is asked of the desk of
single checks, not of the watch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sqlmodel import Session

from clients.repository import ClientRepository
from demo.assessments import Part
from demo.assessments import Planted as Assessed
from demo.evaluate import read_planted as read_habits
from demo.market_files import write_csv
from demo.permissions import Breach
from demo.products import CHECKER, MAKER, stamp
from kit.access import everything
from kit.days import calendar
from kit.labels import Labelled
from market.products.repository import ProductRepository
from market.repository import MarketRepository
from suitability.cases.types import Cause, Dimension
from suitability.gates.needed import gates_of_security
from suitability.gates.service import GateService, Registration
from suitability.holdings import Held, HoldingReader
from suitability.levels import Gate, ProductLevel
from suitability.matching.service import house_rules
from suitability.rating.service import RatingService

FIRST_RUN, SECOND_RUN, RERATED_ON, CLOSED_ON, TRADED_ON = 21, 12, 10, 8, 5  # days before the demo's own
EACH: Final = 8  # clients looked at for each sort
ACCOUNT: Final = "S{:06d}"


class Plant(Labelled):
    """植入的错配"""

    LEVEL = "LEVEL", "持有高于等级"
    LOWEST = "LOWEST", "最低类别持有"
    EXPIRED = "EXPIRED", "评估过期"
    MISSING = "MISSING", "没有评估结果"
    ACCESS = "ACCESS", "没有权限而持有"
    SHARE = "SHARE", "单一产品过重"
    DOWNGRADED = "DOWNGRADED", "重测后等级下调"
    RERATED = "RERATED", "产品等级上调"
    CLOSED = "CLOSED", "权限关闭"
    BOUGHT = "BOUGHT", "新买入"
    ADDED = "ADDED", "追加买入"
    SOLD = "SOLD", "卖出一半"
    DRIFTED = "DRIFTED", "资金转出后过重"


@dataclass(frozen=True, slots=True)
class Planted:
    """One mismatch that was planted. product_code "": the client's assessment itself. cause None: as it happens."""

    plant: Plant
    client_no: str
    product_code: str
    dimension: Dimension
    cause: Cause | None

    def row(self) -> tuple[object, ...]:
        return self.plant.value, self.client_no, self.product_code, self.dimension.value, self.cause or ""


@dataclass(frozen=True)
class Ground:
    """What planting stands on: the book as imported, and what was planted in it before."""

    session: Session
    day: date
    assessed: Sequence[Assessed]
    breaches: Sequence[Breach]
    concentrated: Sequence[str]  # clients of accounts with the habit
    levels: Mapping[str, int]  # rank by code before anything is rated anew
    names: Mapping[str, str]
    known: dict[str, Held] = field(default_factory=dict)

    def held(self, client_no: str) -> Held:
        """What the desk of single checks says that the client holds: another way than the watch's own."""
        if client_no not in self.known:
            reader = HoldingReader(self.session, everything(self.day))
            self.known[client_no] = reader.of_client(client_no, self.day)
        return self.known[client_no]

    def parts(self, *parts: Part, levels: Sequence[str] = ()) -> list[Assessed]:
        """Ordinary clients whose file was made so, by number."""
        return [
            one for one in self.assessed
            if one.part in parts and one.category == "ORDINARY" and (not levels or one.level in levels)
        ]

    def ago(self, days: int) -> date:
        return self.day - timedelta(days=days)


def ground_of(
    session: Session, books: Path, assessed: Sequence[Assessed], breaches: Sequence[Breach], day: date
) -> Ground:
    columns = RatingService(session).product_columns(day)
    habits = read_habits(books / "synthetic" / "planted.csv").habits
    owners = {one.account_no: one.client_no for one in ClientRepository(session, everything(day)).accounts()}
    heavy = sorted({owners[account] for account, own in habits.items() if "CONCENTRATION" in own})
    levels = dict(zip(columns.codes, columns.rank.tolist(), strict=True))
    names = {code: one.name for code, one in ProductRepository(session).securities().items()}
    return Ground(session, day, assessed, breaches, heavy, levels, names)


def standing(ground: Ground) -> Iterator[Planted]:
    """What is wrong on the first day already, or comes by itself."""
    valid = ground.parts(Part.VALID, levels=("C2", "C3"))[:EACH]
    for plant, people, what in (
        (Plant.LEVEL, valid, Dimension.LEVEL), (Plant.LOWEST, ground.parts(Part.LOWEST)[:EACH], Dimension.LOWEST),
        (Plant.DOWNGRADED, ground.parts(Part.LOWERED)[:EACH], Dimension.LEVEL),
    ):
        cause = None if plant is Plant.DOWNGRADED else Cause.FOUND
        for one in people:
            rank = one.level.rank if one.level else 0
            above = (code for code in ground.held(one.client_no).value if ground.levels[code] > rank)
            yield from (Planted(plant, one.client_no, code, what, cause) for code in above)
    ended = sorted(ground.parts(Part.EXPIRED), key=lambda one: one.valid_through or ground.day, reverse=True)
    for one in ended[:EACH]:
        late = one.valid_through is not None and one.valid_through >= ground.ago(FIRST_RUN)
        if ground.held(one.client_no).value:
            cause = Cause.ASSESSMENT_EXPIRED if late else Cause.FOUND
            yield Planted(Plant.EXPIRED, one.client_no, "", Dimension.ASSESSMENT, cause)
    for one in ground.parts(Part.MISSING, Part.STAFF, Part.BLOCKED, Part.SOFT)[:EACH]:
        if ground.held(one.client_no).value:
            yield Planted(Plant.MISSING, one.client_no, "", Dimension.ASSESSMENT, Cause.FOUND)
    yield from _without_permission(ground)
    yield from _concentrated(ground)


def _without_permission(ground: Ground) -> Iterator[Planted]:
    """Of the purchases without a permission those that are still held; one that came late is in order today."""
    for one in ground.breaches:
        if one.sort != "LATE":
            for code in _needing(ground, one.needed.client_no, one.needed.gate):
                yield Planted(Plant.ACCESS, one.needed.client_no, code, Dimension.ACCESS, Cause.FOUND)


def _needing(ground: Ground, client_no: str, gate: Gate) -> list[str]:
    """What the client holds that needs the permission."""
    held = list(ground.held(client_no).value)
    market = MarketRepository(ground.session)
    known = market.instruments(list(market.instrument_ids(held).values()))
    return [one.code for one in known.values() if gate in gates_of_security(one, ground.day)]


def _concentrated(ground: Ground) -> Iterator[Planted]:
    """Clients with the habit whose largest holding is beyond the limit of its level."""
    share = house_rules().matching.on("SUIT-130", ground.day)["share"]
    ordinary = {one.client_no for one in ground.assessed if one.category == "ORDINARY"}
    for client_no in [one for one in ground.concentrated if one in ordinary][:EACH]:
        held = ground.held(client_no)
        for code, value in held.value.items():
            rank = ground.levels[code]
            if rank and held.total and float(value / held.total) > share[ProductLevel.of_rank(rank).value]:
                yield Planted(Plant.SHARE, client_no, code, Dimension.CONCENTRATION, Cause.FOUND)


def rerated(ground: Ground) -> Iterator[Planted]:
    """The stock that most of the C3 clients hold goes from R3 to R4, by two people."""
    people = [one.client_no for one in ground.parts(Part.VALID, levels=("C3",))[:EACH]]
    middle = ProductLevel.R3.rank
    holders = {no: [code for code in ground.held(no).value if ground.levels[code] == middle] for no in people}
    counted = Counter(code for own in holders.values() for code in own)
    if not counted:
        return
    code = min(counted, key=lambda one: (-counted[one], one))
    desk, on = RatingService(ground.session), ground.ago(RERATED_ON)
    asked = desk.propose_override(
        code, ProductLevel.R4, reason="示例：发行人被立案调查，流动性与信用风险上升", effective_from=on,
        stamp=stamp(MAKER, on),
    )
    desk.decide(asked.id, approve=True, reason="同意，依据充分", stamp=stamp(CHECKER, on))
    for no, own in holders.items():
        if code in own:
            yield Planted(Plant.RERATED, no, code, Dimension.LEVEL, Cause.PRODUCT_RERATED)


def closed(ground: Ground) -> Iterator[Planted]:
    """The first client of a high level whose ChiNext or STAR permission is closed while the stock is held."""
    desk, on = GateService(ground.session, everything(ground.day)), ground.ago(CLOSED_ON)
    breached = {one.needed.client_no for one in ground.breaches}
    for one in ground.parts(Part.VALID, levels=("C4", "C5")):
        opened = desk.gates_of(one.client_no, on)
        for gate in (Gate.STAR, Gate.CHINEXT):
            held = _needing(ground, one.client_no, gate) if gate in opened and one.client_no not in breached else []
            if held:
                desk.revoke(
                    one.client_no, gate, reason="示例：客户申请关闭权限", effective_from=on, stamp=stamp(CHECKER, on)
                )
                for code in held:
                    yield Planted(Plant.CLOSED, one.client_no, code, Dimension.ACCESS, Cause.PERMISSION_CLOSED)
                return


def traded(ground: Ground, folder: Path) -> tuple[list[Planted], list[tuple[Path, str]]]:
    """Second accounts of a few clients, with what they trade in the last weeks; files to be imported."""
    planted: list[Planted] = []
    rows: dict[str, list[tuple[object, ...]]] = {"accounts": [], "cashflows": [], "trades": []}
    donors = _donors(ground)
    for number, (plant, client_no) in enumerate(donors, start=1):
        code = _fresh_star(ground, client_no)
        if code is None:
            continue
        _open_star(ground, client_no)
        account = ACCOUNT.format(number)
        rows["accounts"].append((account, client_no, "CASH", ground.ago(60).isoformat(), "CNY"))
        planted.append(_trade(ground, plant, client_no, account, code, rows))
    files = [
        (write_csv(folder / f"{kind}.csv", headings, rows[kind]), kind)
        for kind, headings in (
            ("accounts", ("account_no", "client_no", "kind", "opened_on", "currency")),
            ("cashflows", ("account_no", "date", "kind", "amount")),
            ("trades", ("account_no", "traded_at", "security_code", "side", "quantity", "price", "trade_no")),
        )
    ]
    return planted, files if planted else []


def _donors(ground: Ground) -> list[tuple[Plant, str]]:
    """The last clients of the right level, one for each sort of trade."""
    below = [one.client_no for one in ground.parts(Part.VALID, levels=("C3",))][::-1]
    high = [one.client_no for one in ground.parts(Part.VALID, levels=("C4", "C5"))][::-1]
    wanted = [*zip((Plant.BOUGHT, Plant.ADDED, Plant.SOLD), below, strict=False)]
    return [*wanted, *([(Plant.DRIFTED, high[0])] if high else [])]


def _trade(
    ground: Ground, plant: Plant, client_no: str, account: str, code: str, rows: dict[str, list[tuple[object, ...]]]
) -> Planted:
    """The rows of one account: money in, a first purchase, and what happens in the last days."""
    price, total = _price(ground, code), float(ground.held(client_no).total or 0)
    early, late = (calendar("XSHG").on_or_before(ground.ago(days)) for days in (50, TRADED_ON))
    money = max(200_000.0, 2 * total)
    lots = 200 * max(1, int(0.25 * (money + total) / price / 200)) if plant is Plant.DRIFTED else 400
    rows["cashflows"].append((account, early.isoformat(), "DEPOSIT", f"{money:.2f}"))

    def trade(day: date, side: str, quantity: int) -> None:
        number = f"{account}-{len(rows['trades'])}"
        rows["trades"].append((account, f"{day} 10:00:00", code, side, quantity, f"{price:.2f}", number))

    if plant is not Plant.BOUGHT:
        trade(early, "BUY", lots)
    if plant is Plant.DRIFTED:
        rows["cashflows"].append((account, late.isoformat(), "WITHDRAWAL", f"{-0.5 * (money + total):.2f}"))
        return Planted(plant, client_no, code, Dimension.CONCENTRATION, Cause.MARKET_DRIFT)
    trade(late, "SELL" if plant is Plant.SOLD else "BUY", 200)
    cause = {Plant.BOUGHT: Cause.CREATED, Plant.ADDED: Cause.INCREASED, Plant.SOLD: Cause.REDUCED}[plant]
    return Planted(plant, client_no, code, Dimension.LEVEL, cause)


def _fresh_star(ground: Ground, client_no: str) -> str | None:
    """A stock of the STAR board that the client does not hold: R4, and one permission."""
    held = ground.held(client_no).value
    named = (code for code in sorted(ground.levels) if code.startswith("688") and not ground.names[code].isdigit())
    return next((code for code in named if code not in held), None)


def _open_star(ground: Ground, client_no: str) -> None:
    """The permission is in order: the level alone does not fit."""
    desk, on = GateService(ground.session, everything(ground.day)), ground.ago(60)
    if Gate.STAR not in desk.gates_of(client_no, on):
        told = Registration(client_no=client_no, gate=Gate.STAR, opened_on=on, source="示例：柜台开通")
        desk.register(told, stamp(CHECKER, on))


def _price(ground: Ground, code: str) -> float:
    """The last close on file."""
    market = MarketRepository(ground.session)
    ids = list(market.instrument_ids([code]).values())
    span = market.price_span(ids)
    assert span is not None, f"{code} has no price"
    return float(market.daily_grid(ids, span[1] - timedelta(days=15), span[1]).close[-1, 0])
