"""What is timed is a whole import: every trade of the file is on file afterwards, and a second time changes nothing."""

import numpy as np
from sqlalchemy import text
from sqlmodel import Session

from benchmarks import synthetic
from benchmarks.imports import POINTS, SECURITIES, SLOTS_EACH, TRADES_EACH, load, write_files
from clients.intake import import_file
from kit.db import engine


def test_the_import_files_every_trade(database_url, tmp_path):
    clients, accounts, trades = write_files(tmp_path, 3, seed=7)
    import_file(database_url, clients)
    import_file(database_url, accounts)

    assert load(database_url, trades) == 3 * TRADES_EACH
    assert load(database_url, trades) == 0

    grid = synthetic.market(POINTS, SECURITIES, 7).grid
    told = synthetic.ledger(grid, 3, TRADES_EACH, SLOTS_EACH, 7).trades
    with Session(engine(database_url)) as session:
        money = session.connection().execute(text("SELECT sum(quantity / 1000000 * price) FROM trade")).scalar()
    assert int(money) == int(np.sum(told.quantity // 1_000_000 * told.price))
