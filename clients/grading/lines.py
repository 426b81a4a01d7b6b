"""Where each part of a YAML text stands, so that a refusal names the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import yaml

Path: TypeAlias = tuple[str | int, ...]


class Lines:
    """The line, counted from 1, of each part by its path: `(0, "values", 0, "value", "bands")`."""

    def __init__(self, text: str) -> None:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        self._at: Mapping[Path, int] = dict(_walk(root, ())) if root is not None else {}

    def of(self, path: Path) -> int:
        """The line of the part, or of the nearest part around it that is known."""
        while path and path not in self._at:
            path = path[:-1]
        return self._at.get(path, 1)


def _walk(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield from _walk(value, inner)
            yield inner, key.start_mark.line + 1  # the key's own line, also where the value begins below it
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield from _walk(value, (*path, place))
