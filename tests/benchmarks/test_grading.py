"""What is timed over the book is what the engine says of each client; the synthetic book reaches nearly every class."""

import numpy as np

from benchmarks.grading import BLOCK, DAY, book_of, one_by_one, values
from clients.grading.engine import grade_all
from clients.grading.loading import schemes_on
from clients.grading.service import counts_of


def test_the_book_and_the_loop_beside_it_say_the_same():
    schemes = schemes_on(DAY)
    told = values(book_of(40, seed=5))

    whole = grade_all(schemes, told)

    assert one_by_one(schemes, told, 40) == [whole.at(place) for place in range(40)]


def test_the_synthetic_book_is_graded_in_every_scheme():
    schemes = schemes_on(DAY)
    told = values(book_of(2 * BLOCK, seed=6))

    counts = counts_of(schemes, grade_all(schemes, told))

    assert all(np.isfinite(column).any() for column in told.columns.values())
    for code, by_class in counts.items():
        assert sum(count > 0 for name, count in by_class.items() if name) > 1, code
