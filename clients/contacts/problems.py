"""What is refused about contacts, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict


class ContactRefused(BadInput):
    """接触记录不完整或自相矛盾"""

    title = "Contact refused"


class ContactKnown(Conflict):
    """这次接触已经登记"""

    title = "Contact registered already"
