"""`heshi measure`: the measures of any series of returns or net values."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from diagnosis.conventions import conventions
from diagnosis.measures.series_file import metrics_of_series
from diagnosis.returns_file import ReturnSeries, aligned, parse_returns, periods_per_year
from diagnosis.types import Metric, Unit
from diagnosis.wording import number, percent
from kit.problems import BadInput

LARGEST_BYTES = 64_000_000


def measure(
    returns: Annotated[Path, typer.Argument(help="CSV 文件，列为 date,return（小数）；净值文件加 --nav")],
    nav: Annotated[bool, typer.Option("--nav", help="文件里是净值（列为 date,nav）")] = False,
    benchmark: Annotated[Path | None, typer.Option(help="基准文件，列为 date,return 或 date,nav")] = None,
    periods: Annotated[
        float | None, typer.Option("--periods-per-year", min=0.1, help="每年期数；不写则按日期间隔判断")
    ] = None,
    mar: Annotated[float, typer.Option(min=-1.0, help="最低可接受收益，每期，小数")] = 0.0,
    risk_free: Annotated[float, typer.Option(min=-0.99, help="无风险利率，每年，小数")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """计算一段收益率或净值序列的全部指标；口径见 docs/metrics.md。"""
    series = read_series(returns, nav)
    compared = aligned(read_series(benchmark, None), series) if benchmark else None
    chosen, spacing = (periods, "指定") if periods else periods_per_year(series)
    metrics = metrics_of_series(
        series.returns, compared, periods_per_year=chosen, acceptable=mar, risk_free=risk_free
    )
    facts: dict[str, str | float | int] = {
        "first": date.fromordinal(int(series.days[0])).isoformat(),
        "last": date.fromordinal(int(series.days[-1])).isoformat(),
        "periods": int(series.returns.size),
        "periods_per_year": chosen,
        "periods_per_year_by": "given" if periods else f"inferred from dates ({spacing})",
        "mar": mar,
        "risk_free": risk_free,
    }
    if as_json:
        json.dump({"metrics": as_objects(metrics), "series": facts}, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
        return
    print_metrics(metrics, facts, spacing, Console())


def read_series(path: Path, nav: bool | None) -> ReturnSeries:
    """The series in `path`. Raises BadInput where it cannot be read."""
    if not path.is_file():
        raise BadInput(f"找不到文件 {path}")
    if path.stat().st_size > LARGEST_BYTES:
        raise BadInput(f"{path.name}: 文件超过 {LARGEST_BYTES // 1_000_000} MB，不像是一段收益率序列")
    return parse_returns(path.read_bytes(), nav=nav, name=path.name)


def as_objects(metrics: dict[str, Metric]) -> dict[str, dict[str, str | float | None]]:
    """Each measure as {value, unit, convention} or {withheld}."""
    return {
        name: {"withheld": metric.withheld}
        if metric.withheld is not None
        else {"value": metric.value, "unit": metric.unit, "convention": metric.convention}
        for name, metric in metrics.items()
    }


def print_metrics(
    metrics: dict[str, Metric], facts: dict[str, str | float | int], spacing: str, console: Console
) -> None:
    """What can be given as a table, then what cannot with its reasons."""
    table = Table(title=f"{facts['first']} 至 {facts['last']}，{facts['periods']} 期", title_justify="left")
    table.add_column("指标")
    table.add_column("数值", justify="right")
    table.add_column("口径", overflow="fold")
    for name, metric in metrics.items():
        if metric.value is not None:
            table.add_row(conventions()[name].name, shown(metric), metric.convention)
    console.print(table)
    console.print(f"每年期数 {facts['periods_per_year']:g}（{spacing}）", highlight=False)
    for reason, names in reasons(metrics).items():
        console.print(f"未给出：{'、'.join(names)}。{reason}。", highlight=False)


def reasons(metrics: dict[str, Metric]) -> dict[str, list[str]]:
    """Names of the measures that are withheld, by reason."""
    by_reason: dict[str, list[str]] = {}
    for name, metric in metrics.items():
        if metric.withheld is not None:
            by_reason.setdefault(metric.withheld, []).append(conventions()[name].name)
    return by_reason


def shown(metric: Metric) -> str:
    """The value as a person reads it."""
    assert metric.value is not None
    return percent(metric.value) if metric.unit == Unit.RATIO.value else number(metric.value, 4)
