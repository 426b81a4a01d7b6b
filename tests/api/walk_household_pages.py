"""The walk's entries for the pages of a client's household and profile."""

from __future__ import annotations

from typing import Final

from tests.api.steps import REFUSED, SEEN, STALE, Entry, get

HOUSEHOLD: Final = "/clients/{client}/household"
PROFILE: Final = "/clients/{client}/profile"


def sent(path: str, good: frozenset[int], **form: str) -> Entry:
    return Entry("POST", path, good, "client", form=form)


HOUSEHOLD_PAGES: Final[dict[str, Entry]] = {
    "household_page": get(HOUSEHOLD, "client"),
    "start_household_page": get(HOUSEHOLD + "/start", "client"),
    "start_household": sent(HOUSEHOLD, REFUSED, retire_age="六十"),
    "new_member_page": get(HOUSEHOLD + "/members/new", "client"),
    "new_member": sent(HOUSEHOLD + "/members", STALE, role="CHILD", version="999"),
    "member_page": get(HOUSEHOLD + "/members/M1", "client"),
    "change_member": sent(HOUSEHOLD + "/members/M1", STALE, version="999"),
    "end_member_page": get(HOUSEHOLD + "/members/M1/end", "client"),
    "end_member": sent(HOUSEHOLD + "/members/M1/end", STALE, last_day="2025-01-06", version="999"),
    "new_item_page": get(HOUSEHOLD + "/items/new", "client", query={"kind": "ASSET"}),
    "new_item": Entry("POST", HOUSEHOLD + "/items", REFUSED, "client", query={"kind": "ASSET"}, form={"amount": "多"}),
    "item_page": get(HOUSEHOLD + "/items/SAVINGS", "client"),
    "change_item": sent(HOUSEHOLD + "/items/SAVINGS", STALE, category="CASH", amount="1", version="999"),
    "end_item": sent(HOUSEHOLD + "/items/SAVINGS/end", STALE, version="999"),
    "profile_page": get(PROFILE, "client"),
    "file_profile_page": sent(PROFILE, SEEN),
    "draft_statement_page": get(PROFILE + "/statement", "client"),
    "draft_statement": sent(PROFILE + "/statement", REFUSED, objective="NONE"),
    "confirm_statement": sent(PROFILE + "/statements/{statement}/confirm", STALE, shown_digest="x"),
}
