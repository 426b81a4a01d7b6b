"""What is wrong with a scenario file: every fault with its line."""

from __future__ import annotations

from kit.problems import BadInput, NotFound


class Fault(Exception):
    """One fault at one line of a file."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"第 {line} 行：{text}")
        self.line = line
        self.text = text


class ScenarioMalformed(BadInput):
    """场景文件不合格"""

    title = "Scenario malformed"

    def __init__(self, file: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(
            "；".join(f"{file}:{fault.line}：{fault.text}" for fault in faults),
            file=file, faults=[{"line": fault.line, "text": fault.text} for fault in faults],
        )  # fmt: skip
        self.file = file
        self.faults = faults


class UnknownScenario(NotFound):
    """没有这个场景"""

    title = "Unknown scenario"
