"""What the watch keeps is read back as it was written, in bulk and row by row, on both databases."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from sqlmodel import Session

from clients.tables import AccountRow, ClientRow
from kit.db import engine
from market.tables import InstrumentRow
from suitability.monitoring import repository
from suitability.monitoring.book import key_of
from suitability.monitoring.repository import WatchRepository
from suitability.monitoring.state import EMPTY, State, places_in

CLIENTS, INSTRUMENTS = 6, 5
NONE = np.empty(0, dtype=np.int64)


@pytest.fixture(params=[1, 10**9], ids=["in bulk", "row by row"])
def kept(request, database_url, monkeypatch):
    monkeypatch.setattr(repository, "BULK", request.param)
    with Session(engine(database_url)) as session:
        session.add_all(ClientRow(id=one, client_no=f"C{one}", name="客户") for one in range(1, CLIENTS + 1))
        session.flush()
        session.add_all(AccountRow(id=one, account_no=f"A{one}", client_id=one) for one in range(1, CLIENTS + 1))
        session.add_all(
            InstrumentRow(id=one, code=f"S{one}", name="证券", kind="STOCK", venue="XSHG", board="MAIN", currency="CNY")
            for one in range(1, INSTRUMENTS + 1)
        )
        session.flush()
        yield WatchRepository(session)


def random_state(rng):
    """Some pairs with anything a column may hold."""
    every = np.array([key_of(a, b) for a in range(1, CLIENTS + 1) for b in range(1, INSTRUMENTS + 1)])
    key = np.sort(rng.choice(every, rng.integers(0, len(every) + 1), replace=False))
    names = "quantity", "hits", "client_mark", "product_mark"
    wide = {name: rng.integers(-(2**62), 2**62, len(key)) for name in names}
    ranks = {name: rng.integers(0, 6, len(key)) for name in ("client_rank", "product_rank", "flags")}
    return State(key=key, **wide, **ranks)


def same(one, other):
    return all(np.array_equal(getattr(one, part.name), getattr(other, part.name)) for part in fields(State))


def test_pairs(kept):
    rng, old = np.random.default_rng(3), EMPTY
    for _ in range(8):
        new = random_state(rng)
        before, gone = places_in(old.key, new.key), np.flatnonzero(places_in(new.key, old.key) < 0)
        kept.write_pairs(old, new, np.arange(len(new)), before, gone)
        old = kept.state()
        assert same(old, new)


def test_holdings_and_accounts(kept):
    rng = np.random.default_rng(4)
    ids = np.arange(1, CLIENTS + 1)
    for turn in range(6):
        state, old = random_state(rng), kept.holdings()
        rows = {"account_id": state.key // 2**31, "instrument_id": state.key % 2**31, "quantity": state.quantity}
        kept.replace_holdings(ids, old, rows)
        read = kept.holdings()
        assert all(np.array_equal(read[name], rows[name]) for name in rows)

        marks = rng.integers(-9, 9, CLIENTS)
        accounts = {"account_id": ids, "client_id": ids, "ledger_mark": marks, "cash": ids * turn}
        kept.write_accounts(accounts, kept.accounts()["account_id"])
        found = kept.accounts()
        assert all(np.array_equal(found[name], accounts[name]) for name in accounts)


def test_holdings_of_other_accounts_stay(kept):
    rows = {"account_id": np.array([1, 2, 2]), "instrument_id": np.array([3, 1, 2]), "quantity": np.array([7, 8, 9])}
    kept.replace_holdings(np.array([1, 2]), dict.fromkeys(rows, NONE), rows)
    kept.replace_holdings(np.array([2]), kept.holdings(), {name: column[1:2] for name, column in rows.items()})

    assert kept.holdings()["account_id"].tolist() == [1, 2]
