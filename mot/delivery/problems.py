"""Refusals of the delivery desk."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchDelivery(NotFound):
    """没有这条发送记录"""

    title = "No such delivery"


class NoSuchMessage(NotFound):
    """没有这条站内信"""

    title = "No such message"


class NotOpen(Conflict):
    """这条发送记录现在不能这样处理"""

    title = "Not open for this"


class ChannelNotForClients(BadInput):
    """发给客户的消息只能走站内信或签名回调"""

    title = "Channel not for clients"


class MessageIncomplete(BadInput):
    """消息不完整"""

    title = "Message incomplete"
