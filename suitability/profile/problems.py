"""What is refused about profiles and statements, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class NoSuchStatement(NotFound):
    """没有这份投资政策声明"""

    title = "No such policy statement"


class StatementRefused(BadInput):
    """投资政策声明不完整或自相矛盾"""

    title = "Policy statement refused"


class StatementSuperseded(Conflict):
    """之后已有新的一份"""

    title = "A newer statement exists"


class OnlyTheClientConfirms(Problem):
    """只能由客户本人确认"""

    status = 403
    title = "Only the client confirms"


class ShownAnother(Problem):
    """客户看到的与登记的不是同一份"""

    status = 412
    title = "Another statement was shown"
