"""What a verifier may find, and how it says where. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kit.labels import Labelled
from kit.trail.chain import Head, Seal, seal_of

PAIRED_AT_MOST: Final = 300  # damaged places among which an exchange is looked for
KEPT: Final = 1_000  # places that a verdict names; more are counted


class Damage(Labelled):
    """损坏"""

    EDITED = "EDITED", "条目被修改"
    DELETED = "DELETED", "条目被删除"
    INSERTED = "INSERTED", "条目被插入"
    REORDERED = "REORDERED", "顺序被调换"
    SEAL_EDITED = "SEAL_EDITED", "封印被修改"
    SEAL_DELETED = "SEAL_DELETED", "封印被删除"
    TRUNCATED = "TRUNCATED", "末尾被截断"
    REWRITTEN = "REWRITTEN", "链被重写"
    ANCHOR_EDITED = "ANCHOR_EDITED", "锚定文件被修改"


@dataclass(frozen=True, slots=True)
class Place:
    """One damaged place: the position in the chain, the entry's id where it is known, and the sentence."""

    damage: Damage
    position: int | None
    trail_id: int | None
    words: str


@dataclass(slots=True)
class Walk:
    """The chain walked link by link: what fits, what does not, and where it ends.

    A damaged seal tells nothing about its neighbours, so one change is named once and not at every later link.
    """

    start: Head
    anchors: Mapping[int, frozenset[str]] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    more: int = 0
    position: int = 0
    last_id: int = 0
    seal: str | None = None  # of `position`; None where it cannot be trusted
    sealed: int = 0
    anchored: int = 0  # the last position whose seal is the anchored one
    edited: list[tuple[Seal, str]] = field(default_factory=list)  # with the digest of the entry as it is now
    broken: list[Seal] = field(default_factory=list)
    rewritten: bool = False

    def __post_init__(self) -> None:
        self.position, self.seal = self.start.position, self.start.seal

    def add(self, place: Place) -> None:
        if len(self.places) < KEPT:
            self.places.append(place)
        else:
            self.more += 1

    def look(self, seal: Seal, now: str | None) -> None:
        """A link that does not fit or is anchored; `now` is the digest of its entry today, None where it is gone."""
        self._look_at_seal(seal)
        if now is None:
            words = f"第 {seal.position} 个封印所封的留痕 {seal.trail_id} 已不在库中"
            self.add(Place(Damage.DELETED, seal.position, seal.trail_id, words))
        elif now != seal.entry_digest:
            self.edited.append((seal, now))
        self._compare_anchor(seal)

    def _look_at_seal(self, seal: Seal) -> None:
        if seal.position > self.position + 1:
            self._missing(seal)
            self.seal = None
        own = seal_of(seal.position, seal.trail_id, seal.entry_digest, seal.previous, seal.sealed_at)
        if own != seal.seal or seal.position == self.position:
            self.broken.append(seal)
            self.seal = None
        else:
            if self.seal is not None and seal.previous != self.seal:
                self._unlinked(seal)
            self.seal = seal.seal
        self.position, self.last_id = seal.position, seal.trail_id

    def _missing(self, seal: Seal) -> None:
        first, last = self.position + 1, seal.position - 1
        span = f"第 {first} 个封印" if first == last else f"第 {first} 至 {last} 个封印"
        words = f"{span}缺失，在留痕 {self.last_id or '（起点）'} 与 {seal.trail_id} 之间"
        self.add(Place(Damage.SEAL_DELETED, first, None, words))

    def _unlinked(self, seal: Seal) -> None:
        if self.position == self.start.position:
            words = f"第 {seal.position} 个封印（留痕 {seal.trail_id}）不从本库的起点开始：起点标记或整条链被替换"
            self.add(Place(Damage.REWRITTEN, seal.position, seal.trail_id, words))
            return
        words = (
            f"第 {self.position} 个封印（留痕 {self.last_id}）不是第 {seal.position} 个封印所接的那一个："
            "它被改写并重新计算过"
        )
        self.add(Place(Damage.SEAL_EDITED, self.position, self.last_id, words))

    def _compare_anchor(self, seal: Seal) -> None:
        wanted = self.anchors.get(seal.position)
        if wanted is None or self.rewritten:
            return
        if wanted == {seal.seal}:
            self.anchored = seal.position
            return
        self.rewritten = True
        words = f"第 {self.anchored + 1} 至 {seal.position} 个封印之间有改写：第 {seal.position} 个封印与锚定文件不符"
        self.add(Place(Damage.REWRITTEN, self.anchored + 1, None, words))

    def end(self) -> None:
        """Nothing follows: name exchanges, edits, and what anchors say was there."""
        for place in (*exchanged_entries(self.edited), *exchanged_seals(self.broken)):
            self.add(place)
        beyond = max(self.anchors, default=0)
        if beyond > self.position:
            words = f"第 {self.position + 1} 至 {beyond} 个封印不在库中，而锚定文件记有第 {beyond} 个"
            self.add(Place(Damage.TRUNCATED, self.position + 1, None, words))


def exchanged_entries(edited: Sequence[tuple[Seal, str]]) -> Iterator[Place]:
    """An entry whose content was sealed under another id has changed places with it; any other was edited."""
    sealed_as = {seal.entry_digest: seal for seal, _ in edited}
    for seal, now in edited:
        other = sealed_as.get(now)
        where = f"留痕 {seal.trail_id}（第 {seal.position} 个封印）"
        if other is None:
            yield Place(Damage.EDITED, seal.position, seal.trail_id, f"{where}的内容与封存时不同")
        else:
            words = f"{where}的内容原是留痕 {other.trail_id}（第 {other.position} 个封印）的"
            yield Place(Damage.REORDERED, seal.position, seal.trail_id, words)


def exchanged_seals(broken: Sequence[Seal]) -> Iterator[Place]:
    """A seal that is right at another damaged position was moved from there; any other was edited."""
    candidates = [seal.position for seal in broken[:PAIRED_AT_MOST]]
    for seal in broken:
        was = next((at for at in candidates if at != seal.position and _fits(seal, at)), None)
        where = f"第 {seal.position} 个封印（留痕 {seal.trail_id}）"
        if was is None:
            words = f"{where}与其内容不符"
            yield Place(Damage.SEAL_EDITED, seal.position, seal.trail_id, words)
        else:
            yield Place(Damage.REORDERED, seal.position, seal.trail_id, f"{where}原在第 {was} 个的位置")


def _fits(seal: Seal, position: int) -> bool:
    return seal.seal == seal_of(position, seal.trail_id, seal.entry_digest, seal.previous, seal.sealed_at)
