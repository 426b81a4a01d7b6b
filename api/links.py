"""`Link` headers for cursor paging."""

from __future__ import annotations

from fastapi import Request, Response


def next_link(request: Request, response: Response, cursor: str | None) -> None:
    """Name the following page in the `Link` header (RFC 8288), keeping every other query parameter."""
    if cursor is not None:
        target = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{target.path}?{target.query}>; rel="next"'
