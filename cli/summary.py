"""A report's first page on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports.model import Figure, Items, Report, Tone

COLOURS = {Tone.UP: "red", Tone.DOWN: "green", Tone.WARN: "yellow", Tone.MUTED: "bright_black", Tone.PLAIN: ""}


def print_summary(report: Report, console: Console) -> None:
    """The first page: what became of agreements, the verdict, figures, strengths, shortcomings, what to agree on."""
    head, summary = report.header, report.summary
    console.print(Text.assemble((head.title, "bold"), f"  {head.client}  {head.account}"))
    console.print(Text(f"{head.period}  {head.extent}  {head.returns_label}", style="bright_black"))
    console.print()
    for past in summary.follow_up:
        console.print(Text.assemble((past.title, "bold"), "  ", (past.aside, COLOURS[past.tone] or "cyan")))
        console.print(Padding(Text(past.text, style="bright_black"), (0, 0, 0, 2)))
        console.print()
    console.print(Text(summary.verdict, style="bold"))
    console.print(Text(summary.why, style="bright_black"))
    console.print()
    console.print(figures_table(summary.figures))
    for items in (summary.strengths, summary.shortcomings):
        print_items(items, console)
    console.print()
    console.print(Text(summary.agreement.title, style="bold"))
    console.print(Padding(summary.agreement.text, (0, 0, 0, 2)))
    console.print()
    console.print(Text(summary.limits, style="bright_black"))
    console.print(Text(f"{report.risk_notice}\n{report.digest}", style="bright_black"))


def figures_table(figures: tuple[Figure, ...]) -> Table:
    table = Table.grid(padding=(0, 4, 0, 0))
    table.add_row(*(Text(figure.text, style=f"bold {COLOURS[figure.tone]}".strip()) for figure in figures))
    table.add_row(*(Text(figure.label, style="bright_black") for figure in figures))
    return table


def print_items(items: Items, console: Console) -> None:
    console.print()
    console.print(Text(items.title, style="bold"))
    if not items.items:
        console.print(Padding(Text(items.empty, style="bright_black"), (0, 0, 0, 2)))
    for item in items.items:
        console.print(Padding(Text.assemble(item.title, "  ", (item.tag, COLOURS[item.tone] or "cyan")), (0, 0, 0, 2)))
        console.print(Padding(Text(item.text, style="bright_black"), (0, 0, 0, 4)))
