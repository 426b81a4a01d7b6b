"""The walk's entries for 适当性: checks, assessments, categories, products, permissions, households, profiles."""

from __future__ import annotations

from typing import Final

from tests.api.steps import OK, REFUSED, SEEN, STALE, Entry, change, get
from tests.api.things import FORM, NONE, UNRATED

API: Final = "/api/v1"
CLIENT: Final = f"{API}/clients/{{client}}"
DECISION: Final = f"{API}/suitability/decisions/{{decision}}"
SHEET: Final = f"{API}/assessment-sessions/{{sheet}}"
RESULT: Final = f"{API}/assessments/{{assessment}}"
APPLICATION: Final = f"{API}/category-applications/{{application}}"
HOUSEHOLD: Final = f"{API}/households/{{household}}"
LATER: Final = "2025-02-01"  # after the day of the tests
PROVEN: Final = {"channel": "APP", "evidence": NONE}
MEMBER: Final = {"member_no": "M9", "role": "CHILD"}


def post(path: str, body: object, about: str = "client", good: frozenset[int] = REFUSED) -> Entry:
    return Entry("POST", path, good, about, body)


SUITABILITY: Final[dict[str, Entry]] = {
    "checkSuitability": post(
        f"{API}/suitability/checks", {"client_no": "{client}", "security_code": "600519", "asked_by": "CLIENT"},
        good=SEEN,
    ),
    "listDecisions": get(f"{API}/suitability/decisions", query={"limit": "200"}, lists="client_no"),
    "getDecision": get(DECISION, "client"),
    "explainDecision": get(DECISION + "/explanation", "client"),
    "replayDecision": post(DECISION + "/replay", None, good=OK),
    "listDuties": get(DECISION + "/duties", "client"),
    "completeDuty": post(DECISION + "/duties/TELL_SIX", PROVEN),
    "confirmDecision": post(DECISION + "/confirmation", PROVEN),
    "listQuestionnaires": get(f"{API}/questionnaires"),
    "getQuestionnaire": get(f"{API}/questionnaires/{FORM}"),
    "startAssessment": post(CLIENT + "/assessment-sessions", {"questionnaire": "institution-19.1"}),
    "getAssessmentSession": get(SHEET, "client"),
    "answerQuestion": post(SHEET + "/answers", {"question": "Q1", "options": ["A"]}),
    "submitAssessment": post(SHEET + "/submission", {}),
    "getCurrentAssessment": get(CLIENT + "/assessment", "client"),
    "listAssessments": get(CLIENT + "/assessments", "client"),
    "listWaitingAssessments": get(f"{API}/assessments/waiting"),
    "getAssessment": get(RESULT, "client"),
    "reviewAssessment": post(RESULT + "/review", {"accepted": True, "reason": "试"}),
    "confirmAssessment": post(RESULT + "/confirmation", {}),
    "getCategory": get(CLIENT + "/category", "client"),
    "listCategoryEvidence": get(CLIENT + "/category/evidence", "client"),
    "fileCategoryEvidence": post(
        CLIENT + "/category/evidence", {"kind": "LICENCE", "as_of": LATER, "document": NONE}
    ),
    "listCategoryApplications": get(CLIENT + "/category/applications", "client"),
    "applyForCategory": post(
        CLIENT + "/category/applications", {"test": "PRO_III_NATURAL", "evidence": [], "document": NONE}
    ),
    "returnToOrdinary": post(CLIENT + "/category/return", {"document": NONE}),
    "revokeCategory": post(CLIENT + "/category/revocation", {"reason": "试"}),
    "getCategoryApplication": get(APPLICATION, "client"),
    "fileCategoryTrial": post(
        APPLICATION + "/trials", {"kind": "KNOWLEDGE_TEST", "score": 90, "taken_on": "2025-01-03", "document": NONE}
    ),
    "decideCategory": post(APPLICATION + "/decision", {"granted": True, "reason": "试"}),
    "getClientInformation": get(CLIENT + "/information", "client"),
    "recordClientInformation": post(
        CLIENT + "/information",
        {"item": "integrity_record", "as_of": LATER, "source": "DOCUMENT", "document": NONE},
    ),
    "listProducts": get(f"{API}/products"),
    "getProduct": get(f"{API}/products/600519.SH"),
    "listRatings": get(f"{API}/products/{UNRATED}/ratings"),
    "rateProduct": post(f"{API}/products/{UNRATED}/ratings", {}, ""),
    "proposeRating": post(
        f"{API}/products/600519.SH/rating-proposals", {"level": "R1", "reason": "试", "effective_from": LATER}, ""
    ),
    "listRatingProposals": get(f"{API}/rating-proposals"),
    "getRatingProposal": get(f"{API}/rating-proposals/1"),
    "decideRating": post(f"{API}/rating-proposals/1/decision", {"approve": True, "reason": "试", "digest": NONE}, ""),
    "listPermissions": get(CLIENT + "/permissions", "client"),
    "getPermission": get(CLIENT + "/permissions/STAR", "client"),
    "applyForPermission": post(CLIENT + "/permissions/STAR/applications", {"disclosed_on": LATER}),
    "closePermission": post(CLIENT + "/permissions/STAR/closing", {"reason": "试", "effective_from": LATER}),
    "listPermissionRecords": get(CLIENT + "/permission-records", "client"),
    "getHousehold": get(CLIENT + "/household", "client"),
    "getSensitivity": get(CLIENT + "/household/sensitivity", "client"),
    "addHousehold": post(
        f"{API}/households",
        {"household_no": "H9", "members": [{**MEMBER, "client_no": "{client}"}], "valid_from": LATER},
    ),
    "addHouseholdMember": change(
        "POST", HOUSEHOLD + "/members", {"member": MEMBER, "valid_from": "2025-01-06"}, "client"
    ),
    "changeHouseholdMember": change("PUT", HOUSEHOLD + "/members/M1", {"role": "SELF"}, "client"),
    "endHouseholdMember": change("POST", HOUSEHOLD + "/members/M1/end", {"last_day": "2025-01-06"}, "client"),
    "getHouseholdItem": get(HOUSEHOLD + "/items/I1", "client"),
    "putHouseholdItem": change(
        "PUT", HOUSEHOLD + "/items/I1",
        {"kind": "ASSET", "category": "CASH", "amount": "1.00", "as_of": "2025-01-06"}, "client",
    ),
    "getProfile": get(CLIENT + "/profile", "client"),
    "fileProfile": post(CLIENT + "/profile", None, good=SEEN),
    "listPolicyStatements": get(CLIENT + "/policy-statements", "client"),
    "draftPolicyStatement": post(CLIENT + "/policy-statements", {"objective": "GROWTH", "expected_return": 9}),
    "getPolicyStatement": get(f"{API}/policy-statements/{{statement}}", "client"),
    "confirmPolicyStatement": post(
        f"{API}/policy-statements/{{statement}}/confirmation", {"shown_digest": NONE}, good=STALE
    ),
}  # fmt: skip
