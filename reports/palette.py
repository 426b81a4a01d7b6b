"""The colours of `templates/static/tokens.css`: one source for pages, charts and PDF."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from reports.model import Tone

Palette = dict[str, str]

TONE_COLOUR = {
    Tone.PLAIN: "brand", Tone.UP: "up", Tone.DOWN: "down", Tone.WARN: "warn", Tone.MUTED: "grey",
}  # fmt: skip


@lru_cache
def palette() -> Palette:
    """Colour by token name in the light theme, `{"ink": "#1b2433", …}`. Raises ValueError when two are equal.

    Names must differ in value, because a drawn chart is recoloured for dark mode by its colours.
    """
    css = resources.files("templates").joinpath("static", "tokens.css").read_text(encoding="utf-8")
    first = css[css.index(":root") : css.index("}")]
    found = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});", first))
    if len(set(found.values())) != len(found):
        raise ValueError("tokens.css: two colour tokens have the same value in the light theme")
    return found


@lru_cache
def _variables() -> tuple[re.Pattern[str], dict[str, str]]:
    names = {colour: f"var(--{name})" for name, colour in palette().items()}
    return re.compile('"(' + "|".join(names) + ')"'), names


def themed(svg: str) -> str:
    """`svg` with token colours as CSS variables, so that it follows the theme of the page around it."""
    pattern, names = _variables()
    return pattern.sub(lambda found: f'"{names[found.group(1)]}"', svg)
