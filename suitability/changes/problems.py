"""Refusals of rule changes: each names what is wrong and the way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchChange(NotFound):
    """没有这项变更"""

    title = "No such change"


class DraftRefused(BadInput):
    """草稿不能成立"""

    title = "Draft refused"


class ChangeDecided(Conflict):
    """变更已有结论"""

    title = "Change already decided"


class PreviewMissing(Conflict):
    """尚未预演"""

    title = "Preview missing"


class PreviewMoved(Conflict):
    """预演之后情况有变"""

    title = "Previewed result has moved"


class SecondPersonNeeded(Conflict):
    """须由另一人批准"""

    title = "Second person needed"


class NothingToRollBack(Conflict):
    """没有可以回滚的变更"""

    title = "Nothing to roll back"
