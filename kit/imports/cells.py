"""Cells of real files: numbers with separators, dates in many forms, codes in Excel armour.

Exact, or refused by name.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from kit.imports.result import Refused, Remarks
from kit.money import LARGEST, SCALE_DIGITS

_ARMOUR = re.compile(r'^=\s*"(.*)"$')
_GROUPED = re.compile(r"^\d{1,3}(,\d{3})+(\.\d*)?$")
_PLAIN = re.compile(r"^(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$")
_SIMPLE = re.compile(r"^(-?)(\d{1,12})(?:\.(\d{1,6}))?$", re.ASCII)  # most numbers, read without Decimal
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_DAY_PACKED = re.compile(r"^\d{8}(\.0+)?$")
_SERIAL = re.compile(r"^\d{5}(\.\d+)?$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?$")
_EMPTY = frozenset(("", "-", "--", "—", "——", "null", "NULL", "None", "nan", "NaN", "N/A", "#N/A"))
_EXCEL_EPOCH = date(1899, 12, 30)
_LONGEST_NUMBER = 40
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
DAY_FORMS = "应为日期，如 2024-01-02、20240102 或 2024/1/2"
MOMENT_FORMS = "应为日期或日期加时间，如 2024-01-02、20240102、2024/1/2 09:30:00 或 2024-01-02T01:30:00Z"
NUMBER_FORMS = "应为数字，如 1234.56 或 1,234.56"
ROUNDED = "小数超过六位，已四舍五入到六位"


def clean(text: str) -> str:
    """A cell without surrounding blanks, full-width forms and Excel armour (`="000001"`, leading
    apostrophe).
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\ufeff", "")
    text = text.strip()
    if text.startswith("="):
        armoured = _ARMOUR.match(text)
        text = armoured.group(1).strip() if armoured else text
    return text[1:] if len(text) > 1 and text[0] == "'" else text


def is_empty(text: str) -> bool:
    """Whether the cell says nothing (blank, a dash, null)."""
    return text in _EMPTY


def number(text: str, column: str) -> Decimal:
    """The number a cell holds, exactly. Raises Refused."""
    body = text.replace("−", "-").replace("¥", "").replace("￥", "").replace(" ", "")
    negative = body.startswith("-") or (body.startswith("(") and body.endswith(")"))
    if body.startswith("(") and body.endswith(")"):
        body = body[1:-1]
    elif body[:1] in ("+", "-"):
        body = body[1:]
    if len(text) > _LONGEST_NUMBER:
        raise Refused(column, text[:_LONGEST_NUMBER] + "…", NUMBER_FORMS)
    if _GROUPED.match(body):
        body = body.replace(",", "")
    elif not _PLAIN.match(body):
        raise Refused(column, text, NUMBER_FORMS)
    try:
        value = Decimal(body)
    except InvalidOperation as error:
        raise Refused(column, text, NUMBER_FORMS) from error
    return -value if negative else value


def scaled(text: str, column: str, remarks: Remarks, line: int) -> int:
    """The number in millionths; more than six decimals are rounded half up and named. Raises Refused."""
    if simple := _SIMPLE.match(text):
        digits = int(simple[2] + (simple[3] or "").ljust(SCALE_DIGITS, "0"))
        return -digits if simple[1] else digits
    value = number(text, column).scaleb(SCALE_DIGITS)
    whole = value.to_integral_value(rounding=ROUND_HALF_UP)
    if whole != value:
        remarks.note(f"{column}：{ROUNDED}", line)
    if abs(whole) > LARGEST:
        raise Refused(column, text, "超出账本能记的范围（约 9.2 万亿）")
    return int(whole)


def day(text: str, column: str) -> date:
    """The calendar day a cell holds; a time of day after it must be midnight. Raises Refused."""
    found, clock = _day_and_rest(text, column, DAY_FORMS)
    if clock and _clock_or_none(clock) != time():
        raise Refused(column, text, "应为日期，此处还带着时间")
    return found


@dataclass(frozen=True, slots=True)
class When:
    """A day in the venue's zone, and the moment in UTC where a time of day is known."""

    day: date
    at: datetime | None


def when(text: str, column: str, zone: ZoneInfo, clock: str = "") -> When:
    """A day or moment.

    A zone in the text wins, else `zone`; `clock` is a separate time column. Raises Refused.
    """
    if "T" in text and (text.endswith("Z") or re.search(r"[+-]\d{2}:?\d{2}$", text)):
        return _zoned(text, column, zone)
    found, rest = _day_and_rest(text, column, MOMENT_FORMS)
    spoken = clock or rest
    if not spoken:
        return When(found, None)
    told = _clock_or_none(spoken)
    if told is None:
        raise Refused(column, spoken, "应为时间，如 09:30:05 或 093005")
    if told == time():  # midnight is how software writes a day without a time
        return When(found, None)
    local = datetime.combine(found, told, tzinfo=zone)
    return When(found, local.astimezone(UTC))


def _zoned(text: str, column: str, zone: ZoneInfo) -> When:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(column, text, MOMENT_FORMS) from error
    return When(moment.astimezone(zone).date(), moment.astimezone(UTC))


def _day_and_rest(text: str, column: str, expected: str) -> tuple[date, str]:
    head, _, rest = text.replace("T", " ", 1).partition(" ")
    try:
        if parts := _DAY.match(head):
            found = date(int(parts[1]), int(parts[2]), int(parts[3]))
        elif _DAY_PACKED.match(head):
            found = date(int(head[:4]), int(head[4:6]), int(head[6:8]))
        elif _SERIAL.match(head) and not rest:
            found, rest = _serial(head)
        else:
            raise Refused(column, text, expected)
    except (ValueError, OverflowError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(column, text, f"没有这一天；{expected}") from error
    if not _FIRST_YEAR <= found.year < _LAST_YEAR:
        raise Refused(column, text, f"年份不合理；{expected}")
    return found, rest.strip()


def _serial(head: str) -> tuple[date, str]:
    whole, _, fraction = head.partition(".")
    seconds = round(Decimal(f"0.{fraction or 0}") * 86_400)
    clock = "" if not seconds else str(timedelta(seconds=int(seconds)))
    return _EXCEL_EPOCH + timedelta(days=int(whole)), clock


def _clock_or_none(text: str) -> time | None:
    """HH:MM[:SS], HHMMSS, or HHMMSScc as some brokers write; leading zeros may be lost."""
    text = text.strip()
    try:
        if parts := _CLOCK.match(text):
            return time(int(parts[1]), int(parts[2]), int(parts[3] or 0))
        if text.isdigit() and len(text) <= 8:
            packed = text.zfill(8)[:6] if len(text) > 6 else text.zfill(6)
            return time(int(packed[:2]), int(packed[2:4]), int(packed[4:]))
    except ValueError:
        return None
    return None
