"""A letter as the text of one push, and many letters merged into one 合并推送. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kit.digest import digest
from mot.channels.types import Letter

ELLIPSIS: Final = "…"
ROOM_FOR_LINK: Final = 400


def text_of(letter: Letter, most_bytes: int = 0) -> str:
    """Title, body and link, at most so many UTF-8 bytes (0: no limit); the link is never cut."""
    words = "\n".join(one for one in (letter.title, letter.body) if one)
    tail = f"\n{letter.link}" if letter.link else ""
    if most_bytes:
        words = cut(words, max(most_bytes - len(tail.encode()), 0))
    return words + tail


def cut(text: str, most_bytes: int) -> str:
    """The text, or as much of it as fits with an ellipsis; never half a character."""
    if len(text.encode()) <= most_bytes:
        return text
    room = max(most_bytes - len(ELLIPSIS.encode()), 0)
    return text.encode()[:room].decode(errors="ignore") + ELLIPSIS


def merged(letters: Sequence[Letter]) -> Letter:
    """Several letters to one address as one. Its id is made of theirs, in order: the same letters, the same id."""
    if len(letters) == 1:
        return letters[0]
    ids = tuple(one.message_id for one in letters)
    lines = [f"{place}. {one.title}{_line(one)}" for place, one in enumerate(letters, 1)]
    return Letter(
        message_id=digest(ids).removeprefix("sha256:")[:40], recipient=letters[0].recipient,
        title=f"共 {len(letters)} 条提醒", body="\n".join(lines), at=letters[0].at, link="",
        category="DIGEST", merged=ids,
    )  # fmt: skip


def _line(letter: Letter) -> str:
    return f" {letter.link}" if letter.link else ""
