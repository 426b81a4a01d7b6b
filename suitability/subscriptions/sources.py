"""The feature of information sources that subscriptions give to grading, for many clients at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from sqlmodel import Session, col, select

from clients.grading.features import Window
from market.products.repository import ProductRepository
from market.products.types import ProductKind
from market.types import FloatArray
from suitability.subscriptions.tables import SubscriptionRow
from suitability.subscriptions.types import SubscriptionState

NAME = "information_sources"


def information_sources(session: Session, day: date, client_no: Sequence[str]) -> dict[str, FloatArray]:
    """By name, (n,) in the order of the clients: how many advisory services each used within the year.

    What was cancelled within its days was not used. Nothing while nobody ever signed for such a service: that is no
    evidence that clients go without.
    """
    first, last = Window.YEAR.days(day)
    row = SubscriptionRow
    asked = select(col(row.client_no), col(row.service), col(row.ends_on), col(row.closed_on)).where(
        col(row.signed_on) <= last, col(row.state) != SubscriptionState.CANCELLED.value
    )
    signed = session.exec(asked).all()
    products = ProductRepository(session).products(sorted({service for _, service, *_ in signed}))
    advice = {code for code, one in products.items() if one.kind is ProductKind.ADVICE}
    told = [one for one in signed if one[1] in advice]
    if not told:
        return {}
    used: dict[str, set[str]] = {}
    for client, service, *ends in told:
        if all(end is None or first is None or end >= first for end in ends):
            used.setdefault(client, set()).add(service)
    return {NAME: np.array([len(used.get(one, ())) for one in client_no], dtype=np.float64)}
