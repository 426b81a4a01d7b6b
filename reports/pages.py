"""The Jinja2 environment of every page, and the assets that pages name: one base, one set of tokens."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

TEMPLATES = Path(str(resources.files("templates")))
STATIC = TEMPLATES / "static"
FONTS = TEMPLATES / "fonts"

TONE_CLASS = {"PLAIN": "", "UP": "up", "DOWN": "down", "WARN": "warn", "MUTED": "muted"}


@lru_cache
def asset(name: str) -> str:
    """Address of a file in `templates/static` with its content's hash, so that it may be cached for ever."""
    stamp = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={stamp}"


@lru_cache
def inlined(name: str) -> Markup:
    """Text of a file in `templates/static`, for a page that loads nothing."""
    return Markup((STATIC / name).read_text(encoding="utf-8"))


def stress(text: str, accent: str) -> Markup:
    """`text` escaped, its part `accent` in `<em>`."""
    before, found, after = text.partition(accent) if accent else (text, "", "")
    return Markup("{}<em>{}</em>{}").format(before, found, after) if found else Markup("{}").format(text)


@lru_cache
def environment() -> Environment:
    """Templates with autoescape on; a name that is missing is an error, not an empty string."""
    made = Environment(
        loader=PackageLoader("templates", package_path=""),
        autoescape=select_autoescape(default=True), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals.update(asset=asset, inlined=inlined, tone_class=TONE_CLASS)
    made.filters["stress"] = stress
    return made
