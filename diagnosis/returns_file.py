"""A series of returns or net values as a file tells it: pure parsing, every fault named with its line."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from itertools import pairwise

import numpy as np

from kit.problems import BadInput
from market.types import FloatArray, IntArray

DATE_FORMS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
DATE_COLUMNS = ("date", "日期")
RETURN_COLUMNS = ("return", "收益率")
NAV_COLUMNS = ("nav", "净值", "单位净值", "value", "close")
ENCODINGS = ("utf-8-sig", "gb18030")
SPACINGS = ((4, 252.0, "日"), (10, 52.0, "周"), (45, 12.0, "月"), (135, 4.0, "季"), (500, 1.0, "年"))
"""Largest median number of days between rows, periods per year, and the name of that spacing."""


@dataclass(frozen=True)
class ReturnSeries:
    """Returns by day, ascending. With levels in the file there is one return fewer than rows."""

    days: IntArray  # (n,) date ordinals
    returns: FloatArray  # (n,)
    base: int | None  # ordinal of the day before the first return, where the file says it


def parse_returns(raw: bytes, *, nav: bool | None = False, name: str = "file") -> ReturnSeries:
    """The series of a CSV with the columns date and return (fractions), or date and nav when `nav`.

    With `nav` None the heading decides. Raises BadInput that names the file, the line and what was expected.
    """
    rows = list(csv.reader(StringIO(_decoded(raw, name))))
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise BadInput(f"{name}: 文件是空的")
    header = [cell.strip().lower() for cell in rows[0]]
    nav = not set(RETURN_COLUMNS) & set(header) if nav is None else nav
    at_day, at_value = _columns(header, nav, name)
    pairs: list[tuple[int, float]] = []
    for line, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            pairs.append(_row(row, at_day, at_value, f"{name} 第 {line} 行", nav))
    return _series(pairs, nav, name)


def _decoded(raw: bytes, name: str) -> str:
    for encoding in ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise BadInput(f"{name}: 不是 UTF-8 或 GB18030 编码的文本文件")


def _columns(header: list[str], nav: bool, name: str) -> tuple[int, int]:
    wanted = NAV_COLUMNS if nav else RETURN_COLUMNS
    day = next((header.index(label) for label in DATE_COLUMNS if label in header), None)
    value = next((header.index(label) for label in wanted if label in header), None)
    if day is None or value is None:
        hint = "；文件里是净值时请加 --nav" if not nav and set(NAV_COLUMNS) & set(header) else ""
        raise BadInput(f"{name}: 第 1 行需要 date 与 {wanted[0]} 两列，实际为 {', '.join(header)}{hint}")
    return day, value


def _row(row: list[str], at_day: int, at_value: int, where: str, nav: bool) -> tuple[int, float]:
    if len(row) <= max(at_day, at_value):
        raise BadInput(f"{where}: 列数不足")
    text = row[at_value].strip()
    try:
        value = float(text)
    except ValueError:
        raise BadInput(f"{where}: {text!r} 不是数字，收益率请用小数，例如 0.0123") from None
    if not math.isfinite(value):
        raise BadInput(f"{where}: {text!r} 不是有限的数")
    if nav and value <= 0:
        raise BadInput(f"{where}: 净值须大于零，实际为 {text}")
    if not nav and value < -1:
        raise BadInput(f"{where}: 收益率不能低于 -1，实际为 {text}；百分数请先除以 100")
    return _day(row[at_day].strip(), where), value


def _day(text: str, where: str) -> int:
    for form in DATE_FORMS:
        try:
            return datetime.strptime(text, form).date().toordinal()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    raise BadInput(f"{where}: {text!r} 不是日期，应为 2024-01-31 这样的写法")


def _series(pairs: list[tuple[int, float]], nav: bool, name: str) -> ReturnSeries:
    pairs.sort()
    for (day, _), (following, _) in pairwise(pairs):
        if day == following:
            raise BadInput(f"{name}: 日期 {date.fromordinal(day)} 出现了两次")
    least = 2 if nav else 1
    if len(pairs) < least:
        raise BadInput(f"{name}: 至少需要 {least} 行数据，实际 {len(pairs)} 行")
    days = np.array([day for day, _ in pairs], dtype=np.int64)
    values = np.array([value for _, value in pairs], dtype=np.float64)
    if not nav:
        return ReturnSeries(days, values, None)
    return ReturnSeries(days[1:], values[1:] / values[:-1] - 1, int(days[0]))


def periods_per_year(series: ReturnSeries) -> tuple[float, str]:
    """Periods per year by the median number of days between rows, and the name of that spacing.

    Raises BadInput where one row, or a spacing of more than a year, does not tell.
    """
    days = series.days if series.base is None else np.concatenate([[series.base], series.days])
    if days.size >= 2:
        gap = float(np.median(np.diff(days)))
        for largest, periods, label in SPACINGS:
            if gap <= largest:
                return periods, label
    raise BadInput("无法从日期间隔判断每年期数，请用 --periods-per-year 指定")


def aligned(benchmark: ReturnSeries, series: ReturnSeries) -> FloatArray:
    """The benchmark's return on each day of `series`, NaN where it has none.

    Raises BadInput where their spacings differ: a day's return must not stand beside a month's.
    """
    if min(benchmark.days.size, series.days.size) > 1:
        theirs, ours = periods_per_year(benchmark)[1], periods_per_year(series)[1]
        if theirs != ours:
            raise BadInput(f"基准按{theirs}，序列按{ours}，间隔不同，无法逐期比较；请换成同样间隔的基准")
    days = series.days
    known = dict(zip(benchmark.days.tolist(), benchmark.returns.tolist(), strict=True))
    return np.array([known.get(day, np.nan) for day in days.tolist()], dtype=np.float64)
