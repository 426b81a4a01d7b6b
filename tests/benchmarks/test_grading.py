"""The measured grading gives grades, from totals on file as from memory, and the same to one client as to the book."""

import numpy as np
import pytest
from sqlmodel import Session

from benchmarks.grading import DAY, fill, graded_from, one_by_one, values
from clients.grading.engine import grade_all
from clients.grading.loading import schemes_on
from clients.grading.service import counts_of
from clients.totals.tables import BLOCK
from jobs.grading import FeatureReader
from kit.access import everything
from kit.db import engine
from tests.conftest import SERVER
from tests.databases import Postgres


@pytest.fixture(scope="module")
def told():
    return values(BLOCK, seed=5)


def test_the_book_and_the_loop_beside_it_say_the_same(told):
    schemes = schemes_on(DAY)
    whole = grade_all(schemes, told)

    assert one_by_one(schemes, told, 20) == [whole.at(place) for place in range(20)]
    reached = counts_of(schemes, whole)
    for code in ("SIZE", "TIER", "RFM_RETURN", "RFM_TURNOVER", "VALUE", "VIP", "CYCLE"):
        assert sum(count > 0 for name, count in reached[code].items() if name) > 1, code


@pytest.mark.postgres
def test_what_is_read_from_the_filled_tables_is_what_memory_says(told):
    if not SERVER:
        pytest.skip("needs HESHI_TEST_POSTGRES_URL")
    databases = Postgres(SERVER)
    url = databases.migrated()
    fill(url, BLOCK + 10)  # the second block repeats the first
    with Session(engine(url)) as session:
        found, _ = FeatureReader(session, everything(DAY), DAY).book()
    took = graded_from(url, schemes_on(DAY))
    databases.drop(url)
    databases.close()

    assert len(found) == BLOCK + 10
    for name, column in told.columns.items():
        if name != "commission_share_year":
            np.testing.assert_array_equal(found.columns[name], np.append(column, column[:10]), err_msg=name)
    assert took.whole > 0
