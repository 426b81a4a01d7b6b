"""A fault of a rule file as whoever drafts it reads it: which rule, what is wrong, the way out. Pure.

The rooms that read rule files tell their faults to programmers; what a draft is likely to do wrong is told here in the
words of the trade. What is not known here is told as it came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import yaml

from kit.rulebook import RuleError

_PARTS: Final[Mapping[str, str]] = {
    "id": "编号 id", "title": "名称 title", "source": "来源 source", "values": "取值 values",
    "read_on": "查阅日 read_on", "confirmed": "是否已核 confirmed",
}  # fmt: skip
_FAULTS: Final = tuple((re.compile(pattern), text) for pattern, text in (
    (r"rule '(?P<rule>[^']+)': (?P<one>\S+) from (?P<first>\d+) leaves a gap after (?P<before>\S+) up to (?P<last>\d+)",
     "规则 {rule}：{before} 止于 {last}，{one} 始于 {first}，中间有空档；各段须首尾相接"),
    (r"rule '(?P<rule>[^']+)': (?P<one>\S+) from (?P<first>\d+) overlaps (?P<before>\S+) up to (?P<last>\d+)",
     "规则 {rule}：{before} 止于 {last}，{one} 始于 {first}，两段重叠；每个得分只能属于一段"),
    (r"rule '(?P<rule>[^']+)' lacks (?P<parts>.+)$", "规则 {rule} 缺少{parts}；每条规则都须写明"),
    (r"rule '(?P<rule>[^']+)' has unknown (?P<names>.+)$", "规则 {rule} 有不认识的栏目 {names}；请删去或改正拼写"),
    (r"rule '(?P<rule>[^']+)' names '(?P<names>[^']+)', which is no band of this file",
     "规则 {rule} 指向 {names}，文件里没有这一套分数段；请先写上，或改用已有的一套"),
    (r"rule '(?P<rule>[^']+)': values must stand in ascending order",
     "规则 {rule} 的各次取值须按生效日由先到后，一日一个"),
    (r"rule '(?P<rule>[^']+)': `from` and `read_on` must be days",
     "规则 {rule} 的 from、read_on 须为日期，如 2027-01-01"),
    (r"rule '(?P<rule>[^']+)': every value is", "规则 {rule} 的每次取值须写成 {{from: 日期, value: 取值}}"),
    (r"rule '(?P<rule>[^']+)' stands twice", "规则 {rule} 出现了两次；一个编号只能有一条"),
    (r"expected a list of rules", "文件须是规则的列表，每条以“- id:”开头"),
    (r"no rule '(?P<rule>[^']+)'", "没有规则 {rule}；请核对编号"),
    (r"the weights of the ten factors add up to (?P<sum>\d+), not (?P<whole>\d+)",
     "十项因素的权重合计 {sum}，须为 {whole}"),
    (r"no scale on (?P<day>\S+) for (?P<names>.+)$", "{day} 缺少这些因素的尺度：{names}"),
    (r"RATE-BANDS: each level once", "规则 RATE-BANDS：R1 至 R5 须各出现一次"),
    (r"RATE-BANDS: bands ascend without gap", "规则 RATE-BANDS：分数段须由 100 至 500 首尾相接，没有空档或重叠"),
))  # fmt: skip


def fault_words(fault: BaseException) -> str:
    """The fault in Chinese where it is one of the known ones, else as it came."""
    where = _place(fault)
    if where:
        return where
    if type(fault) is KeyError:
        return f"缺少 {fault.args[0]}，或者没有这一项；请核对写法"
    told = str(fault)
    for pattern, text in _FAULTS:
        found = pattern.search(told)
        if found:
            return text.format(**{name: _named(name, value) for name, value in found.groupdict().items()})
    return told


def _named(name: str, value: str) -> str:
    if name != "parts":
        return value
    return "、".join(_PARTS.get(part, part) for part in value.split(", "))


def _place(fault: BaseException) -> str:
    """Where a text is no YAML, by line and column from one."""
    cause = fault.__cause__ if isinstance(fault, RuleError) else None
    mark = cause.problem_mark if isinstance(cause, yaml.MarkedYAMLError) else None
    return f"第 {mark.line + 1} 行第 {mark.column + 1} 列起不是合法的 YAML" if mark else ""
