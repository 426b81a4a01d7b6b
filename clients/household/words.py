"""Codes of households by the words that files use: the code, the label, or a word of HOUSE-WORDS."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final, TypeVar

from clients.household.assumptions import rule_value
from kit.imports.cells import clean
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.labels import Labelled

_NEWEST: Final = date(2100, 1, 1)
_YES: Final = frozenset({"是", "Y", "YES", "TRUE", "1", "同意"})
_NO: Final = frozenset({"否", "N", "NO", "FALSE", "0", "不同意"})
Code = TypeVar("Code", bound=Labelled)


@lru_cache
def _codes(group: str) -> dict[str, str]:
    """Code by word, in upper case."""
    told = rule_value("WORDS", _NEWEST)[group]
    return {clean(str(word)).upper(): code for code, words in told.items() for word in words}


def named(text: str, codes: type[Code], group: str) -> Code | None:
    """The member that a text names."""
    said = clean(text).upper()
    for member in codes:
        if said in (member.value, clean(member.label).upper()):
            return member
    code = _codes(group).get(said)
    return None if code is None else codes(code)


def coded(cells: Cells, column: str, codes: type[Code], group: str, default: Code | None = None) -> Code:
    """The member that a cell names, the default where it is empty. Raises Refused."""
    said = cells.text(column)
    if not said and default is not None:
        return default
    found = named(cells.need(column), codes, group)
    if found is None:
        raise Refused(column, said, f"应为 {'、'.join(f'{one.value} {one.label}' for one in codes)} 之一")
    return found


def yes_or_no(cells: Cells, column: str) -> bool | None:
    """None where the cell is empty. Raises Refused."""
    said = cells.text(column).upper()
    if not said:
        return None
    if said in _YES or said in _NO:
        return said in _YES
    raise Refused(column, said, "应为 是 或 否")
