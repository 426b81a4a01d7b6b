"""The walk's entries for grades and reviews; the book of the walk has none, so what names a review finds nothing."""

from __future__ import annotations

from typing import Final

from tests.api.steps import Entry, get

NOT_THERE: Final = frozenset({404})
REFUSED: Final = frozenset({409, 422})
REVIEW: Final = "/api/v1/grade-reviews/2099"
PAGE: Final = "/grades/reviews/2099"
LINE: Final = "/lines/{client}"


def step(name: str, **body: str) -> Entry:
    return Entry("POST", f"{REVIEW}/{name}", NOT_THERE, body=body or None, version=True)


def sent(name: str, **form: str) -> Entry:
    return Entry("POST", f"{PAGE}/{name}", NOT_THERE, form={"version": "1", **form})


GRADES: Final[dict[str, Entry]] = {
    "getGrades": get("/api/v1/grades"),
    "listGradedClients": get("/api/v1/grades/clients"),
    "getMigration": get(
        "/api/v1/grades/migration", good=REFUSED,
        query={"scheme": "ABCD", "from": "2024-01-02", "to": "2024-01-03"},
    ),
    "getClientGrades": get("/api/v1/clients/{client}/grades", "client"),
    "listGradeReviews": get("/api/v1/grade-reviews"),
    "openGradeReview": Entry("POST", "/api/v1/grade-reviews", REFUSED, body={"reason": "试"}),
    "getGradeReview": get(REVIEW, good=NOT_THERE),
    "getGradeReviewSummary": get(f"{REVIEW}/summary", good=NOT_THERE),
    "listGradeReviewLines": get(f"{REVIEW}/lines", good=NOT_THERE),
    "getGradeReviewLine": get(REVIEW + LINE, "client", good=NOT_THERE),
    "changeGradeReviewLine": Entry("PATCH", REVIEW + LINE, NOT_THERE, "client", {"plan": "试"}, version=True),
    "getGradeReviewSheet": get(f"{REVIEW}/sheet", good=NOT_THERE),
    "takeGradeReviewSheet": Entry("POST", f"{REVIEW}/sheet", NOT_THERE, form={"dry_run": "true"}, upload=True),
    "conveneGradeReview": step("convene"),
    "submitGradeReview": step("submit"),
    "approveGradeReview": step("approve", reason="试"),
    "returnGradeReview": step("return", reason="试"),
    "cancelGradeReview": step("cancel", reason="试"),
    "listGradeAppeals": get(f"{REVIEW}/appeals", good=NOT_THERE),
    "fileGradeAppeal": Entry(
        "POST", f"{REVIEW}/appeals", NOT_THERE, "client",
        {"client_no": "{client}", "scheme": "ABCD", "wanted": "A", "reason": "试"},
    ),
    "getGradeAppeal": get("/api/v1/grade-appeals/999999", good=NOT_THERE),
    "decideGradeAppeal": Entry(
        "POST", "/api/v1/grade-appeals/999999/decision", NOT_THERE, body={"upheld": True, "reason": "试"}, version=True
    ),
    "grades_page": get("/grades"),
    "client_grades_page": get("/clients/{client}/grades", "client"),
    "reviews_page": get("/grades/reviews"),
    "open_page": Entry("POST", "/grades/reviews", REFUSED, form={"reason": "试"}),
    "review_page": get(PAGE, good=NOT_THERE),
    "sheet_file": get(f"{PAGE}/sheet.xlsx", good=NOT_THERE),
    "take_sheet_page": Entry("POST", f"{PAGE}/sheet", NOT_THERE, form={"strict": "1"}, upload=True),
    "convene_page": sent("convene"),
    "submit_page": sent("submit"),
    "approve_page": sent("approve", reason="试"),
    "return_page": sent("return", reason="试"),
    "cancel_page": sent("cancel", reason="试"),
    "appeal_page": sent("appeals", client_no="{client}", scheme="ABCD", wanted="A", reason="试"),
    "decide_page": sent("appeals/999999/decide", upheld="yes", reason="试"),
    "line_page": get(PAGE + LINE, "client", good=NOT_THERE),
    "change_line_page": Entry("POST", PAGE + LINE, NOT_THERE, "client", form={"version": "1", "plan": "试"}),
}
