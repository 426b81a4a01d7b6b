"""The proposal of moves over the book as it stands on a day: who serves whom, at which level, and what clients need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from advisors.matching import Proposal, Served, Server, propose
from advisors.reading_people import SCALES
from advisors.rules_in_force import AdvisorRules, advisor_rules
from clients.service.standing import BookClasses
from clients.staff.repository import StaffRepository
from clients.staff.roster import Posted, posted, relation_spans
from clients.staff.rules import Held, allowed
from clients.staff.types import Act, RelationRole
from kit.access import Scope


def propose_moves(session: Session, scope: Scope) -> Proposal:
    """For the main relations of the people whom the scope shows, as of its day.

    Who signed for advice with the main person goes to a registered adviser alone.
    """
    day = scope.day
    rules = advisor_rules(day)
    people = posted(session, scope, day, tuple(SCALES))
    held = StaffRepository(session, scope).held_by([one.staff_no for one in people])
    servers = [server_of(one, held.get(one.staff_no, []), rules, day) for one in people]
    return propose(_clients(session, scope, people, rules), servers, rules.match)


def server_of(one: Posted, held: list[Held], rules: AdvisorRules, day: date) -> Server:
    """Without a published level somebody stands at the lowest. An own limit goes before that of the level."""
    scale = SCALES[one.post]
    level = rules.level(scale, one.level) or rules.lowest(scale)
    capacity = one.capacity if one.capacity is not None else level.capacity
    return Server(
        one.staff_no, one.name, one.branch_no, scale, level.rank, 10**6 if capacity is None else capacity,
        Act.ADVISE in allowed(held, day),
    )  # fmt: skip


def _clients(session: Session, scope: Scope, people: list[Posted], rules: AdvisorRules) -> list[Served]:
    day = scope.day
    by_id = {one.id: one for one in people}
    spans = relation_spans(session, day, day, list(by_id))
    advice = {(one.client_id, one.staff_id) for one in spans if one.role is RelationRole.ADVISOR}
    grades, styles = _classes(session, scope, rules)
    return [
        Served(
            one.client_no, grades.get(one.client_id, ""), styles.get(one.client_id, ""),
            by_id[one.staff_id].branch_no, by_id[one.staff_id].staff_no, (one.client_id, one.staff_id) in advice,
        )
        for one in spans
        if one.role is RelationRole.MAIN
    ]  # fmt: skip


def _classes(session: Session, scope: Scope, rules: AdvisorRules) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Client grade and style by client id; who has none is not there."""
    book = BookClasses(session, scope, scope.day)
    found: list[dict[int, str]] = []
    for scheme in (rules.match["grade_scheme"], rules.match["style_scheme"]):
        if not len(book.client_id):
            found.append({})
            continue
        own, names, _ = book.of(scheme)
        found.append({
            int(client): names[place]
            for client, place in zip(book.client_id.tolist(), own.tolist(), strict=True) if place >= 0
        })  # fmt: skip
    return found[0], found[1]
