"""The facts of the machine and its libraries that a figure cannot be read without."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = (
    "numpy", "numba", "pandas", "pyarrow", "psycopg", "sqlalchemy", "typst", "mini-racer", "pyxirr", "quantstats",
    "empyrical-reloaded",
)  # fmt: skip
KIB = 1024


def facts() -> dict[str, str]:
    """Processor, memory, Python and library versions, by name in words."""
    libraries = "，".join(f"{name} {version(name)}" for name in LIBRARIES)
    return {
        "处理器": f"{_processor()}，可用 {len(os.sched_getaffinity(0))} 核",
        "内存": f"{_memory_gib():.0f} GiB",
        "系统": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "库": libraries,
    }


def peak_rss() -> int:
    """Largest resident size of this process so far, bytes. `ru_maxrss` would count the parent's before exec."""
    return _status("VmHWM") * KIB


def load() -> float:
    """Mean number of processes that wanted a core over the last minute."""
    return os.getloadavg()[0]


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


def _processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].split(":", 1)[1].strip() if names else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
