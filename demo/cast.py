"""Who the synthetic investors are: names, size, start, and the habits planted in each. All from one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import numpy as np

from diagnosis.types import HabitId
from kit.labels import Labelled


class Trap(Labelled):
    """What is wrong with a file on purpose, as real files are."""

    NO_BANK_ROWS = "NO_BANK_ROWS", "对账单不含银证转账，余额可见"
    OPENING_SNAPSHOT = "OPENING_SNAPSHOT", "期初持仓另以快照给出"
    SOLD_MORE_THAN_HELD = "SOLD_MORE_THAN_HELD", "期初持仓未给出，卖出多于持有"
    LOTTERY_NUMBERS = "LOTTERY_NUMBERS", "含申购配号行"
    UNEXPLAINED_FLOW = "UNEXPLAINED_FLOW", "余额有一笔无法解释的变动"
    MISSING_PRICES = "MISSING_PRICES", "持有的一只证券有一段时间没有行情"


class Role(Labelled):
    """Why an account stands in the book."""

    PLANTED = "PLANTED", "植入习惯"
    CONTROL = "CONTROL", "对照"
    TRAP = "TRAP", "数据陷阱"


PLANTED: Final = (
    HabitId.CHASING, HabitId.DISPOSITION, HabitId.OVERTRADING, HabitId.CONCENTRATION,
    HabitId.INDUSTRY_CONCENTRATION, HabitId.AVERAGING_DOWN, HabitId.SMALL_ORDERS, HabitId.LOTTERY,
    HabitId.PANIC_SELLING, HabitId.TIME_OF_DAY, HabitId.PATIENCE, HabitId.DIVERSIFIED,
)
"""Habits that the book plants, each in the same number of accounts."""
PAIRS: Final = (
    (HabitId.CHASING, HabitId.OVERTRADING), (HabitId.INDUSTRY_CONCENTRATION, HabitId.CHASING),
    (HabitId.DISPOSITION, HabitId.AVERAGING_DOWN), (HabitId.DISPOSITION, HabitId.SMALL_ORDERS),
    (HabitId.SMALL_ORDERS, HabitId.LOTTERY), (HabitId.LOTTERY, HabitId.CONCENTRATION),
    (HabitId.CONCENTRATION, HabitId.PATIENCE), (HabitId.DIVERSIFIED, HabitId.PATIENCE),
    (HabitId.PANIC_SELLING, HabitId.TIME_OF_DAY), (HabitId.PANIC_SELLING, HabitId.INDUSTRY_CONCENTRATION),
    (HabitId.OVERTRADING, HabitId.TIME_OF_DAY), (HabitId.DIVERSIFIED, HabitId.AVERAGING_DOWN),
)
"""Habits that come together; every habit stands in two pairs."""
ENTAILED: Final = {HabitId.CONCENTRATION: (HabitId.INDUSTRY_CONCENTRATION,)}
"""What follows from a planted habit is neither recall nor false finding: one stock is one industry."""

WAN: Final = 10_000 * 100  # fen
BANDS: Final = ((24, 38), (75, 210), (380, 780), (1_300, 3_200))
"""First money by asset band, in 万元, well inside 50万以下, 50万至300万, 300万至1000万, 1000万以上."""
BAND_CYCLE: Final = (0, 1, 2, 1, 0, 2, 1, 3, 0, 2)
SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾田董袁潘蔡蒋"
GIVEN: Final = "伟芳敏静丽强磊洋艳勇军杰娟涛明超兰霞平刚英华建文辉玲梅琳宇浩凯健俊帆雪云洁倩岩峰晨瑞安宁思远"
RATES: Final = (Decimal("0.00025"), Decimal("0.00028"), Decimal("0.0003"))


@dataclass(frozen=True, slots=True)
class Persona:
    """One account's owner and manner. `invested` is percent; `rotation` is exchanges in 10,000 days."""

    index: int
    account_no: str
    client_no: str
    client_name: str
    role: Role
    band: int
    start: int  # place in Tape.days
    first_money: int  # fen
    commission_rate: Decimal
    stocks: int  # positions the owner likes to hold
    invested: int  # percent of assets in stocks when fully built
    rotation: int
    habits: dict[HabitId, int] = field(default_factory=dict)  # strength in percent
    trap: Trap | None = None
    twin_of: str | None = None  # the client's first account, from which money comes over

    def strength(self, habit: HabitId) -> int:
        """Percent of occasions on which the habit decides; 0 without it."""
        return self.habits.get(habit, 0)


