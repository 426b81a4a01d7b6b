"""How each route is asked in the walk over every route, role and ownership. A new route needs an entry here.

`{account}`, `{client}`, `{staff}`, `{report}`, `{relation}` in a path or body stand for a thing of a given owner. What
would change something is asked so that it is refused after it was seen (a stale version, a thing that exists): the walk
changes nothing, and the same requests may be sent by everybody.
"""

from __future__ import annotations

from typing import Final

from tests.api.steps import OK, REFUSED, SEEN, Entry, change, get
from tests.api.walk_advisors import ADVISORS
from tests.api.walk_deliveries import DELIVERIES
from tests.api.walk_effect import EFFECT
from tests.api.walk_grades import GRADES
from tests.api.walk_household_pages import HOUSEHOLD_PAGES
from tests.api.walk_mot import MOT
from tests.api.walk_scenario_pages import SCENARIO_PAGES
from tests.api.walk_service import SERVICE
from tests.api.walk_services import SERVICES
from tests.api.walk_staff_pages import STAFF_PAGES
from tests.api.walk_suitability import SUITABILITY
from tests.api.walk_suitability_pages import SUITABILITY_PAGES
from tests.api.walk_suitability_watch import SUITABILITY_WATCH
from tests.api.walk_task_pages import TASK_PAGES

ACCOUNT: Final = "/api/v1/accounts/{account}"
STAFF: Final = "/api/v1/staff/{staff}"
PLAN: Final = {"from_staff": "{staff}", "to_staff": "{staff}", "day": "2025-01-06"}
QUALIFIED: Final = {"licence": "FUND", "valid_from": "2024-01-02"}
AWAY: Final = {"kind": "LEAVE", "valid_from": "2024-01-02", "valid_to": "2024-01-01"}
AGREEMENT: Final = {"finding": "NO_SUCH", "agreed_how": "面谈"}

