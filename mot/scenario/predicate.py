"""条件 as data: comparisons of named features, joined by all, any and not. Nothing in a file is ever executed.

Three answers: true, false, unknown (Kleene). What is not on file never makes a task: only a plain true fires, and
`not` of the unknown stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.labels import Labelled
from market.types import FloatArray, IntArray
from mot.features import FEATURES, Feature, Holds, encoded
from mot.scenario.located import Spot
from mot.scenario.problems import Fault

Answers: TypeAlias = NDArray[np.int8]
"""1 true, 0 unknown, -1 false."""
Columns: TypeAlias = Callable[[str], FloatArray | IntArray]
"""The column of a feature, (n,)."""
TRUE: Final = 1
UNKNOWN: Final = 0
FALSE: Final = -1
SHARE: Final = "比例"
"""The unit of features that are shown in percent."""


class Op(Labelled):
    """怎样比较; 不低于、不超过 include the number, 高于、低于 exclude it."""

    IS = "is", "是"
    IS_NOT = "is_not", "不是"
    IN = "in", "属于"
    NOT_IN = "not_in", "不属于"
    ABOVE = "above", "高于"
    AT_LEAST = "at_least", "不低于"
    BELOW = "below", "低于"
    AT_MOST = "at_most", "不超过"


_NUMERIC: Final = (Op.ABOVE, Op.AT_LEAST, Op.BELOW, Op.AT_MOST)
_COMPARE: Final[Mapping[Op, Callable[[Any, Any], Any]]] = {
    Op.ABOVE: np.greater, Op.AT_LEAST: np.greater_equal, Op.BELOW: np.less, Op.AT_MOST: np.less_equal,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """One feature against one limit, or a set of codes."""

    feature: str
    op: Op
    limit: Any  # float for a number; tuple of column codes otherwise
    stated: Any  # as the file says it
    line: int

    @property
    def sentence(self) -> str:
        """The condition as a reader sees it: 账户总资产不低于 100000 元."""
        feature = FEATURES[self.feature]
        if feature.holds is Holds.FLAG:
            yes = bool(self.stated) == (self.op is Op.IS)
            return feature.label if yes else f"并非{feature.label}"
        return f"{feature.label}{self.op.label}{_stated(feature, self.stated)}"


def _stated(feature: Feature, stated: Any) -> str:
    """A limit as a reader sees it: 30%, 100,000 元, 自然人."""
    if feature.holds is Holds.CODE:
        return "、".join(feature.word(code) for code in (stated if isinstance(stated, tuple) else (stated,)))
    if feature.unit == SHARE:
        return f" {stated:.0%}"
    return f" {stated:,} {feature.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class All:
    """各项都成立"""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """至少一项成立"""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """不成立"""

    part: Predicate


Predicate: TypeAlias = Comparison | All | AnyOf | Not
ALWAYS: Final = All(())


def parse_predicate(spot: Spot) -> Predicate:
    """A condition from a file. Raises Fault with the line of what is wrong."""
    keys = spot.mapping("条件")
    if "feature" in keys:
        return _comparison(spot)
    if len(keys) != 1 or next(iter(keys)) not in ("all", "any", "not"):
        raise Fault(spot.line, "条件是 feature 加一个比较，或 all、any、not 之一")
    word, inner = next(iter(keys.items()))
    if word == "not":
        return Not(parse_predicate(inner))
    parts = tuple(parse_predicate(one) for one in inner.every(word, 1))
    return All(parts) if word == "all" else AnyOf(parts)


def _comparison(spot: Spot) -> Comparison:
    keys = spot.mapping("条件")
    name = keys["feature"].text("feature", 40)
    if name not in FEATURES:
        raise Fault(keys["feature"].line, f"没有客户特征 {name!r}；可用：{'、'.join(FEATURES)}")
    words = [key for key in keys if key != "feature"]
    if len(words) != 1 or words[0] not in {one.value for one in Op}:
        known = "、".join(one.value for one in Op)
        raise Fault(spot.line, f"{name} 须有且只有一个比较：{known}")
    op, given = Op(words[0]), keys[words[0]]
    limit, stated = _limit(FEATURES[name], op, given)
    return Comparison(name, op, limit, stated, spot.line)


def _limit(feature: Feature, op: Op, given: Spot) -> tuple[Any, Any]:
    number = feature.holds is Holds.NUMBER
    if number != (op in _NUMERIC):
        may = _NUMERIC if number else (Op.IS, Op.IS_NOT) if feature.holds is Holds.FLAG else tuple(Op)[:4]
        raise Fault(given.line, f"{feature.label}是{feature.holds.label}，只能用 {'、'.join(one.value for one in may)}")
    if number:
        limit = given.number(feature.label, -1e15, 1e15)
        return limit, given.value
    if feature.holds is Holds.FLAG:
        if op not in (Op.IS, Op.IS_NOT):
            raise Fault(given.line, f"{feature.label}是{feature.holds.label}，只能用 is、is_not")
        return (int(given.flag(feature.label)),), given.value
    several = op in (Op.IN, Op.NOT_IN)
    said = tuple(one.text(feature.label, 40) for one in (given.every(feature.label, 1) if several else (given,)))
    for code in said:
        if code not in feature.codes:
            raise Fault(given.line, f"{feature.label}没有 {code!r}；可用：{'、'.join(feature.codes)}")
    return tuple(int(encoded(feature.name, code)) for code in said), said if several else said[0]


def holds(predicate: Predicate, columns: Columns, n: int) -> Answers:
    """The answer for each of n rows. One definition for one client and for the whole book."""
    if isinstance(predicate, Comparison):
        return _compared(predicate, columns(predicate.feature))
    if isinstance(predicate, Not):
        return np.negative(holds(predicate.part, columns, n))
    parts = [holds(part, columns, n) for part in predicate.parts]
    if not parts:
        return np.full(n, TRUE if isinstance(predicate, All) else FALSE, dtype=np.int8)
    joint = np.minimum if isinstance(predicate, All) else np.maximum
    return np.asarray(joint.reduce(parts), dtype=np.int8)


def _compared(one: Comparison, column: FloatArray | IntArray) -> Answers:
    if one.op in _COMPARE:
        known = ~np.isnan(column)
        met = _COMPARE[one.op](column, one.limit)
    else:
        known = column >= 0
        met = np.isin(column, one.limit) != (one.op in (Op.IS_NOT, Op.NOT_IN))
    return np.where(known, np.where(met, TRUE, FALSE), UNKNOWN).astype(np.int8)


def comparisons(predicate: Predicate) -> Iterator[Comparison]:
    """Every comparison in it, in the order of the file."""
    if isinstance(predicate, Comparison):
        yield predicate
    elif isinstance(predicate, Not):
        yield from comparisons(predicate.part)
    else:
        for part in predicate.parts:
            yield from comparisons(part)


def words(predicate: Predicate) -> str:
    """The condition in one line for a reader."""
    if isinstance(predicate, Comparison):
        return predicate.sentence
    if isinstance(predicate, Not):
        return f"不满足（{words(predicate.part)}）"
    if not predicate.parts:
        return "无（每次都触发）"
    joint = "，且" if isinstance(predicate, All) else "，或"
    inner = [words(part) if isinstance(part, Comparison) else f"（{words(part)}）" for part in predicate.parts]
    return joint.join(inner)
