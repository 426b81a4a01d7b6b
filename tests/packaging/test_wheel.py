"""An installed copy has everything a checkout has: templates, rules, fonts, web assets, migrations, demo data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
SHIPPED = [  # folder in the checkout, pattern, where it stands in the wheel
    ("templates", "**/*.html", "templates"),
    ("templates", "**/*.typ", "templates"),
    ("templates", "fonts/*.ttf", "templates"),
    ("templates", "fonts/OFL.txt", "templates"),
    ("templates", "static/**/*.css", "templates"),
    ("templates", "static/**/*.js", "templates"),
    ("templates", "static/**/*.woff2", "templates"),
    ("templates", "static/vendor/LICENSES.txt", "templates"),
    *(
        (name, "rules/**/*.*", name)
        for name in ("kit", "market", "clients", "diagnosis", "suitability", "mot", "reports")
    ),
    ("demo", "data/**/*.*", "demo"),
    ("alembic", "**/*.py", "kit/migrations"),
]
LOOK = """
import json, sys
from pathlib import Path
import kit.migrate, templates
from demo.tape import load_tape
from reports.files import FORMATS, write_file
from reports.plain import report_from_json
report = report_from_json(Path(sys.argv[1]).read_text("utf-8"))
sizes = {form: len(write_file(report, form)) for form in FORMATS}
print(json.dumps({
    "sizes": sizes, "days": len(load_tape().days), "templates": templates.__file__,
    "migrations": str(kit.migrate.migrations_dir()),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=HERE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """An environment of its own: the wheel, and beside it the dependencies of this one."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    place = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place)
    # a .pth inside a folder that a .pth names is not read: the checkout stays out of sight
    (place / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


def run(home: Path, *arguments: str, cwd: Path) -> str:
    place = {"PATH": os.environ["PATH"], "HESHI_DATABASE_URL": f"sqlite:///{cwd}/own.db"}
    done = subprocess.run(
        [str(home / "bin" / "python"), *arguments], cwd=cwd, env=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("folder", "pattern", "inside"), SHIPPED)
def test_the_wheel_carries_what_the_checkout_has(wheel, folder, pattern, inside):
    root = HERE / folder
    wanted = {
        f"{inside}/{path.relative_to(root).as_posix()}"
        for path in root.glob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())

    assert wanted, "the checkout has none: run `make setup`"
    assert wanted - names == set()


def test_the_wheel_carries_no_test_and_no_working_file(wheel):
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()

    assert [name for name in names if name.startswith(("tests/", "benchmarks/", "var/", "node_modules/"))] == []
    assert [name for name in names if "__pycache__" in name or name.endswith((".db", ".pyc"))] == []


def test_rules_and_migrations_are_found_from_any_folder(installed, tmp_path):
    rules = json.loads(run(installed, "-m", "cli.main", "rules", "list", "--json", cwd=tmp_path))
    upgraded = run(installed, "-m", "cli.main", "db", "upgrade", cwd=tmp_path)

    assert {"FEE-STAMP", "CAL-XSHG", "VENUE-XMIL"} <= {rule["id"] for rule in rules}
    assert "数据库已是最新" in upgraded
    assert (tmp_path / "own.db").is_file()


def test_reports_and_demo_data_are_made_from_any_folder(installed, tmp_path):
    golden = HERE / "tests" / "golden" / "report-full.json"
    told = json.loads(run(installed, "-c", LOOK, str(golden), cwd=tmp_path))

    assert all(size > 10_000 for size in told["sizes"].values())
    assert told["days"] == 1_212
    assert told["templates"].startswith(str(installed))
    assert told["migrations"].startswith(str(installed))
