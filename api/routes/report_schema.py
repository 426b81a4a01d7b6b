"""What the document says of a report as data; the whole of it is described in docs/metrics.md."""

from __future__ import annotations

from typing import Any, Final

from reports.files import MEDIA_TYPES

REPORT_SCHEMA: Final = {
    "type": "object",
    "required": ["format", "account_no", "metrics"],
    "properties": {
        "format": {"type": "string"}, "account_no": {"type": "string"},
        "metrics": {"type": "object", "description": "指标，按编号；见 docs/metrics.md"},
    },
}  # fmt: skip


def report_content(*formats: str) -> dict[str, Any]:
    """For `responses[200]` of a route that gives a report in these formats."""
    schemas = {name: REPORT_SCHEMA if name == "json" else {"type": "string", "format": "binary"} for name in formats}
    content = {MEDIA_TYPES[name].split(";")[0]: {"schema": schema} for name, schema in schemas.items()}
    return {"description": "报告", "content": content}
