"""How a client reads a measure: its Chinese name and plain sentence, from the diagnosis' own catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diagnosis.conventions import conventions
from diagnosis.types import Metric


@dataclass(frozen=True, slots=True)
class Entry:
    """One measure as the reader meets it."""

    name: str
    sentence: str  # for the client
    convention: str  # for the advisor, on demand


def entry(metric_id: str, metric: Metric | None = None, replaced: Mapping[str, str] | None = None) -> Entry:
    """Name, sentence and convention of a measure; the account's own convention goes first.

    replaced: words of the mainland market and what they are called elsewhere.
    """
    row = conventions().get(metric_id)
    own = metric.convention if metric else ""
    if row is None:
        return Entry(metric_id, "", reworded(own, replaced))
    return Entry(row.name, reworded(row.plain, replaced), reworded(own or row.convention, replaced))


def reworded(text: str, replaced: Mapping[str, str] | None) -> str:
    """`text` with each word replaced as the mapping says."""
    for word, other in (replaced or {}).items():
        text = text.replace(word, other)
    return text
