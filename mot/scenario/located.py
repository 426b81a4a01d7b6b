"""YAML with lines: every value knows the line it stands on, so that a fault names its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from mot.scenario.problems import Fault, ScenarioMalformed

DEEPEST: Final = 16
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same loader, several times faster, where it is


@dataclass(frozen=True)
class Spot:
    """One value of a file: a mapping (`keys`), a list (`items`) or a plain value, and its line (from 1)."""

    line: int
    value: Any = None
    keys: dict[str, Spot] | None = None
    items: tuple[Spot, ...] | None = None
    key_lines: dict[str, int] = field(default_factory=dict)

    def mapping(self, what: str) -> dict[str, Spot]:
        if self.keys is None:
            raise Fault(self.line, f"{what}应为一组键值")
        return self.keys

    def every(self, what: str, at_least: int = 0) -> Iterator[Spot]:
        if self.items is None or len(self.items) < at_least:
            raise Fault(self.line, f"{what}应为列表" + (f"，至少 {at_least} 项" if at_least else ""))
        return iter(self.items)

    def get(self, key: str) -> Spot | None:
        return None if self.keys is None else self.keys.get(key)

    def need(self, key: str, what: str) -> Spot:
        found = self.get(key)
        if found is None:
            raise Fault(self.line, f"{what}缺少 {key}")
        return found

    def only(self, what: str, needed: tuple[str, ...], may: tuple[str, ...] = ()) -> None:
        """Raises Fault for a key that is missing or unknown, at the line of the key."""
        keys = self.mapping(what)
        for key in keys:
            if key not in needed and key not in may:
                raise Fault(self.key_lines[key], f"{what}不认识 {key}；可用：{'、'.join((*needed, *may))}")
        for key in needed:
            self.need(key, what)

    def text(self, what: str, longest: int = 400) -> str:
        if not isinstance(self.value, str) or not self.value.strip() or len(self.value) > longest:
            hint = "；YAML 里的 YES、NO 要加引号" if isinstance(self.value, bool) else ""
            raise Fault(self.line, f"{what}应为 1 至 {longest} 个字的文字{hint}")
        return self.value

    def whole(self, what: str, low: int, high: int) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not low <= self.value <= high:
            raise Fault(self.line, f"{what}应为 {low} 至 {high} 的整数，此处 {self.value!r}")
        return self.value

    def number(self, what: str, low: float, high: float) -> float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool) or not low <= self.value <= high:
            raise Fault(self.line, f"{what}应为 {low:g} 至 {high:g} 的数，此处 {self.value!r}")
        return float(self.value)

    def flag(self, what: str) -> bool:
        if not isinstance(self.value, bool):
            raise Fault(self.line, f"{what}应为 true 或 false，此处 {self.value!r}")
        return self.value


def locate(file: str, text: str) -> Spot:
    """The content of a YAML text with its lines. Raises ScenarioMalformed; a key that stands twice is refused."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise Fault(1, "文件是空的")
        return _spot(loader, node, 0)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioMalformed(file, (Fault(line, f"不是有效的 YAML：{error.problem}"),)) from error
    except Fault as fault:
        raise ScenarioMalformed(file, (fault,)) from fault
    finally:
        loader.dispose()


def _spot(loader: yaml.SafeLoader, node: yaml.Node, depth: int) -> Spot:
    line = node.start_mark.line + 1
    if depth > DEEPEST:
        raise Fault(line, "层次太深，或有循环引用")
    if isinstance(node, yaml.SequenceNode):
        return Spot(line, items=tuple(_spot(loader, one, depth + 1) for one in node.value))
    if not isinstance(node, yaml.MappingNode):
        try:
            return Spot(line, value=loader.construct_object(node))
        except (yaml.YAMLError, ValueError) as error:
            raise Fault(line, f"无法识别的值：{error}") from error
    keys: dict[str, Spot] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in keys:
            raise Fault(key_node.start_mark.line + 1, f"{key} 写了两次")
        keys[key], lines[key] = _spot(loader, value_node, depth + 1), key_node.start_mark.line + 1
    return Spot(line, keys=keys, key_lines=lines)


def plain(spot: Spot) -> Any:
    """The value without its lines."""
    if spot.keys is not None:
        return {key: plain(one) for key, one in spot.keys.items()}
    return [plain(one) for one in spot.items] if spot.items is not None else spot.value
