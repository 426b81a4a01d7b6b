"""The walk's entries for the pages of suitability: cases with their forms and views, decisions, rules, changes."""

from __future__ import annotations

from typing import Final

from tests.api.steps import REFUSED, STALE, Entry, get

NOT_THERE: Final = frozenset({404})
CHANGES: Final = "/suitability/changes"
CALLBACKS: Final = "/suitability/callbacks"
INSPECTIONS: Final = "/suitability/inspections"
CASE: Final = "/suitability/cases/{case}"


def deed(name: str, good: frozenset[int] = STALE, **form: str) -> Entry:
    """A form of a case under a version that nobody has."""
    return Entry("POST", f"{CASE}/{name}", good, "client", form={"note": "试", **form, "version": "999"})


SUITABILITY_PAGES: Final[dict[str, Entry]] = {
    "cases_page": get("/suitability/cases"),
    "cases_file": get("/suitability/cases/export.csv"),
    "save_view": Entry("POST", "/suitability/cases/views", REFUSED, form={"name": "", "query": "overdue=1"}),
    "remove_view": Entry("POST", "/suitability/cases/views/999999/remove", NOT_THERE, form={"query": ""}),
    "case_page": get(CASE, "client"),
    "assign_case": deed("assign", STALE | {403}, staff_no="S2"),  # an adviser works cases and gives none away
    "escalate_case": deed("escalate"),
    "contact_client": deed("contact", channel="PHONE"),
    "note_case": deed("note"),
    "resolve_case": deed("resolve", resolution="FALSE_ALARM"),
    "approve_case": deed("approve"),
    "reject_case": deed("reject"),
    "reopen_case": deed("reopen"),
    "decisions_page": get("/suitability/decisions"),
    "decision_page": get("/suitability/decisions/{decision}", "client"),
    "complete_duty_page": Entry(
        "POST", "/suitability/decisions/{decision}/duties/NO_SUCH", REFUSED, "client", form={"channel": "APP"}
    ),
    "confirm_decision_page": Entry(
        "POST", "/suitability/decisions/{decision}/confirmation", REFUSED, "client", form={}
    ),
    "rules_page": get("/suitability/rules"),
    "rule_page": get("/suitability/rules/SUIT-101"),
    "changes_page": get(CHANGES),
    "draft_page": get(f"{CHANGES}/new"),
    "draft": Entry("POST", CHANGES, REFUSED, form={"file": "matching", "text": "[]", "title": "试"}),
    "draft_rating_page": get(f"{CHANGES}/new/rating"),
    "draft_rating": Entry("POST", f"{CHANGES}/new/rating", REFUSED, form={"product": ""}),
    "draft_questionnaire_page": get(f"{CHANGES}/new/questionnaire"),
    "draft_questionnaire": Entry("POST", f"{CHANGES}/new/questionnaire", REFUSED, form={"reason": "试"}, upload=True),
    "callbacks_page": get(CALLBACKS, query={"year": "2025"}),
    "draw_callbacks": Entry("POST", CALLBACKS, REFUSED, form={"year": "2030"}),
    "callback_sample_page": get(f"{CALLBACKS}/999999", good=NOT_THERE),
    "callback_form_page": get(f"{CALLBACKS}/999999/clients/C0001", good=NOT_THERE),
    "record_callback": Entry("POST", f"{CALLBACKS}/999999/clients/C0001", NOT_THERE, form={"outcome": "REACHED"}),
    "inspections_page": get(INSPECTIONS),
    "make_inspection": Entry("POST", INSPECTIONS, REFUSED, form={"half": "2030H1"}),
    "inspection_file": get(f"{INSPECTIONS}/999999/report.pdf", good=NOT_THERE),
    "change_page": get(f"{CHANGES}/999999", good=NOT_THERE),
    "preview_change": Entry("POST", f"{CHANGES}/999999/preview", NOT_THERE, form={}),
    "approve_change": Entry("POST", f"{CHANGES}/999999/approve", NOT_THERE, form={"reason": "试"}),
    "refuse_change": Entry("POST", f"{CHANGES}/999999/refuse", NOT_THERE, form={"reason": "试"}),
    "roll_back_change": Entry("POST", f"{CHANGES}/999999/rollback", NOT_THERE, form={"reason": "试"}),
}
