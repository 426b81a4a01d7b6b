"""The walk's entries for events, tasks and scenarios: no task and no scenario is there, so one is not found."""

from __future__ import annotations

from typing import Final

from tests.api.steps import REFUSED, SEEN, Entry, get

MISSING: Final = frozenset({404})
TASK: Final = "/api/v1/tasks/T0000999"
VERSION: Final = "/api/v1/scenarios/no-such/versions/0123456789ab"
WISHES: Final = "/api/v1/clients/{client}/contact-wishes"
SPAN: Final = {"first": "2024-01-02", "last": "2024-01-03"}
RECORD: Final = {"way": "PHONE", "contacted_at": "2024-01-02T10:00:00+08:00", "content": "试", "feedback": "DONE"}
TASKS: Final = [{"task": "T0000999", "version": 1}]

MOT: Final[dict[str, Entry]] = {
    "tellEvent": Entry(
        "POST", "/api/v1/events", REFUSED, "client",
        {"client_no": "{client}", "kind": "NO_SUCH_KIND", "occurred_on": "2024-01-02"},
    ),
    "listEvents": get("/api/v1/events", query={"limit": "200"}),
    "getContactWishes": get(WISHES, "client"),
    "recordContactWishes": Entry("POST", WISHES, SEEN, "client", {}),
    "listTasks": get("/api/v1/tasks", query={"limit": "200"}),
    "listMyTasks": get("/api/v1/tasks/mine"),
    "addTask": Entry(
        "POST", "/api/v1/tasks", frozenset({403, 404, 422}),
        body={"client_no": "NOBODY", "name": "试", "note": "试", "due_on": "2199-01-01"},
    ),
    "moveTasks": Entry("POST", "/api/v1/tasks/moves", body={"tasks": TASKS, "action": "ACCEPT"}),
    "assignTasks": Entry("POST", "/api/v1/tasks/assignments", body={"tasks": TASKS, "staff_no": "S2"}),
    "listSuppressions": get("/api/v1/tasks/suppressions"),
    "listComplianceCopies": get("/api/v1/tasks/compliance-copies"),
    "getTask": Entry("GET", TASK, MISSING),
    "getTaskStory": Entry("GET", TASK + "/story", MISSING),
    "moveTask": Entry("POST", TASK + "/moves", MISSING, body={"action": "ACCEPT"}, version=True),
    "assignTask": Entry("PUT", TASK + "/owner", MISSING, body={"staff_no": "S2"}, version=True),
    "recordService": Entry("POST", TASK + "/records", MISSING, body=RECORD, version=True),
    "listScenarios": get("/api/v1/scenarios"),
    "draftScenario": Entry("POST", "/api/v1/scenarios", REFUSED, body={"text": "id: x"}),
    "getScenario": Entry("GET", VERSION, MISSING),
    "backtestScenario": Entry("POST", VERSION + "/backtest", MISSING, body=SPAN),
    "previewScenario": Entry("POST", VERSION + "/preview", MISSING, body=SPAN, version=True),
    "approveScenario": Entry("POST", VERSION + "/approval", MISSING, body={"note": "试"}, version=True),
    "retireScenario": Entry("POST", VERSION + "/retirement", MISSING, body={"note": "试"}, version=True),
}
