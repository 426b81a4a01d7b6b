"""On the demo: what one client is told of holdings is what the watch has found over the whole book."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from kit.access import everything
from kit.clock import today
from kit.db import transaction
from suitability.held import HeldReader, Worth
from suitability.monitoring.causes import rules_in
from suitability.monitoring.positions import standing
from suitability.monitoring.reader import BookReader
from suitability.monitoring.repository import WatchRepository


def test_client_by_client_the_demo_is_judged_as_the_whole_book_was(demo):
    _, stage = demo
    with transaction(stage.url) as session:
        day, kept = today(), WatchRepository(session)
        reader, state = BookReader(session, day), kept.state()
        held = reader.held(standing(reader, kept.accounts(), kept.holdings()).positions)
        names = reader.instruments(held.instrument_id)
        codes = [names[int(held.instrument_id[place])].code for place in held.product]
        found = {
            (reader.clients[int(held.client_id[client])].client_no, code): rules_in(int(hits))
            for client, code, hits in zip(held.client, codes, state.hits, strict=True)
        }
        told, desk = {}, HeldReader(session, everything(day))
        for client in np.unique(held.client).tolist():
            own = np.flatnonzero(held.client == client).tolist()
            number = reader.clients[int(held.client_id[client])].client_no
            worth = [Worth(codes[place], "", money(held.value[place])) for place in own]
            fit = desk.of_client(number, day, worth, money(held.total[client]))
            told |= {(number, line.code): tuple(hit.rule for hit in line.hits) for line in fit.lines}

    assert told == found
    assert sum(map(bool, told.values())) > 10


def money(value):
    return None if np.isnan(value) else Decimal(repr(float(value)))
