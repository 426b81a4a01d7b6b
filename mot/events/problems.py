"""Why an event is not taken, by name."""

from __future__ import annotations

from kit.problems import BadInput


class UnknownEventKind(BadInput):
    """没有这种事件"""

    title = "Unknown event kind"


class WrongFamily(BadInput):
    """事件的大类不对"""

    title = "Event in the wrong family"


class EventInFuture(BadInput):
    """事件的日期在将来"""

    title = "Event in the future"


class EventTooOld(BadInput):
    """事件已过期"""

    title = "Event expired"


class SourceNotAllowed(BadInput):
    """这种事件不能由此来源告知"""

    title = "Source may not tell this kind of event"


class EventFactsWrong(BadInput):
    """事件的要素不对"""

    title = "Event facts missing or unknown"
