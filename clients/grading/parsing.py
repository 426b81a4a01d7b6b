"""From a rule file to schemes; whatever cannot be trusted is refused with the file and the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NoReturn

from clients.grading.bounds import BOUND_WORDS, BadBounds, Interval, interval_of
from clients.grading.cells import broken_claims, factor_faults, faults
from clients.grading.features import FEATURES
from clients.grading.lines import Lines, Path
from clients.grading.problems import SchemeError
from clients.grading.schemes import Axis, Factor, GradeClass, Measure, NamedClass, Other, Row, Scheme, Score
from kit.rulebook import Rule, Rulebook

PREFIX: Final = "GRADE-"
KINDS: Final = ("bands", "points", "table", "cross")
DIRECTIONS: Final = {"up": 1, "down": -1}
_COMMON: Final = {"classes", "order", "note", "applies", "monotone"}


def schemes_of(book: Rulebook) -> list[tuple[date, Scheme | None]]:
    """The one scheme of a file at each day from which it has another value; None once it is repealed.

    Raises SchemeError. What a scheme says of other schemes is checked by `checked_cross`, when all are known.
    """
    lines = Lines(book.text)
    rules = list(book)
    if len(rules) != 1:
        raise SchemeError(book.name, lines.of((1,)), "一个文件只写一个方案")
    rule = rules[0]
    if not rule.id.startswith(PREFIX) or rule.id != rule.id.upper():
        raise SchemeError(book.name, lines.of((0, "id")), f"编号须以 {PREFIX} 开头，全部大写：{rule.id}")
    found: list[tuple[date, Scheme | None]] = []
    for place, (since, value) in enumerate(rule.values):
        reader = _Reader(book, rule, lines, (0, "values", place, "value"))
        found.append((since, None if value is None else reader.scheme(since, value)))
    return found


class _Reader:
    """Reads one value of one rule."""

    def __init__(self, book: Rulebook, rule: Rule, lines: Lines, path: Path) -> None:
        self._book, self._rule, self._lines, self._path = book, rule, lines, path

    def scheme(self, since: date, value: Any) -> Scheme:
        raw = self._mapping((), value)
        kinds = [kind for kind in KINDS if kind in raw]
        if len(kinds) != 1:
            self._refuse((), f"须且只须写 {'、'.join(KINDS)} 之一，现有 {'、'.join(kinds) or '无'}")
        kind = kinds[0]
        self._known((), raw, _COMMON | {kind})
        classes = self._classes(raw.get("classes"))
        body = self._mapping((kind,), raw[kind])
        axes, rows, first_wins = self._body(kind, body, classes)
        applies, within = self._applies(raw.get("applies"))
        found = Scheme(
            code=self._rule.id.removeprefix(PREFIX), title=self._rule.title, source=self._rule.source,
            confirmed=self._rule.confirmed, read_on=self._rule.read_on, since=since, version=self._book.version,
            file=self._book.name, classes=classes, ordered=raw.get("order", "best_first") != "none", kind=kind,
            axes=axes, rows=rows, first_wins=first_wins, applies=applies, applies_within=within,
            monotone=self._monotone(raw.get("monotone", {}), axes), note=str(raw.get("note", "")),
        )  # fmt: skip
        if not found.others:
            check_whole(found, {}, self._lines.of((*self._path, "monotone")))
        return found

    # parts

    def _classes(self, raw: Any) -> tuple[GradeClass, ...]:
        classes = self._mapping(("classes",), raw)
        if not all(isinstance(code, str) and code.isidentifier() and isinstance(label, str)
                   for code, label in classes.items()):  # fmt: skip
            self._refuse(("classes",), "每一类写成 代码: 名称，代码为字母、数字、下划线")
        if not 2 <= len(classes) <= 100:
            self._refuse(("classes",), f"须有 2 至 100 类，现有 {len(classes)}")
        return tuple(GradeClass(code, label) for code, label in classes.items())

    def _body(
        self, kind: str, body: Mapping[str, Any], classes: tuple[GradeClass, ...]
    ) -> tuple[tuple[Axis, ...], tuple[Row, ...], bool]:
        if kind in ("bands", "points"):
            axis: Axis = self._measure((kind, "of"), body.get("of")) if kind == "bands" else self._score(body)
            self._known((kind,), body, {"of", "rows"} if kind == "bands" else
                        {"factors", "deductions", "known_at_least", "rows"})  # fmt: skip
            return (axis,), self._bands((kind, "rows"), body.get("rows"), classes), False
        self._known((kind,), body, {"hit", "rows", "otherwise"} | ({"of", "missing"} if kind == "cross" else set()))
        if body.get("hit", "unique") not in ("unique", "first"):
            self._refuse((kind, "hit"), f"hit 只有 unique（互不重叠）与 first（先到先得）：{body['hit']!r}")
        axes = self._axes(kind, body)
        rows = self._table(kind, body, classes, axes)
        return axes, rows, body.get("hit", "unique") == "first"

    def _bands(self, path: Path, raw: Any, classes: tuple[GradeClass, ...]) -> tuple[Row, ...]:
        rows = []
        for place, given in enumerate(self._sequence(path, raw)):
            own = (*path, place)
            band = self._mapping(own, given)
            self._known(own, band, {"class", *BOUND_WORDS})
            rows.append(Row(self._class(own, band, classes), {0: (self._interval(own, band),)}, self._line(own)))
        return tuple(rows)

    def _score(self, body: Mapping[str, Any]) -> Score:
        least = body.get("known_at_least", 0)
        if not _is_whole(least) or not 0 <= least <= 100:
            self._refuse(("points", "known_at_least"), f"known_at_least 为 0 至 100 的整数：{least!r}")
        return Score(self._factors("factors", body.get("factors")), self._factors(
            "deductions", body.get("deductions", [])), least)  # fmt: skip

    def _factors(self, name: str, raw: Any) -> tuple[Factor, ...]:
        found = []
        for place, given in enumerate(self._sequence(("points", name), raw, empty=name == "deductions")):
            own: Path = ("points", name, place)
            factor = self._mapping(own, given)
            self._known(own, factor, {"feature", "missing", "rows"} | ({"weight"} if name == "factors" else set()))
            weight = factor.get("weight", 1)
            if not _is_whole(weight) or weight <= 0:
                self._refuse(own, f"weight 须为正整数：{weight!r}")
            found.append(self._factor(own, factor, weight))
        return tuple(found)

    def _factor(self, own: Path, factor: Mapping[str, Any], weight: int) -> Factor:
        missing = factor.get("missing", "withhold")
        if not _is_whole(missing) and missing not in ("withhold", "leave_out"):
            self._refuse((*own, "missing"), f"missing 为整数分、withhold 或 leave_out：{missing!r}")
        rows, lines = [], []
        for place, given in enumerate(self._sequence((*own, "rows"), factor.get("rows"))):
            band = self._mapping((*own, "rows", place), given)
            self._known((*own, "rows", place), band, {"points", *BOUND_WORDS})
            if not _is_whole(band.get("points")):
                self._refuse((*own, "rows", place), f"points 须为整数：{band.get('points')!r}")
            rows.append((self._interval((*own, "rows", place), band), int(band["points"])))
            lines.append(self._line((*own, "rows", place)))
        made = Factor(
            self._feature((*own, "feature"), factor.get("feature")), weight, tuple(rows),
            missing if _is_whole(missing) else None, missing == "leave_out",
        )  # fmt: skip
        for line, fault in factor_faults(made, lines):
            raise SchemeError(self._book.name, line, fault)
        return made

    def _axes(self, kind: str, body: Mapping[str, Any]) -> tuple[Axis, ...]:
        if kind == "cross":
            names = self._sequence(("cross", "of"), body.get("of"))
            if len(set(names)) != len(names) or not all(isinstance(name, str) for name in names):
                self._refuse(("cross", "of"), "of 列出不重复的方案代码")
            missing = self._mapping(("cross", "missing"), body.get("missing", {}))
            if not set(missing) <= set(names) or not all(isinstance(code, str) for code in missing.values()):
                self._refuse(("cross", "missing"), "missing 只写 of 里的方案，值为其类别代码")
            return tuple(Other(name, missing.get(name)) for name in names)
        named: dict[str, None] = {}
        for place, given in enumerate(self._sequence(("table", "rows"), body.get("rows"))):
            own: Path = ("table", "rows", place)
            for name in self._mapping((*own, "when"), self._mapping(own, given).get("when")):
                named[self._feature((*own, "when", name), name)] = None
        return tuple(Measure((name,)) for name in named)

    def _table(
        self, kind: str, body: Mapping[str, Any], classes: tuple[GradeClass, ...], axes: tuple[Axis, ...]
    ) -> tuple[Row, ...]:
        names = [axis.scheme if isinstance(axis, Other) else axis.parts[0] for axis in axes
                 if isinstance(axis, Other | Measure)]  # fmt: skip
        rows = []
        for place, given in enumerate(self._sequence((kind, "rows"), body.get("rows"))):
            own: Path = (kind, "rows", place)
            row = self._mapping(own, given)
            self._known(own, row, {"class", "when"})
            conditions: dict[int, tuple[Interval, ...]] = {}
            named: dict[int, tuple[NamedClass, ...]] = {}
            for name, said in self._mapping((*own, "when"), row.get("when")).items():
                if name not in names:
                    self._refuse((*own, "when", name), f"of 里没有方案 {name}")
                at = names.index(name)
                if kind == "table":
                    bounds = self._mapping((*own, "when", name), said)
                    self._known((*own, "when", name), bounds, set(BOUND_WORDS))
                    conditions[at] = (self._interval((*own, "when", name), bounds),)
                else:
                    named[at] = self._class_names((*own, "when", name), said)
            rows.append(Row(self._class(own, row, classes), conditions, self._line(own), named))
        if "otherwise" in body:
            otherwise = {"class": body["otherwise"]}
            rows.append(Row(self._class((kind, "otherwise"), otherwise, classes), {}, self._line((kind, "otherwise"))))
        return tuple(rows)

    def _class_names(self, path: Path, said: Any) -> tuple[NamedClass, ...]:
        codes = said if isinstance(said, list) else [said]
        if not codes or not all(isinstance(code, str) for code in codes):
            self._refuse(path, f"写其他方案的类别代码，一个或一列：{said!r}")
        return tuple(NamedClass(code) for code in codes)

    def _measure(self, path: Path, raw: Any) -> Measure:
        if isinstance(raw, str):
            return Measure((self._feature(path, raw),))
        own = self._mapping(path, raw)
        self._known(path, own, {"sum", "divided_by", "label", "unit", "missing"})
        parts = tuple(self._feature((*path, "sum", place), name)
                      for place, name in enumerate(self._sequence((*path, "sum"), own.get("sum"))))  # fmt: skip
        if len({FEATURES[name].unit for name in parts}) != 1 or len(set(parts)) != len(parts):
            self._refuse((*path, "sum"), "相加的特征须单位相同、互不重复")
        divisor = own.get("divided_by", 1)
        if not _is_whole(divisor) or divisor <= 0:
            self._refuse((*path, "divided_by"), f"divided_by 须为正整数：{divisor!r}")
        missing = self._mapping((*path, "missing"), own.get("missing", {}))
        if not set(missing) <= set(parts) or not all(_is_whole(value) for value in missing.values()):
            self._refuse((*path, "missing"), "missing 只写 sum 里的特征，值为整数")
        return Measure(parts, float(divisor), str(own.get("label", "")), str(own.get("unit", "")),
                       {name: float(value) for name, value in missing.items()})  # fmt: skip

    def _applies(self, raw: Any) -> tuple[Measure | None, Interval]:
        if raw is None:
            return None, Interval()
        own = self._mapping(("applies",), raw)
        if len(own) != 1:
            self._refuse(("applies",), "applies 只写一个特征")
        ((name, bounds),) = own.items()
        feature = self._feature(("applies", name), name)
        return Measure((feature,)), self._interval(("applies", name), self._mapping(("applies", name), bounds))

    def _monotone(self, raw: Any, axes: tuple[Axis, ...]) -> dict[str, int]:
        own = self._mapping(("monotone",), raw)
        read = {name for axis in axes for name in names_of(axis)}
        for name, direction in own.items():
            if name not in read:
                self._refuse(("monotone", name), f"方案没有用到 {name}")
            if direction not in DIRECTIONS:
                self._refuse(("monotone", name), f"monotone 为 up 或 down：{direction!r}")
        return {name: DIRECTIONS[direction] for name, direction in own.items()}

    # words

    def _feature(self, path: Path, name: Any) -> str:
        if name not in FEATURES:
            self._refuse(path, f"没有特征 {name!r}；已登记的见 docs/grading.md")
        return str(name)

    def _class(self, path: Path, raw: Mapping[str, Any], classes: tuple[GradeClass, ...]) -> int:
        codes = [one.code for one in classes]
        if raw.get("class") not in codes:
            self._refuse(path, f"没有类别 {raw.get('class')!r}；有 {'、'.join(codes)}")
        return codes.index(raw["class"])

    def _interval(self, path: Path, raw: Mapping[str, Any]) -> Interval:
        try:
            return interval_of(raw)
        except BadBounds as fault:
            self._refuse(path, str(fault))

    def _mapping(self, path: Path, raw: Any) -> Mapping[str, Any]:
        if not isinstance(raw, dict):
            self._refuse(path, f"须为 名称: 值 的一组：{raw!r}")
        return raw

    def _sequence(self, path: Path, raw: Any, *, empty: bool = False) -> Sequence[Any]:
        if not isinstance(raw, list) or not (raw or empty):
            self._refuse(path, f"{path[-1]} 须为非空的一列")
        return raw

    def _known(self, path: Path, raw: Mapping[str, Any], names: set[str]) -> None:
        unknown = [name for name in raw if name not in names]
        if unknown:
            self._refuse((*path, str(unknown[0])), f"不认识 {unknown[0]!r}；可写 {'、'.join(sorted(names))}")

    def _line(self, path: Path) -> int:
        return self._lines.of((*self._path, *path))

    def _refuse(self, path: Path, fault: str) -> NoReturn:
        raise SchemeError(self._book.name, self._line(path), fault)


def names_of(axis: Axis) -> tuple[str, ...]:
    """What an axis reads, by name."""
    if isinstance(axis, Other):
        return (axis.scheme,)
    if isinstance(axis, Measure):
        return axis.parts
    return tuple(factor.feature for factor in (*axis.factors, *axis.deductions))


def check_whole(scheme: Scheme, classes: Mapping[str, int], line: int) -> None:
    """Raises SchemeError at the first gap, overlap, unreachable row or claim that does not hold."""
    for at, fault in faults(scheme, classes):
        raise SchemeError(scheme.file, at, fault)
    for name in broken_claims(scheme, classes):
        raise SchemeError(scheme.file, line, f"声明对 {name} 单调，实际不是")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
