"""Why a pair fits worse than before: a table of moments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from suitability.cases.types import Cause
from suitability.monitoring.book import BITS, EXPIRED, LOWEST, ORDINARY
from suitability.monitoring.causes import Moment, cause_of, rules_in, split

FIT = Moment(
    quantity=100, hits=0, client_mark=1, product_mark=1, client_rank=3, product_rank=3, flags=ORDINARY
)  # fmt: skip


def hit(before, *rules, **changes):
    return replace(before, hits=sum(BITS[rule] for rule in rules), **changes)


ABOVE = hit(FIT, "SUIT-103", client_rank=2)
CASES = [  # what happened, before, after, the cause
    ("a rating rises", FIT, hit(FIT, "SUIT-103", product_rank=4, product_mark=2), "PRODUCT_RERATED"),
    ("a level falls", FIT, hit(FIT, "SUIT-103", client_rank=2, client_mark=2), "CLIENT_DOWNGRADED"),
    ("both, the rating alone would do", FIT,
     hit(FIT, "SUIT-103", product_rank=4, client_rank=2, client_mark=2, product_mark=2), "PRODUCT_RERATED"),
    ("both, the rating alone would not", replace(FIT, client_rank=5),
     hit(FIT, "SUIT-103", product_rank=4, client_rank=2, client_mark=2, product_mark=2), "CLIENT_DOWNGRADED"),
    ("the lowest class", replace(FIT, product_rank=2, client_rank=2),
     hit(FIT, "SUIT-102", client_rank=1, product_rank=2, client_mark=2, flags=ORDINARY | LOWEST), "CLIENT_DOWNGRADED"),
    ("professional no more", replace(FIT, flags=0, product_rank=5),
     hit(FIT, "SUIT-103", product_rank=5, client_mark=2), "CLIENT_DOWNGRADED"),
    ("an assessment ends", FIT, hit(FIT, "SUIT-011", client_mark=2, flags=ORDINARY | EXPIRED), "ASSESSMENT_EXPIRED"),
    ("a permission is closed", FIT, hit(FIT, "SUIT-001", client_mark=2), "PERMISSION_CLOSED"),
    ("a stock becomes one that needs a permission", FIT, hit(FIT, "SUIT-001", product_mark=2), "PRODUCT_CHANGED"),
    ("a client wants shorter terms", FIT, hit(FIT, "SUIT-111", client_mark=2), "CLIENT_CHANGED"),
    ("a product locks longer", FIT, hit(FIT, "SUIT-114", product_mark=2), "PRODUCT_CHANGED"),
    ("a price rises", FIT, hit(FIT, "SUIT-130"), "MARKET_DRIFT"),
    ("a purchase makes it too much", FIT, hit(FIT, "SUIT-130", quantity=200), "CREATED"),
    ("something was sold, and the price rose more", FIT, hit(FIT, "SUIT-130", quantity=50), "MARKET_DRIFT"),
    ("a rating rises and with it the share is too much", FIT,
     hit(FIT, "SUIT-130", product_rank=4, product_mark=2), "PRODUCT_RERATED"),
    ("a rule is stricter", FIT, hit(FIT, "SUIT-130"), "RULES_CHANGED"),
    ("more of what did not fit", ABOVE, replace(ABOVE, quantity=101), "INCREASED"),
    ("less of it", ABOVE, replace(ABOVE, quantity=99), "REDUCED"),
    ("nothing", ABOVE, ABOVE, "UNCHANGED"),
    ("a wider gap", ABOVE, replace(ABOVE, product_rank=4, product_mark=2), "PRODUCT_RERATED"),
    ("a level lower still", ABOVE, replace(ABOVE, client_rank=1, client_mark=2), "CLIENT_DOWNGRADED"),
    ("bought since", None, ABOVE, "CREATED"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "before", "after", "cause"), CASES, ids=[row[0] for row in CASES])
def test_cause(what, before, after, cause):
    stricter = what == "a rule is stricter"

    assert cause_of(before, after, client_known=True, rules_changed=stricter) is Cause(cause)


def test_what_a_client_held_before_the_first_look_is_found_and_not_created():
    assert cause_of(None, ABOVE, client_known=False, rules_changed=False) is Cause.FOUND


def test_bits_and_their_rules():
    hits = BITS["SUIT-011"] | BITS["SUIT-103"]

    assert rules_in(hits) == ("SUIT-011", "SUIT-103")
    assert split(hits) == {"client": BITS["SUIT-011"], "product": BITS["SUIT-103"]}
