"""Tables that belong to no package of `kit`: loaded here so that migrations see them."""

from __future__ import annotations

from kit.marks import DatabaseMarkRow

__all__ = ["DatabaseMarkRow"]
