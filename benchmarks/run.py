"""All measurements in one run: `python -m benchmarks.run [--quick] [--only NAME]`.

A whole run writes `benchmarks/README.md`; a part of one, or a quick one whose figures mean nothing, prints only.
A missed budget is no failure of the command: it is written down as missed.
"""

from __future__ import annotations

import argparse
import importlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks import machine
from benchmarks.result import Line, Scale
from benchmarks.table import readme, row
from kit.clock import today

SUBJECTS = (
    "report", "returns", "lots", "imports", "book", "grading", "suitability", "checks", "monitoring", "recheck",
    "trail", "deliveries", "moments", "inbox", "advisors",
)  # fmt: skip
README = Path(__file__).with_name("README.md")


def measure(subject: str, scale: Scale) -> list[Line]:
    """One subject in this process."""
    lines: list[Line] = importlib.import_module(f"benchmarks.{subject}").run(scale)
    return lines


def measure_apart(subject: str, scale: Scale) -> list[Line]:
    """One subject in a process of its own: what it loads, pins or fills is gone afterwards."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, subject, scale).result()


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="small sizes, seconds in all; the figures mean nothing")
    asked.add_argument("--only", choices=SUBJECTS, action="append", help="this subject; may be given several times")
    given = asked.parse_args()
    scale = Scale(quick=given.quick)
    loads = []
    lines: list[Line] = []
    for subject in given.only or SUBJECTS:
        loads.append(machine.load())
        print(f"{subject} …", flush=True)
        for line in measure_apart(subject, scale):
            print(row(line), flush=True)
            lines.append(line)
    if not given.only and not given.quick:
        README.write_text(readme(lines, today(), [*loads, machine.load()]), encoding="utf-8")
        print(f"→ {README}")


if __name__ == "__main__":
    main()
