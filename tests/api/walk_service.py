"""The walk's entries for what a grade earns: promises, contacts, load, complaints, surveys, record quality."""

from __future__ import annotations

from typing import Final

from tests.api.steps import MISSING, OK, REFUSED, STALE, Entry, change, get

CLIENT: Final = "/api/v1/clients/{client}"
COMPLAINT: Final = "/api/v1/complaints/{complaint}"
PAGE: Final = "/complaints/{complaint}"
BAD_DAY: Final = {"at": "1999-01-04T10:00:00+08:00", "channel": "PHONE", "purpose": "CARE"}
TOLD: Final = {
    "client_no": "{client}", "received_on": "1999-01-04", "way": "PHONE", "topic": "FEE", "severity": "ORDINARY",
    "content": "试",
}  # fmt: skip
STEP: Final = {"client_no": "C0001", "kind": "CONTACT", "owed_on": "1999-01-04", "measure": "SPREAD",
               "to_on": "1999-01-04"}  # fmt: skip
LATE: Final = {"client_no": "{client}", "answered_at": "1999-01-04T10:00:00+08:00", "score": 5}

SERVICE: Final[dict[str, Entry]] = {
    "getClientService": get(CLIENT + "/service", "client"),
    "listClientContacts": get(CLIENT + "/contacts", "client"),
    "recordClientContact": Entry("POST", CLIENT + "/contacts", REFUSED, "client", BAD_DAY),
    "getServiceLoad": get("/api/v1/service/load"),
    "acceptServiceSteps": Entry("POST", "/api/v1/service/steps", REFUSED, body={"steps": [STEP], "reason": "试"}),
    "undoServiceStep": Entry("POST", "/api/v1/service/steps/999/undo", MISSING, body={"reason": "试"}),
    "listComplaints": get("/api/v1/complaints", query={"limit": "200"}, lists="client_no"),
    "addComplaint": Entry("POST", "/api/v1/complaints", REFUSED, "client", TOLD),
    "getComplaint": get(COMPLAINT, "client"),
    "workComplaint": change("POST", COMPLAINT + "/acts", {"act": "NOTE", "note": "试"}, "client"),
    "reviewComplaint": change("POST", COMPLAINT + "/review", {"agreed": True, "note": "试"}, "client"),
    "listSurveys": get("/api/v1/surveys"),
    "openSurvey": Entry(
        "POST", "/api/v1/surveys", REFUSED,
        body={"code": "W1", "title": "试", "first_on": "2024-01-02", "last_on": "2024-01-01"},
    ),
    "getSurvey": get("/api/v1/surveys/W1"),
    "answerSurvey": Entry("POST", "/api/v1/surveys/W1/answers", REFUSED, "client", LATE),
    "getRecordQuality": get("/api/v1/records/quality"),
    # pages
    "due_page": get("/service"),
    "load_page": get("/service/load"),
    "accept_on_page": Entry("POST", "/service/load/steps", REFUSED, form={"reason": "试"}),
    "undo_on_page": Entry("POST", "/service/load/steps/999/undo", MISSING, form={"reason": "试"}),
    "client_service_page": get("/clients/{client}/service", "client"),
    "new_contact_page": get("/clients/{client}/service/contacts/new", "client"),
    "new_contact": Entry("POST", "/clients/{client}/service/contacts", REFUSED, "client", form={"note": "试"}),
    "complaints_page": get("/complaints"),
    "new_complaint_page": get("/complaints/new"),
    "new_complaint": Entry("POST", "/complaints", REFUSED, form={"client_no": "C0001"}),
    "complaint_page": get(PAGE, "client"),
    "work_complaint_page": Entry("POST", PAGE + "/acts", STALE, "client",
                                 form={"act": "NOTE", "note": "试", "version": "999"}),
    "review_complaint_page": Entry("POST", PAGE + "/review", STALE, "client",
                                   form={"act": "APPROVE", "note": "试", "version": "999"}),
    "surveys_page": get("/surveys"),
    "new_survey_page": get("/surveys/new"),
    "new_survey": Entry("POST", "/surveys", REFUSED, form={"code": "坏 编号"}),
    "survey_page": get("/surveys/W1", good=OK),
    "records_page": get("/records"),
}  # fmt: skip
