"""Whether somebody may serve a client from a day on, in words that name the way out. Pure: files and desks share it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from clients.staff.periods import Period
from clients.staff.rules import Held, allowed, demanded, granting
from clients.staff.types import Act, Post, RelationRole


@dataclass(frozen=True, slots=True)
class Stretch:
    """One relation of a client as a check sees it. id: None for one that is not on file yet."""

    id: int | None
    staff_no: str
    staff_name: str
    role: RelationRole
    during: Period


def why_not(lacking: Iterable[Act], held: Iterable[Held], day: date) -> str:
    """What is lacking on the day, and until when it was there."""
    on_file = list(held)
    told = []
    for act in sorted(lacking):
        kinds = granting(act, day)
        names = "或".join(kind.label for kind in kinds)
        dated = [when for kind, when in on_file if kind in kinds]
        past = max((when.last for when in dated if when.last < day), default=None)
        coming = min((when.first for when in dated if when.first > day), default=None)
        known = f"，原登记至 {past}" if past else f"，登记自 {coming} 起" if coming else ""
        told.append(f"没有允许{act.label}的执业登记（{names}{known}）")
    return f"{day} " + "、".join(told)


def unqualified(post: Post | None, role: RelationRole, held: Iterable[Held], day: date) -> str | None:
    """Why somebody in this post may not serve in this role from the day on; None where nothing is lacking."""
    on_file = list(held)
    lacking = demanded(post, role, day) - allowed(on_file, day)
    return why_not(lacking, on_file, day) if lacking else None


def other_main(new: Stretch, on_file: Iterable[Stretch]) -> Stretch | None:
    """A main relation of the same client that shares a day with a new one; of other roles there may be many."""
    if new.role is not RelationRole.MAIN:
        return None
    return next((one for one in _others(new, on_file) if one.role is RelationRole.MAIN), None)


def twin(new: Stretch, on_file: Iterable[Stretch]) -> Stretch | None:
    """The same person in the same role on a common day."""
    same = (new.staff_no, new.role)
    return next((one for one in _others(new, on_file) if (one.staff_no, one.role) == same), None)


def _others(new: Stretch, on_file: Iterable[Stretch]) -> Iterable[Stretch]:
    """Relations that share a day with this one, itself left out; two that are not on file yet are two."""
    return (one for one in on_file if one.during.meets(new.during) and (new.id is None or one.id != new.id))


def main_words(client_no: str, taken: Stretch, new: Stretch) -> str:
    """The refusal of a second main relation, and the way out."""
    return (
        f"客户 {client_no} 已有主办 {taken.staff_no} {taken.staff_name}（{taken.during.text}），"
        f"同一客户同时只能有一位主办；请先结束该关系、办理交接，或以协办身份登记 {new.staff_no}"
    )
