"""What a written demo book consists of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BookFile:
    """One import file; `kind` as in the import formats, "statement" is a delivery statement (交割单)."""

    path: Path
    kind: str


@dataclass(frozen=True, slots=True)
class Book:
    """The files of one book in the order in which they are imported, and (book 2) what was planted."""

    name: str
    files: tuple[BookFile, ...]
    planted: Path | None = None
