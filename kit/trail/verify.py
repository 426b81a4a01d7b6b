"""The verifier: one pass over the chain, every entry hashed again, every damaged place named.

It reads one snapshot, so it may run beside writers and the sealer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection

from kit.db import snapshot
from kit.marks import database_id
from kit.trail import repository
from kit.trail.anchor import Anchor, AnchorFile, Anchors
from kit.trail.chain import Head, Seal, genesis
from kit.trail.damage import Damage, Place, Walk
from kit.trail.entry import SEPARATOR
from kit.trail.repository import Row, Rows

_SEPARATOR: Final = SEPARATOR.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the verifier says: whole, or where it is not."""

    checked_at: datetime
    sealed: int
    waiting: int
    head: Head
    places: tuple[Place, ...]
    more_places: int
    anchors: int
    anchored_to: int  # the newest position that an anchor outside the database confirms
    remarks: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.places


def verify(url: str | None, now: datetime, anchor_file: AnchorFile | None = None) -> Verdict:
    """Walk the whole trail of a database and compare it with its anchors."""
    anchors = anchor_file.read() if anchor_file else Anchors()  # before the snapshot: none may be newer than it
    with snapshot(url) as connection:
        return verify_connection(connection, now, anchors)


def verify_connection(connection: Connection, now: datetime, anchors: Anchors) -> Verdict:
    own_id = database_id(connection)
    own = [anchor for anchor in anchors.lines if anchor.database_id == own_id]
    walked = Walk(genesis(own_id), by_position(own))
    with repository.texts_as_bytes(connection):
        entries = Entries(repository.all_entries(connection))
        walk(repository.all_seals(connection), entries, walked)
        rest = entries.rest()
    walked.end()
    waiting = look_at_the_rest(connection, rest, walked)
    look_at_last_id(connection, walked)
    for line in anchors.forged:
        words = f"锚定文件第 {line} 行的签名不符"
        walked.add(Place(Damage.ANCHOR_EDITED, None, None, words))
    return Verdict(
        checked_at=now, sealed=walked.sealed, waiting=waiting, head=Head(walked.position, walked.seal or ""),
        places=tuple(sorted(walked.places, key=_where)), more_places=walked.more, anchors=len(own),
        anchored_to=walked.anchored, remarks=tuple(remarks(walked, own, anchors)),
    )  # fmt: skip


def _where(place: Place) -> tuple[bool, int, int]:
    return place.position is None, place.position or 0, place.trail_id or 0


def by_position(anchors: Iterable[Anchor]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for anchor in anchors:
        found[anchor.position] = found.get(anchor.position, frozenset()) | {anchor.seal}
    return found


class Entries:
    """The entries by id beside the seals by position: nearly the same order, so few have to be kept.

    An entry that committed late was sealed late, and one that has no seal stays here to the end.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.first: Row | None = next(rows, None)
        self.kept: dict[int, str] = {}

    def digest(self, trail_id: Any) -> str | None:
        """The digest of the entry as it is now, None where it is gone or was asked for before."""
        while self.first is not None and isinstance(trail_id, int) and self.first[0] < trail_id:
            self._keep()
        if self.first is None or self.first[0] != trail_id:
            return self.kept.pop(trail_id, None)
        now = digest_now(self.first)
        self.first = next(self.rows, None)
        return now

    def rest(self) -> dict[int, str]:
        """Those that no seal asked for, when all seals have been walked."""
        while self.first is not None:
            self._keep()
        return self.kept

    def _keep(self) -> None:
        assert self.first is not None
        self.kept[self.first[0]] = digest_now(self.first)
        self.first = next(self.rows, None)


def digest_now(row: Row) -> str:
    try:
        return sha256(_SEPARATOR.join(row[1:])).hexdigest()
    except TypeError:  # NULL or a number, where a text belongs
        return sha256(_SEPARATOR.join(str(part).encode() for part in row[1:])).hexdigest()


def walk(seals: Rows, entries: Entries, walked: Walk) -> None:
    """Link by link; a stretch in which all fits costs two hashes and a few comparisons a link."""
    while (row := walk_while_it_fits(seals, entries, walked)) is not None:
        walked.sealed += 1
        now = entries.digest(row[1])
        walked.look(Seal(row[0], row[1], *(_text(value) for value in row[2:])), now)


def walk_while_it_fits(seals: Rows, entries: Entries, walked: Walk) -> Row | None:
    """Up to the first link that does not fit, is anchored, or whose entry is not the next by id; returns that link."""
    anchors, entry, entry_rows = walked.anchors, entries.first, entries.rows
    first = position = walked.position
    last = None if walked.seal is None else walked.seal.encode()
    stopped: Row | None = None
    for row in seals:
        if entry is None or entry[0] != row[1] or row[3] != last or row[0] != position + 1 or row[0] in anchors:
            stopped = row
            break
        try:
            now = sha256(_SEPARATOR.join(entry[1:])).hexdigest()
            own = sha256(b"%d|%d|%b|%b|%b" % row[:5]).hexdigest()
        except TypeError:  # a NULL, or a text where a number belongs
            now = own = ""
        if now.encode() != row[2] or own.encode() != row[5]:
            stopped = row
            break
        position, last, walked.last_id = position + 1, row[5], row[1]
        entry = next(entry_rows, None)
    entries.first = entry
    walked.sealed += position - first
    walked.position, walked.seal = position, None if last is None else last.decode()
    return stopped


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


def look_at_the_rest(connection: Connection, rest: dict[int, str], walked: Walk) -> int:
    """Entries without a seal wait for one, as they were recorded; any other was not recorded. Returns how many wait."""
    waiting = repository.waiting(connection)
    for trail_id, digest in waiting.items():
        if trail_id not in rest:
            walked.add(Place(Damage.DELETED, None, trail_id, f"留痕 {trail_id} 在封存之前被删除"))
        elif rest[trail_id] != digest:
            walked.add(Place(Damage.EDITED, None, trail_id, f"留痕 {trail_id} 在封存之前被修改"))
    for trail_id in sorted(rest.keys() - waiting.keys()):
        words = f"留痕 {trail_id} 没有封印，也不在待封之列：它不是由系统写入的，或其封印被删除"
        walked.add(Place(Damage.INSERTED, None, trail_id, words))
    return len(waiting)


def look_at_last_id(connection: Connection, walked: Walk) -> None:
    """An id that was given and is no longer there, behind all that are."""
    given, highest = repository.id_given_last(connection), repository.highest_id(connection)
    if given is not None and given > highest and not any(place.trail_id == given for place in walked.places):
        span = f"留痕 {given}" if highest + 1 == given else f"留痕 {highest + 1} 至 {given}"
        words = f"{span} 写入过，现已不在库中"
        walked.add(Place(Damage.TRUNCATED, walked.position + 1, given, words))


def remarks(walked: Walk, own: list[Anchor], anchors: Anchors) -> Iterable[str]:
    """What a reader should know although nothing is damaged."""
    if anchors.lines and not own and walked.sealed:
        yield "锚定文件中没有本库的记录：若本库不是新建的，请核对数据库标记"
    elif not own and walked.sealed:
        yield "没有锚定记录：整条链被替换时无从比对"
    elif walked.anchored < walked.position and not walked.rewritten:
        yield f"最近的锚定在第 {walked.anchored} 个封印，其后 {walked.position - walked.anchored} 个尚未锚定"
    if anchors.unreadable:
        yield f"锚定文件有 {anchors.unreadable} 行无法识别"
    if anchors.unsigned:
        yield f"锚定文件有 {anchors.unsigned} 行没有签名"
