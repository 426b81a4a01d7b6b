"""The demo's annual review at its meeting: opened in its window, called, a few grades changed, some plans written."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlmodel import Session

from clients.grading.review.repository import LineFilter
from clients.grading.review.service import ReviewDesk
from clients.grading.review.types import Arrangement, Edit, Review
from demo.products import CHECKER, MAKER, stamp
from kit.access import everything

GRADED_ON: Final = date(2024, 12, 31)
"""The last day of the generated book: two years later everybody would be dormant."""
MET_ON: Final = date(2025, 3, 26)
PLANS: Final = (
    "专属投资顾问，每月一次资产检视，重要持仓变动当日联系", "季度面谈，定制资产配置方案，优先预约研究员",
    "每月回访，税费与佣金专项优惠，年度家庭财务检视",
)  # fmt: skip
PLANNED: Final = 12
"""A clients who have a plan already; the others are still to be talked about."""


def hold_review(session: Session) -> Review:
    """Open and call the annual review of the demo book, and change a few lines as a meeting would."""
    day = MET_ON
    desk = ReviewDesk(session, everything(day))
    opened = desk.open_annual(day.year, GRADED_ON, stamp(MAKER, day))
    review = desk.convene(opened.number, expected_version=opened.version, stamp=stamp(MAKER, day))
    best = desk.lines(review.number, LineFilter(scheme="ABCD", grade="A"), limit=PLANNED)
    for place, line in enumerate(best):
        _change(desk, review, line.client_no, day, plan=PLANS[place % len(PLANS)])
    middle = desk.lines(review.number, LineFilter(scheme="ABCD", grade="B"), limit=4)
    if len(middle) == 4:
        _change(desk, review, middle[0].client_no, day, grades={"ABCD": "A"}, reason="家庭合并资产已达 A 级平均水平",
                plan=PLANS[0])  # fmt: skip
        _change(desk, review, middle[1].client_no, day, grades={"ABCD": "C"}, reason="近半年资产持续转出，合作意愿下降")
        _change(desk, review, middle[2].client_no, day, policy_action=Arrangement.NEW, policy="佣金优惠一年，期满复核")
        _change(desk, review, middle[3].client_no, day, settlement_action=Arrangement.ADJUST,
                settlement="银证转账限额临时上调，三个月后恢复")  # fmt: skip
    return desk.get(review.number)


def _change(desk: ReviewDesk, review: Review, client_no: str, day: date, **fields: object) -> None:
    version = desk.line(review.number, client_no).version
    edit = Edit(client_no=client_no, expected_version=version, **fields)  # type: ignore[arg-type]
    desk.change(review.number, edit, stamp(CHECKER, day))