ENTRIES: Final[dict[str, Entry]] = {
    "signOut": Entry("POST", "/api/v1/auth/sign-out", SEEN),
    "changePassword": Entry("PUT", "/api/v1/auth/password", frozenset({401}), body={"old": "x", "new": "y"}),
    "getMe": get("/api/v1/me"),
    "listOwnSessions": get("/api/v1/auth/sessions"),
    "endSession": Entry("DELETE", "/api/v1/auth/sessions/nobodys", frozenset({404})),
    "listUserSessions": get("/api/v1/users/u-advisor/sessions"),
    "listUsers": get("/api/v1/users"),
    "addUser": Entry(
        "POST", "/api/v1/users", REFUSED, body={"name": "new.user", "role": "AUDITOR", "password": "short"}
    ),
    "getUser": get("/api/v1/users/u-advisor"),
    "changeRole": change("PUT", "/api/v1/users/u-advisor/role", {"role": "AUDITOR"}),
    "disableUser": change("POST", "/api/v1/users/u-advisor/disable"),
    "enableUser": change("POST", "/api/v1/users/u-advisor/enable"),
    "resetPassword": change("PUT", "/api/v1/users/u-advisor/password", {"password": "another long sentence"}),
    "listAccounts": get("/api/v1/accounts", query={"limit": "200"}, lists="client_no"),
    "getDiagnosis": get(ACCOUNT + "/diagnosis", "client"),
    "issueReport": Entry("POST", ACCOUNT + "/reports", SEEN, "client", {}),
    "listReports": get("/api/v1/reports", query={"limit": "200"}, lists="account_no"),
    "getReport": get("/api/v1/reports/{report}", "client"),
    "recordAgreement": Entry("POST", ACCOUNT + "/agreements", REFUSED, "client", AGREEMENT),
    "listAgreements": get(ACCOUNT + "/agreements", "client"),
    "listBranches": get("/api/v1/branches"),
    "addBranch": Entry("POST", "/api/v1/branches", REFUSED, body={"branch_no": "B1", "name": "又一个"}),
    "getBranch": get("/api/v1/branches/B1"),
    "changeBranch": change("PUT", "/api/v1/branches/B1", {"name": "改名"}),
    "listStaff": get("/api/v1/staff", lists="staff_no"),
    "addStaff": Entry(
        "POST", "/api/v1/staff", REFUSED, body={"staff_no": "S1", "name": "又一位", "post": "ADVISOR"}
    ),
    "getStaff": get(STAFF, "staff"),
    "changeStaff": change("PUT", STAFF, {"name": "改名", "capacity": 1}, "staff"),
    "moveStaff": change("POST", STAFF + "/moves", {"post": "ADVISOR", "branch_no": "B1", "day": "2025-01-06"}, "staff"),
    "endStaff": change("POST", STAFF + "/leave", {"last_day": "2025-01-06"}, "staff"),
    "listLevels": get(STAFF + "/levels", "staff"),
    "listQualifications": get(STAFF + "/qualifications", "staff"),
    "addQualification": Entry(
        "POST", STAFF + "/qualifications", REFUSED, "staff", {**QUALIFIED, "valid_to": "2024-01-01"}
    ),
    "changeQualification": change("PUT", STAFF + "/qualifications/{qualification}", QUALIFIED, "staff"),
    "listAbsences": get(STAFF + "/absences", "staff"),
    "addAbsence": Entry("POST", STAFF + "/absences", REFUSED, "staff", AWAY),
    "changeAbsence": change("PUT", STAFF + "/absences/{absence}", {**AWAY, "valid_to": "2024-01-03"}, "staff"),
    "listRelations": get("/api/v1/relations", query={"limit": "200"}, lists="client_no"),
    "assignRelation": Entry(
        "POST", "/api/v1/relations", REFUSED, "client",
        {"client_no": "{client}", "staff_no": "{server}", "valid_from": "2024-01-02", "valid_to": "2024-01-01"},
    ),
    "getRelation": get("/api/v1/relations/{relation}", "client"),
    "endRelation": change(
        "POST", "/api/v1/relations/{relation}/end", {"last_day": "2025-01-06", "reason": "试"}, "client"
    ),
    "withdrawRelation": change("DELETE", "/api/v1/relations/{relation}", about="client"),
    "getServing": get("/api/v1/clients/{client}/serving", "client"),
    "previewHandover": Entry("POST", "/api/v1/handovers/preview", REFUSED, "staff", PLAN),
    "doHandover": Entry("POST", "/api/v1/handovers", REFUSED, "staff", {**PLAN, "reason": "试", "digest": "sha256:0"}),
    "importFile": Entry("POST", "/api/v1/imports", OK, form={"dry_run": "true"}, upload=True),
    **SUITABILITY,
    **SUITABILITY_PAGES,
    **SERVICES,
    **EFFECT,
    **DELIVERIES, **MOT, **TASK_PAGES, **SCENARIO_PAGES,
    **SUITABILITY_WATCH,
    "listTrail": get("/api/v1/trail"),
    "getRecordTrail": get("/api/v1/trail/records/user", query={"id": "u-advisor"}),
    # pages
    "home": get("/", good=frozenset({307})),
    "sign_out": Entry("POST", "/sign-out", SEEN, form={}),
    "own_sessions": get("/me/sessions"),
    "end_session": Entry("POST", "/me/sessions/nobodys/end", frozenset({404}), form={}),
    "password_page": get("/me/password"),
    "change_password": Entry("POST", "/me/password", REFUSED, form={"old": "x", "new": "y"}),
    "accounts_page": get("/accounts"),
    "account_page": get("/accounts/{account}", "client"),
    "account_file": get("/accounts/{account}/report.json", "client"),
    "register_page": get("/reports"),
    "account_reports_page": get("/accounts/{account}/reports", "client"),
    "issue": Entry("POST", "/accounts/{account}/reports", SEEN, "client", form={}),
    "report_page": get("/reports/{report}", "client"),
    "report_file": get("/reports/{report}/report.json", "client"),
    "agreement_page": get("/accounts/{account}/agreements/new", "client"),
    "record": Entry("POST", "/accounts/{account}/agreements", REFUSED, "client", form={"finding": "NO_SUCH"}),
    **STAFF_PAGES,
    **SERVICE,
    **HOUSEHOLD_PAGES,
    **GRADES,
    **ADVISORS,
}
