"""The walk's entries for advisors' grades; the walk's house has graded nobody, so what names a run finds nothing."""

from __future__ import annotations

from typing import Final

from tests.api.steps import Entry, get

NOT_THERE: Final = frozenset({404})
REFUSED: Final = frozenset({409, 422})
RUN: Final = "/api/v1/advisors/periods/2098Q4"
CARD: Final = RUN + "/cards/{staff}"
APPEAL: Final = "/api/v1/advisors/appeals/999999"
PAGE: Final = "/advisors/2098Q4"


def step(name: str, **body: str) -> Entry:
    return Entry("POST", f"{RUN}/{name}", NOT_THERE, body=body or None, version=True)


def sent(name: str, **form: str) -> Entry:
    return Entry("POST", f"{PAGE}/{name}", NOT_THERE, form={"version": "1", **form})


PROOF: Final = [{"kind": "STATEMENT", "text": "试"}]
ADVISORS: Final[dict[str, Entry]] = {
    "listAdvisorRuns": get("/api/v1/advisors/periods"),
    "runAdvisorPeriod": Entry("POST", "/api/v1/advisors/periods", REFUSED, body={"period": "2098Q4"}),
    "getAdvisorRun": get(RUN, good=NOT_THERE),
    "listScoreCards": get(f"{RUN}/cards", good=NOT_THERE),
    "getScoreCard": get(CARD, "staff", good=NOT_THERE),
    "getScoreCardRows": get(f"{CARD}/rows/mau", "staff", good=NOT_THERE),
    "getAdvisorMoves": get("/api/v1/advisors/moves"),
    "getScoreCardReport": get(f"{CARD}/report", "staff", good=NOT_THERE),
    "getAdvisorTeamReport": get(f"{RUN}/report", good=NOT_THERE),
    "submitAdvisorRun": step("submit"),
    "approveAdvisorRun": step("approve", digest="sha256:00"),
    "returnAdvisorRun": step("return", reason="试"),
    "cancelAdvisorRun": step("cancel", reason="试"),
    "publishAdvisorRun": Entry("POST", f"{RUN}/publish", NOT_THERE, body={}, version=True),
    "listAdvisorAppeals": get(f"{RUN}/appeals", good=NOT_THERE),
    "fileAdvisorAppeal": Entry(
        "POST", f"{CARD}/appeals", NOT_THERE, "staff", {"wanted": "L4", "reason": "试", "evidence": PROOF}
    ),
    "getAdvisorAppeal": get(APPEAL, good=NOT_THERE),
    "decideAdvisorAppeal": Entry(
        "POST", f"{APPEAL}/decision", NOT_THERE, body={"upheld": True, "reason": "试"}, version=True
    ),
}
NOTE: Final = "录音查实"
ADVISORS |= {
    "listAdvisorConduct": get("/api/v1/advisors/conduct"),
    "listAdvisorTraining": get("/api/v1/advisors/training"),
    "recordAdvisorConduct": Entry(
        "POST", "/api/v1/advisors/conduct", frozenset({201}), "staff",
        {"staff_no": "{staff}", "code": "MISLEADS", "day": "2024-11-12", "note": NOTE},
    ),
    "recordAdvisorTraining": Entry(
        "POST", "/api/v1/advisors/training", frozenset({201}), "staff",
        {"staff_no": "{staff}", "kind": "TRAINING", "day": "2024-11-12", "title": "资产配置", "hours": 4},
    ),
    "withdrawAdvisorEntry": Entry(
        "POST", "/api/v1/advisors/register/XW0999999/withdrawal", NOT_THERE, body={"reason": "试"}
    ),
    "advisor_register_page": get("/advisors/register"),
    "record_conduct_page": Entry(
        "POST", "/advisors/register/conduct", frozenset({303}), "staff",
        form={"staff_no": "{staff}", "code": "MISLEADS", "day": "2024-11-12", "note": NOTE},
    ),
    "record_training_page": Entry(
        "POST", "/advisors/register/training", frozenset({303}), "staff",
        form={"staff_no": "{staff}", "day": "2024-11-12", "title": "资产配置", "hours": "4"},
    ),
    "withdraw_entry_page": Entry(
        "POST", "/advisors/register/withdraw", NOT_THERE, form={"number": "PX0999999", "reason": "试"}
    ),
    "advisors_page": get("/advisors"),
    "run_advisors_page": Entry("POST", "/advisors", REFUSED, form={"period": "2098Q4"}),
    "advisor_run_page": get(PAGE, good=NOT_THERE),
    "advisor_team_file": get(f"{PAGE}/report.pdf", good=NOT_THERE),
    "submit_advisors_page": sent("submit"),
    "approve_advisors_page": sent("approve", digest="sha256:00"),
    "return_advisors_page": sent("return", reason="试"),
    "cancel_advisors_page": sent("cancel", reason="试"),
    "publish_advisors_page": sent("publish"),
    "score_card_page": get(PAGE + "/cards/{staff}", "staff", good=NOT_THERE),
    "score_card_rows_page": get(PAGE + "/cards/{staff}/rows/mau", "staff", good=NOT_THERE),
    "advisor_moves_page": get("/advisors/moves"),
    "score_card_file": get(PAGE + "/cards/{staff}/report.pdf", "staff", good=NOT_THERE),
    "appeal_advisors_page": Entry(
        "POST", PAGE + "/cards/{staff}/appeals", NOT_THERE, "staff", form={"wanted": "L4", "reason": "试"}
    ),
    "decide_advisors_page": Entry(
        "POST", "/advisors/appeals/999999/decide", NOT_THERE, form={"version": "1", "upheld": "yes", "reason": "试"}
    ),
}
