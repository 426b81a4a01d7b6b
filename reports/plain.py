"""A report as plain JSON types and back: canonical JSON is what is stored, and it restores the report."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any

from diagnosis.types import Finding
from kit.digest import SIGNIFICANT, canonical
from reports.model import (
    FORMAT,
    Block,
    Callout,
    Cell,
    Chart,
    Column,
    Figure,
    Figures,
    Header,
    Item,
    Items,
    Paragraph,
    Report,
    Section,
    Summary,
    Table,
    Tone,
)
from reports.problems import UnreadableReport


def plain(value: Any) -> Any:
    """`value` as canonical JSON types in one pass: floats to ten significant digits, dataclasses as dicts.

    The same as `kit.digest.canonical` on what a report may hold, as a test asserts; it runs over tens of
    thousands of values for each report. Raises ValueError for NaN or infinity.
    """
    kind = type(value)
    if kind in ATOMS:
        return value
    if kind is float:
        return rounded(value)
    if kind is tuple or kind is list:
        return [plain(item) for item in value]
    if kind is dict:
        return {str(key): plain(item) for key, item in value.items()}
    names = FIELDS.get(kind)
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, str):  # a tone: a word with a label
        return str(value)
    return canonical(value)


ATOMS = frozenset({str, int, bool, type(None)})


def rounded(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("a report must not hold NaN or infinity: withhold the figure with a reason")
    rounded = float(f"{value:.{SIGNIFICANT}g}")
    return 0.0 if rounded == 0 else rounded


PARTS = (
    Report,
    Header,
    Summary,
    Section,
    Table,
    Column,
    Cell,
    Figures,
    Figure,
    Paragraph,
    Items,
    Item,
    Callout,
    Chart,
    Finding,
)
FIELDS: dict[type, tuple[str, ...]] = {part: tuple(field.name for field in fields(part)) for part in PARTS}


def report_content(report: Report) -> dict[str, Any]:
    """The whole report as canonical JSON types."""
    content: dict[str, Any] = plain(report)
    return content


def canonical_text(content: Any) -> str:
    """What `kit.digest.canonical_json` writes, for content that `plain` has made."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def report_to_text(report: Report) -> str:
    """Canonical JSON of the whole report: one text for one report."""
    return canonical_text(report_content(report))


def report_from_json(text: str) -> Report:
    """The report that `report_to_text` wrote. Raises UnreadableReport for another format."""
    raw = json.loads(text)
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        found = raw.get("format") if isinstance(raw, dict) else type(raw).__name__
        raise UnreadableReport(f"the stored report has format {found!r}; this version reads {FORMAT!r}")
    return Report(
        format=raw["format"],
        account_no=raw["account_no"],
        client_no=raw["client_no"],
        first=raw["first"],
        last=raw["last"],
        header=Header(**raw["header"]),
        summary=_summary(raw["summary"]),
        sections=tuple(_section(section) for section in raw["sections"]),
        metrics=raw["metrics"],
        findings=tuple(raw["findings"]),
        versions=raw["versions"],
        risk_notice=raw["risk_notice"],
        digest=raw["digest"],
        register=raw["register"],
    )


def _section(raw: dict[str, Any]) -> Section:
    return Section(
        raw["number"], raw["id"], raw["title"], raw["lead"], tuple(_block(block) for block in raw["blocks"])
    )


def _summary(raw: dict[str, Any]) -> Summary:
    return Summary(
        **{
            **raw,
            "figures": tuple(_figure(figure) for figure in raw["figures"]),
            "radar": _chart(raw["radar"]),
            "curve": _chart(raw["curve"]),
            "strengths": _items(raw["strengths"]),
            "shortcomings": _items(raw["shortcomings"]),
            "agreement": _toned(Callout, raw["agreement"]),
            "follow_up": tuple(_toned(Callout, callout) for callout in raw["follow_up"]),
        }
    )


def _block(raw: dict[str, Any]) -> Block:
    match raw["type"]:
        case "table":
            return _table(raw)
        case "figures":
            return Figures(tuple(_figure(figure) for figure in raw["figures"]))
        case "paragraph":
            return Paragraph(**{**raw, "tone": Tone(raw["tone"])})
        case "items":
            return _items(raw)
        case "callout":
            return Callout(**{**raw, "tone": Tone(raw["tone"])})
        case "chart":
            return _chart(raw)
    raise UnreadableReport(f"a block of type {raw['type']!r} is unknown to this version")


def _toned(kind: type[Callout], raw: dict[str, Any]) -> Callout:
    return kind(**{**raw, "tone": Tone(raw["tone"])})


def _figure(raw: dict[str, Any]) -> Figure:
    return Figure(**{**raw, "tone": Tone(raw["tone"])})


def _items(raw: dict[str, Any]) -> Items:
    return Items(
        **{**raw, "items": tuple(Item(**{**item, "tone": Tone(item["tone"])}) for item in raw["items"])}
    )


def _table(raw: dict[str, Any]) -> Table:
    rows = tuple(
        tuple(Cell(cell["text"], cell["value"], Tone(cell["tone"])) for cell in row) for row in raw["rows"]
    )
    return Table(**{**raw, "columns": tuple(Column(**column) for column in raw["columns"]), "rows": rows})


def _chart(raw: dict[str, Any]) -> Chart:
    return Chart(**{**raw, "table": _table(raw["table"]) if raw["table"] else None})
