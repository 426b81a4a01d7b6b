"""The walk's entries for deliveries and the inbox: none is there, so whatever is asked of one is not found."""

from __future__ import annotations

from typing import Final

from tests.api.steps import Entry, get

MISSING: Final = frozenset({404})
ONE: Final = "/api/v1/deliveries/999"
WHY: Final = {"reason": "试"}

DELIVERIES: Final[dict[str, Entry]] = {
    "listDeliveries": get("/api/v1/deliveries"),
    "getDelivery": Entry("GET", ONE, MISSING),
    "replayDelivery": Entry("POST", ONE + "/replay", MISSING, body=WHY),
    "confirmDelivery": Entry("POST", ONE + "/confirm", MISSING, body=WHY),
    "cancelDelivery": Entry("POST", ONE + "/cancel", MISSING, body=WHY),
    "listInbox": get("/api/v1/inbox"),
    "streamInbox": get("/api/v1/inbox/stream", query={"seconds": "0"}),
    "readMessage": Entry("POST", "/api/v1/inbox/999/read", MISSING),
    "deliveries_page": get("/deliveries"),
    "delivery_page": Entry("GET", "/deliveries/999", MISSING),
    "replay_page": Entry("POST", "/deliveries/999/replay", MISSING, form=WHY),
    "confirm_page": Entry("POST", "/deliveries/999/confirm", MISSING, form=WHY),
    "cancel_page": Entry("POST", "/deliveries/999/cancel", MISSING, form=WHY),
}
