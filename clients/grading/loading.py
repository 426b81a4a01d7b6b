"""All schemes of a folder, put together: each after those that it reads, cycles and unknown schemes refused.

A new scheme is one new file in `clients/rules/grading/`. An approved text of a file stands in its place here as for any
other rule (kit.rulebook).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Final

from clients.grading.bounds import Interval
from clients.grading.parsing import check_whole, schemes_of
from clients.grading.problems import NoSuchScheme, SchemeError
from clients.grading.schemes import NamedClass, Other, Row, Scheme
from kit.rulebook import Rulebook, load_rulebook, parse_rulebook, per_rules

PACKAGE: Final = "clients"
FOLDER: Final = "grading"


@per_rules()
def schemes_on(day: date, folder: Path | None = None) -> tuple[Scheme, ...]:
    """Schemes in force on the day, those first that others read. folder: another place of scheme files, for trials.

    Raises SchemeError.
    """
    return put_together(day, shipped() if folder is None else books_in(folder))


def shipped() -> list[Rulebook]:
    """The scheme files of the package, or the approved texts in their place."""
    place = resources.files(PACKAGE).joinpath("rules", FOLDER)
    names = sorted(entry.name for entry in place.iterdir() if entry.name.endswith(".yaml"))
    return [load_rulebook(PACKAGE, f"{FOLDER}/{name.removesuffix('.yaml')}") for name in names]


def books_in(folder: Path) -> list[Rulebook]:
    return [parse_rulebook(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]


def put_together(day: date, books: list[Rulebook]) -> tuple[Scheme, ...]:
    """Every file is read whole, whatever its days; then those in force on the day are put together."""
    found: dict[str, Scheme] = {}
    owner: dict[str, str] = {}
    for book in books:
        dated = schemes_of(book)
        (rule,) = book
        if rule.id in owner:
            raise SchemeError(book.name, 1, f"方案 {rule.id} 已在 {owner[rule.id]}")
        owner[rule.id] = book.name
        in_force = [scheme for since, scheme in dated if since <= day]
        if in_force and in_force[-1] is not None:
            found[in_force[-1].code] = in_force[-1]
    ordered: dict[str, Scheme] = {}
    for code in sorted(found):
        _place(code, found, ordered, ())
    return tuple(ordered.values())


def _place(code: str, found: Mapping[str, Scheme], ordered: dict[str, Scheme], asked: tuple[str, ...]) -> None:
    """Put a scheme after all that it reads."""
    if code in ordered:
        return
    scheme = found[code]
    line = scheme.rows[0].line
    if code in asked:
        ring = " → ".join((*asked[asked.index(code) :], code))
        raise SchemeError(scheme.file, line, f"方案互相引用成环：{ring}")
    for other in scheme.others:
        if other not in found:
            raise SchemeError(scheme.file, line, f"没有方案 {other}，或当日未生效")
        _place(other, found, ordered, (*asked, code))
    ordered[code] = _resolved(scheme, ordered) if scheme.others else scheme


def _resolved(scheme: Scheme, known: Mapping[str, Scheme]) -> Scheme:
    """Codes of other schemes' classes become their places; only now can the whole be checked."""
    axes = tuple(_axis(scheme, axis, known) if isinstance(axis, Other) else axis for axis in scheme.axes)
    rows = tuple(_row(scheme, row, known) for row in scheme.rows)
    made = replace(scheme, axes=axes, rows=rows)
    check_whole(made, {code: len(known[code].classes) for code in scheme.others}, rows[0].line)
    return made


def _row(scheme: Scheme, row: Row, known: Mapping[str, Scheme]) -> Row:
    conditions = dict(row.conditions)
    for axis, names in row.named.items():
        other = scheme.axes[axis]
        if isinstance(other, Other):
            conditions[axis] = tuple(_interval(scheme, row, known[other.scheme], name) for name in names)
    return replace(row, conditions=conditions, named={})


def _axis(scheme: Scheme, axis: Other, known: Mapping[str, Scheme]) -> Other:
    if axis.missing is None:
        return axis
    return replace(axis, missing_place=_class_place(scheme, scheme.rows[0], known[axis.scheme], axis.missing))


def _interval(scheme: Scheme, row: Row, other: Scheme, name: NamedClass) -> Interval:
    place = float(_class_place(scheme, row, other, name.code))
    return Interval(place, True, place, True)


def _class_place(scheme: Scheme, row: Row, other: Scheme, code: str) -> int:
    codes = [one.code for one in other.classes]
    if code not in codes:
        raise SchemeError(scheme.file, row.line, f"方案 {other.code} 没有类别 {code}；有 {'、'.join(codes)}")
    return codes.index(code)


def scheme_named(schemes: tuple[Scheme, ...], text: str) -> Scheme:
    """By code, with or without the prefix, in either case. Raises NoSuchScheme."""
    wanted = text.strip().upper().replace("-", "_").removeprefix("GRADE_")
    for scheme in schemes:
        if scheme.code.replace("-", "_") == wanted:
            return scheme
    raise NoSuchScheme(f"没有分级方案 {text}；有 {'、'.join(one.code for one in schemes)}")


def with_needed(schemes: tuple[Scheme, ...], wanted: Scheme) -> tuple[Scheme, ...]:
    """The scheme and all that it reads, in order."""
    needed = {wanted.code}
    for scheme in reversed(schemes):
        if scheme.code in needed:
            needed.update(scheme.others)
    return tuple(scheme for scheme in schemes if scheme.code in needed)
