"""A user's saved views of a list. A bookmark, no business record: it may be overwritten and thrown away."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlmodel import Session

from kit.problems import BadInput, NotFound
from kit.views.repository import view_of, views_of
from kit.views.tables import SavedViewRow

LONGEST_NAME: Final = 20
LONGEST_QUERY: Final = 1000
MOST: Final = 12


class ViewRefused(BadInput):
    """视图不能这样保存"""

    title = "View refused"


class NoSuchView(NotFound):
    """没有这个视图"""

    title = "No such view"


class SavedViews:
    """Views of one user over one session; the commit belongs to the caller."""

    def __init__(self, session: Session, user_id: str) -> None:
        self._session = session
        self._user_id = user_id

    def of(self, place: str) -> list[SavedViewRow]:
        """By name."""
        return views_of(self._session, self._user_id, place)

    def save(self, place: str, name: str, query: str, now: datetime) -> SavedViewRow:
        """Keep the query under the name; a name that is used already gets the new query. Raises ViewRefused."""
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise ViewRefused(f"请给视图起一个不超过 {LONGEST_NAME} 个字的名字")
        if len(query) > LONGEST_QUERY:
            raise ViewRefused(f"条件太长，最多 {LONGEST_QUERY} 个字符")
        known = self.of(place)
        row = next((one for one in known if one.name == name), None)
        if row is None:
            if len(known) >= MOST:
                raise ViewRefused(f"最多保存 {MOST} 个视图；请先删去不用的")
            row = SavedViewRow(user_id=self._user_id, place=place, name=name, query=query, saved_at=now)
        row.query, row.saved_at = query, now
        self._session.add(row)
        self._session.flush()
        return row

    def remove(self, view_id: int) -> None:
        """Raises NoSuchView, for somebody else's too."""
        row = view_of(self._session, self._user_id, view_id)
        if row is None:
            raise NoSuchView(f"没有编号为 {view_id} 的视图，或不是您的")
        self._session.delete(row)
        self._session.flush()
