"""Codes of client files by the words that files use: the code, the label, or a word of a WORDS rule."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeVar

from kit.imports.cells import clean
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.labels import Labelled
from kit.rulebook import load_rulebook

_RULE: Final = "SERVICE-WORDS"
Code = TypeVar("Code", bound=Labelled)


@lru_cache
def _codes(group: str) -> dict[str, str]:
    """Code by word, in upper case."""
    told = load_rulebook("clients", "service")[_RULE].values[-1][1].get(group, {})
    return {clean(str(word)).upper(): code for code, words in told.items() for word in words}


def coded_by(cells: Cells, column: str, codes: type[Code], default: Code | None = None) -> Code:
    """The member that a cell names, the default where it is empty. Raises Refused that lists the codes."""
    text = cells.text(column)
    if not text and default is not None:
        return default
    said = clean(cells.need(column)).upper()
    for member in codes:
        if said in (member.value, clean(member.label).upper()):
            return member
    code = _codes(codes.__name__).get(said)
    if code is None:
        raise Refused(column, text, f"应为 {'、'.join(f'{one.value} {one.label}' for one in codes)} 之一")
    return codes(code)
