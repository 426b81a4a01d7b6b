"""Households of the demo clients: each file is taken whole, every age has its own goals, one seed the same files."""

from __future__ import annotations

from datetime import date

from clients.household.service import HouseholdService
from clients.household.types import GoalCategory, ItemKind
from clients.repository import ClientFacts
from clients.tables import ClientRow
from clients.types import ClientKind
from demo.households import COUNT, chosen, load_households, write_households
from demo.policies import draft_policies
from kit.access import everything
from kit.db import transaction
from reports.family import family_of
from suitability.profile.service import ProfileService

DAY = date(2024, 12, 31)
BORN = {f"C{number:06d}": date(1946 + 3 * number, 2, 28) for number in range(1, 19)}  # 24 to 78 years old


def a_client(number: str, born: date | None, kind: ClientKind = ClientKind.NATURAL) -> ClientFacts:
    return ClientFacts(1, number, "客户", kind, born)


CLIENTS = [a_client(number, born) for number, born in BORN.items()]


def test_every_household_is_taken_and_can_be_planned(database_url, tmp_path):
    with transaction(database_url) as session:
        for number, born in BORN.items():
            session.add(ClientRow(client_no=number, name="客户", kind="NATURAL", birth_date=born))
    results = load_households(database_url, tmp_path, frozenset(), DAY)
    draft_policies(database_url, ["C000001", "C000002"], DAY)

    assert [one.rows_refused for one in results] == [0, 0]
    with transaction(database_url) as session:
        desk, profiles = HouseholdService(session, everything(DAY)), ProfileService(session, everything(DAY))
        confirmed = [profiles.in_force(number, DAY) is not None for number in ("C000001", "C000002")]
        for number in BORN:
            household = desk.of_client(number, DAY)
            assert household is not None
            family = family_of(household, None)
            goals = {one.category for one in household.of_kind(ItemKind.GOAL)}
            retired = household.members[0].birth_date.year < 1965

            assert not family.sheet.missing, family.sheet.missing
            assert family.plan.ratio is not None
            assert (GoalCategory.RETIREMENT in goals) is not retired, number
    assert confirmed == [False, True], "the client who signs in still has to confirm"


def test_shown_clients_come_first_and_only_persons_of_the_synthetic_book_have_one():
    crowd = [a_client(f"C{number:06d}", date(1980, 1, 1)) for number in range(1, 60)]
    strange = [a_client("EU-1", date(1980, 1, 1)), a_client("C9", None), a_client("C8", DAY, ClientKind.INSTITUTION)]
    found = [number for number, _ in chosen([*crowd, *strange], frozenset({"C000059", "EU-1"}))]

    assert (found[0], len(found)) == ("C000059", COUNT)
    assert not {"EU-1", "C9", "C8"} & set(found)


def test_one_seed_gives_the_same_files(tmp_path):
    first, again, other = (
        [file.path.read_bytes() for file in write_households(tmp_path / name, CLIENTS, frozenset(), DAY, seed).files]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    assert first == again
    assert first != other
