"""Refusals of the channels' settings."""

from __future__ import annotations

from kit.problems import BadInput, NotFound


class AddressNotAllowed(BadInput):
    """这个地址不在允许的范围内"""

    title = "Address not allowed"


class UnknownAddress(NotFound):
    """没有这个名称的发送地址"""

    title = "Unknown address"
