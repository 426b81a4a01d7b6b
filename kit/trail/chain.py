"""The chain of seals. Pure: anyone can repeat it with `printf '%s' … | sha256sum`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal: how many entries are sealed, and the hash that stands for all of them."""

    position: int
    seal: str


@dataclass(frozen=True, slots=True)
class Seal:
    """One link: the entry at `position` of the chain, and the seal before it."""

    position: int
    trail_id: int
    entry_digest: str
    previous: str
    sealed_at: str
    seal: str


def genesis(database_id: str) -> Head:
    """What the first seal names as the one before it: a chain belongs to one database."""
    return Head(0, sha256(f"heshi-trail|{database_id}".encode()).hexdigest())


def seal_of(position: int, trail_id: int, entry_digest: str, previous: str, sealed_at: str) -> str:
    """SHA-256 of `position|trail_id|entry_digest|previous|sealed_at`, 64 hex digits."""
    return sha256(f"{position}|{trail_id}|{entry_digest}|{previous}|{sealed_at}".encode()).hexdigest()


def linked(head: Head, entries: Iterable[tuple[int, str]], sealed_at: str) -> list[Seal]:
    """Seals for entries of (trail id, digest), in the order given, behind `head`."""
    seals: list[Seal] = []
    position, previous = head.position, head.seal
    for trail_id, entry_digest in entries:
        position += 1
        seal = seal_of(position, trail_id, entry_digest, previous, sealed_at)
        seals.append(Seal(position, trail_id, entry_digest, previous, sealed_at, seal))
        previous = seal
    return seals
