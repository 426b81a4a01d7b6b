"""The walk's entries for the pages of tasks: none is there, so whatever is asked of one is not found."""

from __future__ import annotations

from typing import Final

from tests.api.steps import REFUSED, Entry, get

MISSING: Final = frozenset({404})
TASK: Final = "/tasks/T0000999"
RECORD: Final = {
    "way": "PHONE", "contacted_on": "2024-01-02", "contacted_at": "10:00", "content": "试", "feedback": "DONE",
}  # fmt: skip

TASK_PAGES: Final[dict[str, Entry]] = {
    "tasks_page": get("/tasks"),
    "bulk_tasks_page": Entry("POST", "/tasks/bulk", form={"pick": "T0000999.1", "deed": "ACCEPT"}),
    "add_own_page": Entry("POST", "/tasks/own", REFUSED, form={"client_no": "C0001", "name": "试", "note": "试"}),
    "task_page": Entry("GET", TASK, MISSING),
    "task_suitability_page": Entry("GET", TASK + "/suitability", MISSING),
    "record_task_page": Entry("POST", TASK + "/record", MISSING, form=RECORD),
    "assign_task_page": Entry("POST", TASK + "/owner", MISSING, form={"staff_no": "S2"}),
    "move_task_page": Entry("POST", TASK + "/accept", MISSING, form={}),
    "team_page": get("/team"),
    "assign_together_page": Entry("POST", "/team/assign", form={"pick": "T0000999.1", "staff_no": "S2"}),
}
