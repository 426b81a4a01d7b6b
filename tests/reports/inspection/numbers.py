"""A half-year in which everything happened, and one in which nothing did."""

from __future__ import annotations

from suitability.changes.impact import CLASSES
from suitability.levels import ProductLevel
from suitability.tally import Assessing, Calling, Cases, Deciding, People, Rating, Tally

VERSIONS = {"suitability/matching": "sha256:" + "a" * 64, "suitability/bands": "sha256:" + "b" * 64}


def busy(period):
    return Tally(
        period=period,
        people=People(
            clients=12_840, by_class=dict(zip(CLASSES, (1_204, 86, 1_930, 3_120, 4_010, 1_720, 420), strict=True)),
            professional={"PRO_I": 120, "PRO_II": 180, "PRO_III": 50}, expired=312,
        ),
        assessing=Assessing(
            by_form={"natural-20.1": 3_412, "natural-mini.1": 820, "institution-19.1": 64}, under_review=57,
            accepted=49, rejected=5, unreviewed=3, confirmed=4_102, refused={"ASSESS-003": 12, "ASSESS-010": 31},
        ),
        categories={"APPLIED/UPGRADE": 22, "APPLIED/DOWNGRADE": 2, "GRANTED": 18, "REFUSED": 4, "REVOKED": 1},
        permissions={"OPENED": 402, "REFUSED": 61, "PENDING": 18, "REVOKED": 7},
        rating=Rating(
            rated=218, by_level=dict(zip((one.value for one in ProductLevel), (24, 61, 82, 38, 13), strict=True)),
            filed=96, overridden=5, review_due=4,
        ),
        deciding=Deciding(
            by_outcome={"FIRM/ALLOW": 6_120, "FIRM/REFUSE": 1_402, "CLIENT/ALLOW": 3_310, "CLIENT/WARN": 240,
                        "CLIENT/REFUSE": 188},
            by_rule={"SUIT-101": 812, "SUIT-103": 201, "SUIT-112": 402, "SUIT-011": 344, "SUIT-001": 120},
            duties_due=10_260, duties_done=10_214, waiting=9,
        ),
        cases=Cases(
            opened=412, reopened=6, resolved={"CURED": 240, "ACCEPTED": 96, "FALSE_ALARM": 11}, unsettled=71, severe=2,
            overdue=5, by_dimension={"LEVEL": 48, "TERM": 9, "ASSESSMENT": 22},
        ),
        calling=Calling(
            year=period.last.year, frame=9_870, needed=987, sampled=987, done=502,
            in_period={"REACHED": 502, "NO_ANSWER": 61, "WRONG_NUMBER": 4},
            problems=(("2026-04-12", "客户表示没有收到风险揭示书"), ("2026-05-20", "客户不知道自己的风险等级")),
        ),
        changes=(
            {"id": 3, "kind": "RULES", "target": "bands", "title": "按 2026 年新标准调整自然人分数段",
             "from": "2026-04-01", "drafted_by": "赵明", "decided_by": "钱芳", "rollback": False},
            {"id": 5, "kind": "RATING", "target": "P0031", "title": "P0031 调整为 R5", "from": "2026-05-06",
             "drafted_by": "赵明", "decided_by": "孙立", "rollback": False},
        ),
        staff={
            "BRANCHES": 14, "ADVISOR": 88, "CLIENT_MANAGER": 120, "SUPERVISOR": 14, "COMPLIANCE": 6, "UNREGISTERED": 1,
        },
    )  # fmt: skip


def quiet(period):
    nothing = {}
    return Tally(
        period=period,
        people=People(clients=0, by_class=dict.fromkeys(CLASSES, 0), professional=nothing, expired=0),
        assessing=Assessing(
            by_form=nothing, under_review=0, accepted=0, rejected=0, unreviewed=0, confirmed=0, refused=nothing
        ),
        categories=nothing, permissions=nothing,
        rating=Rating(rated=0, by_level={one.value: 0 for one in ProductLevel}, filed=0, overridden=0, review_due=0),
        deciding=Deciding(by_outcome=nothing, by_rule=nothing, duties_due=0, duties_done=0, waiting=0),
        cases=Cases(opened=0, reopened=0, resolved=nothing, unsettled=0, severe=0, overdue=0, by_dimension=nothing),
        calling=Calling(
            year=period.last.year, frame=0, needed=0, sampled=0, done=0, in_period=nothing, problems=()
        ),
        changes=(), staff=nothing,
    )  # fmt: skip
