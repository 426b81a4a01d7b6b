"""Curves for charts: few points with every peak and trough that matters; month ends for tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from diagnosis import wording
from reports.model import Cell, Chart, Column, Table
from reports.sections.story import Story
from reports.wordbook import word

DIGITS = 5  # of a drawn ratio or index: far below a pixel


def kept(values: Sequence[float], most: int) -> list[int]:
    """Places to draw: all where few, otherwise first, last, and the lowest and highest of equal stretches."""
    n = len(values)
    if n <= most:
        return list(range(n))
    stretches = max(1, (most - 2) // 2)
    places = {0, n - 1}
    for part in range(stretches):
        stretch = range(n * part // stretches, n * (part + 1) // stretches)
        places.add(min(stretch, key=values.__getitem__))
        places.add(max(stretch, key=values.__getitem__))
    return sorted(places)


def places_of(story: Story) -> list[int]:
    """The places that all curves of one report share."""
    return kept(story.diagnosis.series.index, int(word("WORD-CHART", story.diagnosis.last)["points"]))


def pick(values: Sequence[float], places: Sequence[int], digits: int = DIGITS) -> list[float]:
    return [round(values[place], digits) for place in places]


def labels(points: Sequence[str], places: Sequence[int]) -> list[str]:
    """Days as they are; moments to the minute."""
    return [points[place][:16].replace("T", " ") for place in places]


def month_ends(points: Sequence[str]) -> list[int]:
    """Places of the last point of each month."""
    last_of: dict[str, int] = {}
    for place, point in enumerate(points):
        last_of[point[:7]] = place
    return list(last_of.values())


def curve_table(story: Story, title: str, columns: Sequence[tuple[str, Sequence[float], str]]) -> Table:
    """Month-end figures of curves. columns: (title, values, "index" | "money" | "percent")."""
    series = story.diagnosis.series
    shown: dict[str, Callable[[float], str]] = {
        "index": lambda value: wording.number(value, 4),
        "money": story.money,
        "percent": lambda value: wording.percent(value),
    }
    rows = tuple(
        (
            Cell(series.points[place][:10]),
            *(
                Cell(shown[form](values[place]), round(values[place], 2 if form == "money" else 6))
                for _, values, form in columns
            ),
        )
        for place in month_ends(series.points)
    )
    heads = (Column("日期"), *(Column(name, "right") for name, _, _ in columns))
    return Table(title, heads, rows, note="每月最后一个估值点。", collapsed=True)


def index_chart(story: Story, chart_id: str = "net-value") -> Chart:
    """Unit value of the account beside its benchmark, both 1 before the first return."""
    d = story.diagnosis
    places = places_of(story)
    account = story.returns_label if not d.has_cash else "账户"
    series = [{"name": account, "role": "account", "values": pick(d.series.index, places)}]
    columns: list[tuple[str, Sequence[float], str]] = [(account, d.series.index, "index")]
    told = f"{account} {_change(d.series.index)}"
    if d.series.benchmark:
        series.append({"name": "基准", "role": "benchmark", "values": pick(d.series.benchmark, places)})
        columns.append(("基准", d.series.benchmark, "index"))
        told += f"，基准 {_change(d.series.benchmark)}"
    return Chart(
        chart_id,
        "lines",
        "净值与基准" if d.series.benchmark else "净值",
        "期初 = 1.00" if places else "",
        told if places else "没有净值可画。",
        f"净值曲线，{d.first.isoformat()} 至 {d.last.isoformat()}：{told}。" if places else "没有净值可画。",
        {
            "x": labels(d.series.points, places),
            "series": series if places else [],
            "baseline": 1.0,
            "percent": False,
        },
        curve_table(story, "月末净值", columns) if places else None,
    )


def _change(values: Sequence[float]) -> str:
    """Change since the start at 1, before the first return: what the figures of the report say too."""
    return wording.percent(values[-1] - 1, signed=True) if values else ""
