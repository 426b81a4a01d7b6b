"""The import and the bare COPY beside it leave the same rows behind."""

import pytest
from sqlalchemy.engine import make_url

from benchmarks.imports import administer, copied, copy_in, database, empty, load, write_files
from clients.intake import import_file
from tests.conftest import SERVER

pytestmark = pytest.mark.postgres


def test_both_sides_leave_the_same_rows(tmp_path):
    with database(SERVER) as url:
        clients, accounts, trades = write_files(tmp_path, 3, seed=7)
        import_file(url, clients)
        import_file(url, accounts)
        imported = load(url, trades)
        body = copied(url)
        empty(url)
        bare = copy_in(url, body)
        again = copied(url)
        name = make_url(url).database

    assert imported == bare == 300
    assert sorted(body.splitlines()) == sorted(again.splitlines())
    assert administer(SERVER, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == 0
