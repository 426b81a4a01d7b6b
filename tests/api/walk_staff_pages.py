"""The walk's entries for the pages of staff, service relations and handover."""

from __future__ import annotations

from typing import Final

from tests.api.steps import REFUSED, STALE, Entry, get

PERSON: Final = "/staff/{staff}"
QUALIFIED: Final = {"licence": "FUND", "valid_from": "2024-01-02"}
AWAY: Final = {"kind": "LEAVE", "valid_from": "2024-01-02", "valid_to": "2024-01-01"}
TO_ONESELF: Final = {"to_staff": "{staff}", "day": "2025-01-06"}


def sent(path: str, about: str, **form: str) -> Entry:
    """A form that changes something under a version that nobody has."""
    return Entry("POST", path, STALE, about, form={**form, "version": "999"})


STAFF_PAGES: Final[dict[str, Entry]] = {
    "staff_page": get("/staff"),
    "person_page": get(PERSON, "staff"),
    "edit_page": get(PERSON + "/edit", "staff"),
    "edit": sent(PERSON + "/edit", "staff", name="改名"),
    "move_page": get(PERSON + "/move", "staff"),
    "move": sent(PERSON + "/move", "staff", post="ADVISOR", branch_no="B1", day="2025-01-06"),
    "leave_page": get(PERSON + "/leave", "staff"),
    "leave": sent(PERSON + "/leave", "staff", last_day="2025-01-06"),
    "new_qualification_page": get(PERSON + "/qualifications/new", "staff"),
    "new_qualification": Entry("POST", PERSON + "/qualifications", REFUSED, "staff", form={"licence": "FUND"}),
    "qualification_page": get(PERSON + "/qualifications/{qualification}", "staff"),
    "change_qualification": sent(PERSON + "/qualifications/{qualification}", "staff", **QUALIFIED),
    "new_absence_page": get(PERSON + "/absences/new", "staff"),
    "new_absence": Entry("POST", PERSON + "/absences", REFUSED, "staff", form=AWAY),
    "absence_page": get(PERSON + "/absences/{absence}", "staff"),
    "change_absence": sent(PERSON + "/absences/{absence}", "staff", **{**AWAY, "valid_to": "2024-01-03"}),
    "new_relation_page": get(PERSON + "/relations/new", "staff"),
    "new_relation": Entry("POST", PERSON + "/relations", REFUSED, "staff", form={"role": "MAIN"}),
    "relation_page": get("/relations/{relation}", "client"),
    "end_relation": sent("/relations/{relation}/end", "client", last_day="2025-01-06", reason="试"),
    "withdraw_relation": sent("/relations/{relation}/withdraw", "client", reason="试"),
    "handover_page": get(PERSON + "/handover", "staff"),
    "handover_preview": Entry("POST", PERSON + "/handover/preview", REFUSED, "staff", form=TO_ONESELF),
    "do_handover": Entry("POST", PERSON + "/handover", REFUSED, "staff", form={**TO_ONESELF, "reason": "试"}),
}
