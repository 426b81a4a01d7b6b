"""A report as plain text, top to bottom: what a person reads when a golden file differs."""

from __future__ import annotations

from collections.abc import Iterator

from reports.model import Block, Callout, Chart, Figure, Figures, Items, Paragraph, Report, Table


def outline(report: Report) -> str:
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    head, summary = report.header, report.summary
    yield f"{head.title}  {head.firm}"
    advisor = head.advisor or "——"
    yield f"客户 {head.client}  账户 {head.account}  {head.period}  {head.extent}  投资顾问 {advisor}"
    yield f"基准 {head.benchmark}  {head.returns_label}"
    yield ""
    yield (
        summary.verdict.replace(summary.verdict_accent, f"【{summary.verdict_accent}】")
        if (summary.verdict_accent)
        else summary.verdict
    )
    yield summary.why
    for callout in summary.follow_up:
        yield from _block(callout)
    yield from (_figure(figure) for figure in summary.figures)
    for block in (summary.radar, summary.curve, summary.strengths, summary.shortcomings, summary.agreement):
        yield from _block(block)
    yield f"限制：{summary.limits}"
    for section in report.sections:
        yield ""
        yield f"== {section.number} {section.title} ({section.id})"
        yield section.lead
        for block in section.blocks:
            yield from _block(block)
    yield ""
    yield report.risk_notice


def _figure(figure: Figure) -> str:
    colour = "" if figure.tone == "PLAIN" else f" <{figure.tone.value}>"
    note = f"（{figure.note}）" if figure.note else ""
    return f"  # {figure.label}：{figure.text}{colour}{note} → {figure.section}"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"  {block.text}"
    elif isinstance(block, Figures):
        yield from (_figure(figure) for figure in block.figures)
    elif isinstance(block, Callout):
        yield f"  [{block.title}｜{block.aside}] {block.text}"
    elif isinstance(block, Items):
        yield f"  {block.title}:" + ("" if block.items else f" {block.empty}")
        yield from (f"    - {item.title} «{item.tag}» {item.text} → {item.section}" for item in block.items)
    elif isinstance(block, Chart):
        yield f"  图 {block.kind} {block.title}（{block.aside}）：{block.message}"
        yield f"     {block.alt}"
    elif isinstance(block, Table):
        yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    yield (
        f"  表 {table.title}"
        + ("（折叠）" if table.collapsed else "")
        + (f" {table.empty}" if not table.rows else "")
    )
    if table.rows:
        yield "     " + " | ".join(column.title for column in table.columns)
    yield from ("     " + " | ".join(cell.text for cell in row) for row in table.rows)
    if table.note:
        yield f"     注：{table.note}"
