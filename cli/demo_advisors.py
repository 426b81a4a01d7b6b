"""The demo's graded advisors: one line of the summary."""

from __future__ import annotations

from demo.advisor_grades import grade_advisors
from demo.stage import Stage
from kit.access import everything
from kit.db import transaction
from kit.settings import settings
from reports.scorecard.service import ScoreCards


def grade_demo_advisors(stage: Stage) -> str:
    """Grade once; what the terminal says of it."""
    with transaction(stage.url) as session:
        run = grade_advisors(session)
        report = ScoreCards(session, everything(run.last), settings().firm_name).team(run.number)
    return f"{report.verdict.rstrip('。')}；考评 {run.number} {run.state.label}（网页 /advisors）"
