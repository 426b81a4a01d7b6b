"""Diagnosis → Report: twelve sections of final text, one more with a household, the metrics as data, and a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from diagnosis.types import Diagnosis, Finding
from reports.agreements import Agreement
from reports.explain import metric_entry
from reports.family import Family
from reports.masking import mask_name, mask_number
from reports.model import FORMAT, Header, Report, Section
from reports.plain import canonical_text, plain, report_content
from reports.sections import (
    actions,
    allocation,
    behaviour,
    household,
    liquidity,
    quality,
    returns,
    risk,
    selection,
    suitability,
    summary,
    timing,
    trades,
)
from reports.sections.story import Story
from reports.targets import stand
from reports.wordbook import risk_notice, versions
from suitability.held import HeldFit

TITLE = "账户诊断报告"
SECTIONS: tuple[Callable[[Story], Section], ...] = (
    summary.tell,
    returns.tell,
    risk.tell,
    allocation.tell,
    selection.tell,
    timing.tell,
    trades.tell,
    behaviour.tell,
    liquidity.tell,
    suitability.tell,
    quality.tell,
    actions.tell,
)


def build_report(
    diagnosis: Diagnosis,
    *,
    agreements: Sequence[Agreement] = (),
    previous: date | None = None,
    advisor: str = "",
    firm: str = "",
    fit: HeldFit | None = None,
    family: Family | None = None,
) -> Report:
    """The whole report of one diagnosis.

    agreements: earlier 投资共识 of the account; the report opens with what became of them.
    previous: last day of the report before this one, said in the header's extent. advisor: shown masked.
    fit: the client's level beside the holdings of the diagnosis, in their order; None where it was not read.
    family: the client's household; it gives section 13, and the reserve of section 9.
    The same arguments give the same digest on every machine.
    """
    story = Story(diagnosis, tuple(agreements), previous, advisor, firm, fit, family)
    report = Report(
        format=FORMAT,
        account_no=diagnosis.account_no,
        client_no=diagnosis.client_no,
        first=diagnosis.first.isoformat(),
        last=diagnosis.last.isoformat(),
        header=header(story),
        summary=summary.summarise(story),
        sections=tuple(tell(story) for tell in SECTIONS) + household.of_story(story),
        metrics={
            metric_id: metric_entry(metric, story.entry(metric_id).convention)
            for metric_id, metric in diagnosis.metrics.items()
        },
        findings=tuple(_finding(story, finding) for finding in diagnosis.findings),
        versions={**diagnosis.versions, **versions(), **_other_versions(fit, family)},
        risk_notice=risk_notice(diagnosis.last),
    )
    return replace(report, digest=report_digest(report))


def _other_versions(fit: HeldFit | None, family: Family | None) -> dict[str, str]:
    return {**(fit.versions if fit else {}), **(family.versions if family else {})}


def report_digest(report: Report) -> str:
    """Digest over everything but `register` and the digest itself."""
    content = report_content(report)
    del content["digest"], content["register"]
    return "sha256:" + hashlib.sha256(canonical_text(content).encode()).hexdigest()


def header(story: Story) -> Header:
    d = story.diagnosis
    account = mask_number(d.account_no) if len(d.accounts) <= 1 else f"合并 {len(d.accounts)} 个账户"
    extent = f"{d.points} 个交易日" if story.daily else f"{d.points} 个估值时点"
    if story.previous is not None:
        extent += f"，上一份截至 {story.previous}"
    return Header(
        title=TITLE,
        client=mask_name(d.client_name),
        account=account,
        period=f"{d.first} 至 {d.last}",
        extent=extent,
        advisor=mask_name(story.advisor) if story.advisor else "",
        firm=story.firm,
        benchmark=d.benchmark.name if d.benchmark else "无可用基准",
        returns_label=story.returns_label,
    )


def _finding(story: Story, finding: Finding) -> dict[str, Any]:
    """The finding as data, with the figure its target is measured by as it stands today."""
    content: dict[str, Any] = plain(finding)
    if finding.target_metric is None:
        content["target_unit"], content["target_now"] = None, None
    else:
        now = stand(story, finding.target_metric)
        content["target_unit"], content["target_now"] = now.unit, now.value
    return content
