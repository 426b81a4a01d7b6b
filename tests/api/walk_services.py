"""The walk's entries for the catalogue of services and for subscriptions, as routes and as pages."""

from __future__ import annotations

from typing import Final

from tests.api.steps import REFUSED, STALE, Entry, change, get
from tests.api.subscription_things import SERVICE

API: Final = "/api/v1"
OF_CLIENT: Final = f"{API}/clients/{{client}}/subscriptions"
ONE: Final = OF_CLIENT + "/{subscription}"
PAGES: Final = "/clients/{client}/services"
SCAN: Final = "sha256:" + "0" * 64


def sent(path: str, good: frozenset[int], **form: str) -> Entry:
    return Entry("POST", path, good, "client", form=form)


SERVICES: Final[dict[str, Entry]] = {
    "listServices": get(f"{API}/services"),
    "getService": get(f"{API}/services/{SERVICE}"),
    "priceService": get(f"{API}/services/{SERVICE}/price", query={"plan": "TERM", "days": "30"}),
    "listSubscriptions": get(OF_CLIENT, "client"),
    "priceForClient": get(OF_CLIENT + "/price", "client", query={"service": SERVICE, "plan": "TERM", "days": "30"}),
    "applySubscription": Entry(
        "POST", OF_CLIENT, REFUSED, "client",
        {"service": SERVICE, "plan": "TERM", "asked_by": "CLIENT", "days": 31},
    ),
    "getSubscription": get(ONE, "client"),
    "signSubscription": change("POST", ONE + "/signing", {"signed_text": SCAN}, "client"),
    "paySubscription": change("POST", ONE + "/payments", {"amount": "1.00", "reference": "R1"}, "client"),
    "cancelSubscription": change("POST", ONE + "/cancellation", {}, "client"),
    "terminateSubscription": change("POST", ONE + "/termination", {"reason": "试"}, "client"),
    "publishService": Entry("POST", f"{API}/services/{SERVICE}/versions", REFUSED, body={}),
    "services_page": get("/services"),
    "card_page": get(f"/services/{SERVICE}/card/new"),
    "publish_card": Entry("POST", f"/services/{SERVICE}/card", REFUSED, form={"summary": "试"}),
    "plan_page": get(f"/services/{SERVICE}/plans/new"),
    "publish_plan": Entry("POST", f"/services/{SERVICE}/plans", REFUSED, form={"code": "X"}),
    "service_page": get(f"/services/{SERVICE}"),
    "subscriptions_page": get(PAGES, "client"),
    "subscribe_page": get(PAGES + "/new", "client"),
    "subscribe": sent(PAGES, REFUSED, choice=f"{SERVICE}|TERM", days="31", asked_by="CLIENT"),
    "subscription_page": get(PAGES + "/{subscription}", "client"),
    "sign_subscription": sent(PAGES + "/{subscription}/sign", STALE, version="999"),
    "cancel_subscription": sent(PAGES + "/{subscription}/cancel", STALE, version="999"),
    "terminate_subscription": sent(PAGES + "/{subscription}/terminate", STALE, version="999"),
}  # fmt: skip
