"""What was wrong with one value of a request, in Chinese: pydantic's kinds of error, each with what was expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

DATE = "须为日期，如 2024-12-31"
MOMENT = "须为带时区的时间，如 2024-12-31T09:30:00+08:00"
TEXTS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项",
    "date_parsing": DATE,
    "date_type": DATE,
    "date_from_datetime_parsing": DATE,
    "date_from_datetime_inexact": DATE,
    "int_parsing": "须为整数",
    "int_type": "须为整数",
    "string_type": "须为文字",
    "json_invalid": "不是合法的 JSON",
    "json_type": "不是合法的 JSON",
    "model_attributes_type": "须为 JSON 对象",
    "model_type": "须为 JSON 对象",
    "dict_type": "须为 JSON 对象",
    "literal_error": "须为 {expected} 之一",
    "enum": "须为 {expected} 之一",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "greater_than": "须大于 {gt}",
    "less_than": "须小于 {lt}",
    "string_too_long": "不能超过 {max_length} 个字",
    "string_too_short": "不能少于 {min_length} 个字",
    "string_pattern_mismatch": "格式不符，须合于 {pattern}",
    "too_long": "不能超过 {max_length} 项",
    "too_short": "不能少于 {min_length} 项",
    "list_type": "须为 JSON 数组",
    "bool_parsing": "须为 true 或 false",
    "bool_type": "须为 true 或 false",
    "float_parsing": "须为数字",
    "float_type": "须为数字",
    "decimal_parsing": "须为数字",
    "decimal_type": "须为数字",
    "datetime_parsing": MOMENT,
    "datetime_type": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "timezone_aware": "时间须带时区",
}


def fault_text(item: Mapping[str, Any]) -> str:
    """The fault of one value as a reader understands it; an unknown kind keeps the library's own words."""
    known = TEXTS.get(item["type"])
    if known is None:
        return str(item["msg"])
    given = {name: str(value) for name, value in item.get("ctx", {}).items()}
    if "expected" in given:
        given["expected"] = _listed(given["expected"])
    return known.format_map(defaultdict(str, given))


def _listed(value: str) -> str:
    """`'a', 'b' or 'c'` as one lists it in Chinese."""
    return value.replace(" or ", ", ").replace(", ", "、").replace("'", "")
