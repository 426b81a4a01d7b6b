"""The report as a JSON file for machines: `metrics` by id at the top level, digest, findings, sections."""

from __future__ import annotations

import json

from reports.model import Report
from reports.plain import report_content

LEADING = ("format", "digest", "account_no", "client_no", "first", "last", "metrics", "findings")
"""What a program looks for first stands first."""


def to_json(report: Report) -> bytes:
    """UTF-8 JSON, indented, the same bytes for the same report.

    `metrics` holds `{value, unit, convention}` or `{withheld}` by id; all that the other files show is here.
    """
    content = report_content(report)
    ordered = {key: content[key] for key in LEADING}
    ordered.update((key, content[key]) for key in sorted(content) if key not in ordered)
    return (json.dumps(ordered, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
