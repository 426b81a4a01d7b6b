"""What an import says: how many rows, which were refused and why, and what the operator should know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

SHOWN_LINES = 5
KEPT_REJECTS = 1_000


class Refused(ValueError):
    """One row cannot be taken.

    `column` is the canonical column; the message says what was expected instead.
    """

    def __init__(self, column: str, value: str, expected: str) -> None:
        super().__init__(f"{column}: {value!r}: {expected}")
        self.column = column
        self.value = value
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Reject:
    """One refused row: the line, the file's own heading, the value that stood there, what was expected."""

    line: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}  {self.column}  '{self.value}' {self.expected}"


@dataclass
class Remarks:
    """Things to know that are no refusal: each said once, with how often and on which lines."""

    _seen: dict[str, tuple[int, list[int]]] = field(default_factory=dict)

    def note(self, sentence: str, line: int | None = None, times: int = 1) -> None:
        count, lines = self._seen.get(sentence, (0, []))
        if line is not None and len(lines) < SHOWN_LINES:
            lines.append(line)
        self._seen[sentence] = (count + times, lines)

    def extend(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self.note(sentence)

    def sentences(self) -> list[str]:
        return [_with_lines(sentence, count, lines) for sentence, (count, lines) in self._seen.items()]


def _with_lines(sentence: str, count: int, lines: list[int]) -> str:
    if not lines:
        return sentence if count == 1 else f"{sentence}（{count:,} 行）"
    places = "、".join(str(line) for line in lines) + (" 等" if count > len(lines) else "")
    return f"{sentence}（{count:,} 行：第 {places} 行）"


@dataclass(frozen=True)
class ImportResult:
    """The outcome of one file. rows_read = rows_new + rows_changed + rows_known + rows_refused.

    `rejects` holds the first thousand refused rows; `reject_file` (when written) holds all of them.
    `accounts` names the accounts that the file touched.
    """

    kind: str
    file: str
    rows_read: int
    rows_new: int
    rows_known: int
    rows_refused: int
    remarks: list[str]
    rejects: list[Reject]
    reject_file: str | None = None
    rows_changed: int = 0
    dry_run: bool = False
    written: bool = True
    accounts: list[str] = field(default_factory=list)
