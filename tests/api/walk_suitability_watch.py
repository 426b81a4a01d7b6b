"""The walk's entries for mismatch cases, callbacks, self-inspections and rule changes by the API."""

from __future__ import annotations

from typing import Final

from tests.api.steps import REFUSED, STALE, Entry, change, get

API: Final = "/api/v1/suitability"
CASE: Final = f"{API}/cases/{{case}}"
SAMPLES: Final = f"{API}/callback-samples"
INSPECTIONS: Final = f"{API}/inspections"
CHANGES: Final = f"{API}/rule-changes"
NOBODY: Final = "999999"
NOT_THERE: Final = frozenset({404})
NOTE: Final = {"note": "试"}
SINCE: Final = "2025-02-03"


def deed(place: str, body: object = NOTE) -> Entry:
    """A change of a case under a version that nobody has."""
    return change("POST", f"{CASE}/{place}", body, "client")


def missing(path: str, body: object = None) -> Entry:
    return Entry("POST", path, NOT_THERE, body=body)


SUITABILITY_WATCH: Final[dict[str, Entry]] = {
    "listCases": get(f"{API}/cases", query={"limit": "200"}, lists="client_no"),
    "getCase": get(CASE, "client"),
    "assignCase": Entry(  # an adviser works cases and gives none away
        "PUT", f"{CASE}/owner", STALE | {403}, "client", {"staff_no": "S2"}, version=True
    ),
    "escalateCase": deed("escalation"),
    "recordContact": deed("contacts", {"channel": "PHONE", **NOTE}),
    "fileCaseEvidence": deed("evidence"),
    "resolveCase": deed("resolution", {"resolution": "FALSE_ALARM", **NOTE}),
    "approveCaseResolution": deed("resolution/approval"),
    "returnCaseResolution": deed("resolution/return"),
    "reopenCase": deed("reopening"),
    "getCallbackYear": get(f"{API}/callback-years/2025"),
    "getCallbackFrame": get(f"{API}/callback-years/2025/frame"),
    "listCallbackSamples": get(SAMPLES),
    "drawCallbackSample": Entry("POST", SAMPLES, REFUSED, body={"year": 2030}),
    "getCallbackSample": get(f"{SAMPLES}/{NOBODY}", good=NOT_THERE),
    "listCallbackClients": get(f"{SAMPLES}/{NOBODY}/clients", good=NOT_THERE),
    "recordCallback": missing(f"{SAMPLES}/{NOBODY}/calls", {"client_no": "C0001", "outcome": "REACHED"}),
    "redrawCallbackSample": get(f"{SAMPLES}/{NOBODY}/redraw", good=NOT_THERE),
    "listInspections": get(INSPECTIONS),
    "makeInspection": Entry("POST", INSPECTIONS, REFUSED, body={"half": "2030H1"}),
    "getInspection": get(f"{INSPECTIONS}/{NOBODY}", good=NOT_THERE),
    "getInspectionFile": get(f"{INSPECTIONS}/{NOBODY}/file", good=NOT_THERE),
    "listRuleFiles": get(f"{API}/rule-files"),
    "getRuleFile": get(f"{API}/rule-files/matching"),
    "listRuleChanges": get(CHANGES),
    "draftRuleChange": Entry("POST", CHANGES, REFUSED, body={
        "kind": "RULES", "file": "matching", "title": "试", "text": "[]", "reason": "试", "effective_from": SINCE,
    }),
    "getRuleChange": get(f"{CHANGES}/{NOBODY}", good=NOT_THERE),
    "previewRuleChange": missing(f"{CHANGES}/{NOBODY}/preview"),
    "approveRuleChange": missing(f"{CHANGES}/{NOBODY}/approval", {"shown": "sha256:0", "reason": "试"}),
    "refuseRuleChange": missing(f"{CHANGES}/{NOBODY}/refusal", {"reason": "试"}),
    "rollBackRuleChange": missing(f"{CHANGES}/{NOBODY}/rollback", {"reason": "试", "effective_from": SINCE}),
}  # fmt: skip