def roles(accounts: int) -> list[tuple[Role, tuple[HabitId, ...], Trap | None]]:
    """The parts of a book: each trap at least once, a fifth controls, an eighth pairs, else one habit."""
    traps = [trap for _ in range(max(1, accounts // 150)) for trap in Trap]
    controls = accounts // 5
    pairs = [PAIRS[i % len(PAIRS)] for i in range(accounts * 12 // 100)]
    single = accounts - len(traps) - controls - len(pairs)
    if single < len(PLANTED):
        raise ValueError(f"a book needs at least 24 accounts to hold every habit, not {accounts}")
    parts: list[tuple[Role, tuple[HabitId, ...], Trap | None]] = []
    parts += [(Role.PLANTED, (PLANTED[i % len(PLANTED)],), None) for i in range(single)]
    parts += [(Role.PLANTED, pair, None) for pair in pairs]
    parts += [(Role.CONTROL, (), None) for _ in range(controls)]
    parts += [(Role.TRAP, (), trap) for trap in traps]
    return parts


def cast(seed: int, accounts: int) -> tuple[Persona, ...]:
    """Every account of the book; account i is the same whatever comes after it in a book of the same size."""
    people: list[Persona] = []
    for index, (role, habits, trap) in enumerate(roles(accounts)):
        rng = np.random.default_rng([seed, index])
        twin = _first_account(people, role, index)
        people.append(_persona(index, role, habits, trap, rng, twin))
    return tuple(people)


def _first_account(people: list[Persona], role: Role, index: int) -> Persona | None:
    """Every tenth control is the second account of the control before it."""
    last = people[-1] if people else None
    if role is not Role.CONTROL or last is None or last.role is not Role.CONTROL or index % 5 != 4:
        return None
    return None if last.twin_of else last


def _persona(
    index: int, role: Role, habits: tuple[HabitId, ...], trap: Trap | None, rng: np.random.Generator,
    twin: Persona | None,
) -> Persona:
    strengths = {habit: _draw(rng, 65, 95) for habit in habits}
    band = _band(index, habits, twin)
    low, high = BANDS[band]
    money = _draw(rng, low, high) * WAN + _draw(rng, 0, 9) * WAN // 10
    if HabitId.SMALL_ORDERS in habits:
        money = _draw(rng, 60, 140) * WAN // 10
    name = SURNAMES[_draw(rng, 0, len(SURNAMES) - 1)] + "".join(
        GIVEN[_draw(rng, 0, len(GIVEN) - 1)] for _ in range(_draw(rng, 1, 2))
    )
    start = _draw(rng, 0, 180) if index % 3 else _draw(rng, 0, 480)
    return Persona(
        index=index, account_no=f"3101{index + 20_001:08d}",
        client_no=twin.client_no if twin else f"C{index + 1:06d}",
        client_name=twin.client_name if twin else name, role=role, band=band,
        start=max(start, twin.start + 40) if twin else start, first_money=money,
        commission_rate=RATES[_draw(rng, 0, len(RATES) - 1)], habits=strengths, trap=trap,
        twin_of=twin.account_no if twin else None, **_manner(strengths, rng),
    )


def _band(index: int, habits: tuple[HabitId, ...], twin: Persona | None) -> int:
    band = BAND_CYCLE[(index + index // len(PLANTED)) % len(BAND_CYCLE)]
    if twin or HabitId.SMALL_ORDERS in habits:
        return 0
    if HabitId.DIVERSIFIED in habits:
        return max(band, 1 if index % 2 else 2)
    return min(band, 2) if HabitId.OVERTRADING in habits else band


def _manner(strengths: dict[HabitId, int], rng: np.random.Generator) -> dict[str, int]:
    """How many stocks, how fully invested, how often exchanged. Without a habit: the middle of the road."""
    stocks, invested, rotation = _draw(rng, 5, 7), _draw(rng, 70, 90), _draw(rng, 700, 1_100)
    if HabitId.DIVERSIFIED in strengths:
        stocks, rotation = _draw(rng, 22, 34) + strengths[HabitId.DIVERSIFIED] // 5, _draw(rng, 900, 1_600)
    if HabitId.OVERTRADING in strengths:
        stocks, rotation = _draw(rng, 4, 5), 45 * strengths[HabitId.OVERTRADING]
    if HabitId.SMALL_ORDERS in strengths:
        stocks, rotation = _draw(rng, 12, 18), _draw(rng, 1_400, 2_400)
    if HabitId.CONCENTRATION in strengths:
        stocks, rotation = (1 if strengths[HabitId.CONCENTRATION] > 80 else 2), _draw(rng, 220, 420)
    if HabitId.INDUSTRY_CONCENTRATION in strengths:
        stocks = _draw(rng, 4, 5)
    if HabitId.AVERAGING_DOWN in strengths:
        invested = _draw(rng, 50, 60)
    if HabitId.PANIC_SELLING in strengths:
        rotation = _draw(rng, 120, 260)
    if HabitId.PATIENCE in strengths:
        rotation = max(stocks * _draw(rng, 5, 11), 40)
    return {"stocks": stocks, "invested": invested, "rotation": rotation}


def _draw(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(rng.integers(low, high + 1))
