"""A report is data first: what `build` says, `html`, `pdf` and `xlsx` only show.

Every text is final Chinese, already formatted (− for minus, two decimals for a percentage, 万元 from 10,000 up);
renderers never compute and never format a number. Raw values stand beside the text for JSON and Excel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kit.labels import Labelled

FORMAT = "heshi.diagnosis/1"


class Tone(Labelled):
    """How a figure is coloured: UP red and DOWN green as A-share readers expect; a switch changes the pair."""

    PLAIN = "PLAIN", "普通"
    UP = "UP", "涨"
    DOWN = "DOWN", "跌"
    WARN = "WARN", "提示"
    MUTED = "MUTED", "次要"


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    value: float | int | str | None = None
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    align: str = "left"  # left, right
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`collapsed` tables are shown on demand in HTML and in full in PDF and Excel."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    collapsed: bool = False
    empty: str = ""  # what to say when there are no rows
    type: str = "table"


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure. `explain` is the plain sentence for the client, `definition` the convention, on demand."""

    label: str
    text: str
    value: float | None = None
    unit: str = ""
    tone: Tone = Tone.PLAIN
    note: str = ""
    metric: str | None = None
    explain: str = ""
    definition: str = ""
    section: int | None = None  # where the ground of this figure stands


@dataclass(frozen=True, slots=True)
class Figures:
    figures: tuple[Figure, ...]
    type: str = "figures"


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    tone: Tone = Tone.PLAIN
    type: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    tag: str
    text: str
    tone: Tone = Tone.PLAIN
    section: int | None = None
    finding: str | None = None


@dataclass(frozen=True, slots=True)
class Items:
    title: str
    items: tuple[Item, ...]
    empty: str = ""
    ordered: bool = False
    type: str = "items"


@dataclass(frozen=True, slots=True)
class Callout:
    """A boxed agreement, next step or limit."""

    title: str
    aside: str
    text: str
    tone: Tone = Tone.PLAIN
    type: str = "callout"


@dataclass(frozen=True, slots=True)
class Chart:
    """One message a chart. `data` by `kind`:

    radar     axes [{label, score|null, note}]
    lines     x [str], series [{name, values [float|null], role: account|benchmark|money|muted}],
              baseline: float|null, percent: bool
    underwater x [str], values [float <= 0], marks [{x, y, text}]
    calendar  years [int], months [[year, month, ratio]]
    bars      items [{label, value, text, tone}], horizontal: bool, unit; whole: what a full bar is, drawn as a line
    pairs     labels [str], series [{name, values}]                     (two bars per label)
    waterfall steps [{label, value, text, total: bool}], percent: bool
    area      x [str], values [0..1 float], name                        (position over time)
    balance   sides [{title, text, parts [{label, value > 0, text, role}]}], two of them, of equal sums;
              role: own|later|debt|goal|living|net|gap
    """

    id: str
    kind: str
    title: str
    aside: str  # small text at the right of the title: unit, base
    message: str  # the one thing it says
    alt: str  # text alternative with the figures that matter
    data: dict[str, Any]
    table: Table | None = None  # its numbers, on demand
    type: str = "chart"


Block: TypeAlias = Table | Figures | Paragraph | Items | Callout | Chart


@dataclass(frozen=True, slots=True)
class Section:
    number: int
    id: str  # summary return risk allocation selection timing trades behaviour liquidity suitability quality actions …
    title: str
    lead: str  # one sentence that says what this section found
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Masked identities; nothing here identifies a person."""

    title: str  # 账户诊断报告
    client: str  # 张**
    account: str  # 6001****3428
    period: str  # 2024-01-02 至 2024-12-31
    extent: str  # 242 个交易日
    advisor: str
    firm: str
    benchmark: str
    returns_label: str  # 账户收益 or 证券收益（不含资金）


@dataclass(frozen=True, slots=True)
class Summary:
    """The first page: one sentence, why, four figures, two charts, three and three, one agreement, the limits."""

    verdict: str
    verdict_accent: str  # the part of `verdict` to stress; a substring of it, may be empty
    why: str
    figures: tuple[Figure, ...]
    radar: Chart
    curve: Chart
    strengths: Items
    shortcomings: Items
    agreement: Callout
    follow_up: tuple[Callout, ...]  # what became of earlier agreements
    limits: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `digest` is over everything but `register`; `register` says when and by whom it was issued."""

    format: str
    account_no: str
    client_no: str
    first: str
    last: str
    header: Header
    summary: Summary
    sections: tuple[Section, ...]  # 1 to 12, and 13 where a household is on file; 1 holds the summary's details
    metrics: dict[str, dict[str, Any]]  # id -> {value, unit, convention} or {withheld}
    findings: tuple[dict[str, Any], ...]
    versions: dict[str, str]
    risk_notice: str
    digest: str = ""
    register: dict[str, str] = field(default_factory=dict)
