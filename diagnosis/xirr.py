"""资金加权收益率: what the client's own money earned, its days in the account counted.

XIRR is the annual rate at which all flows and the closing value come to nothing, discounted by actual days
over 365. Modified Dietz is the period's return on the capital that was in the account on average; it needs
no valuation inside the period and no search for a root.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyxirr

from diagnosis.parameters import UNIX_EPOCH
from market.types import FloatArray, IntArray

RATES = np.concatenate([np.linspace(-0.99, 0.0, 40, endpoint=False), np.geomspace(1e-4, 100.0, 60)])
"""Where the present value is looked at when more than one rate could solve it."""


def xirr(days: IntArray, amounts: FloatArray) -> float | None:
    """The annual rate, None where there is none or more than one.

    days: date ordinals, ascending, shape (n,). amounts: above 0 comes to the client, below 0 from the client.
    """
    kept = amounts != 0
    days, amounts = days[kept], amounts[kept]
    back = amounts > 0
    turns = np.count_nonzero(back[1:] != back[:-1])
    if turns == 0 or days.min() == days.max():
        return None
    if turns > 1 and not _one_root(days, amounts):
        return None
    guess = None if turns == 1 else _first_guess(days, amounts)
    found = pyxirr.xirr((days - UNIX_EPOCH).astype("datetime64[D]"), amounts, guess=guess, silent=True)
    return float(found) if found is not None and np.isfinite(found) and found > -1 else None


def _one_root(days: IntArray, amounts: FloatArray) -> bool:
    """Norstrøm: a running sum that turns only once has one rate; else the present value is looked at."""
    running = np.cumsum(amounts)
    signs = np.sign(running[running != 0])
    if np.count_nonzero(np.diff(signs)) <= 1:
        return True
    years = (days - days.min()) / 365.0
    with np.errstate(over="ignore"):
        present = amounts @ ((1 + RATES)[None, :] ** -years[:, None])
    return bool(np.count_nonzero(np.diff(np.sign(present[np.isfinite(present)]))) <= 1)


def _first_guess(days: IntArray, amounts: FloatArray) -> float | None:
    """Where to look for the rate when money went both ways more than once: Modified Dietz over a year."""
    span = float(days[-1] - days[0])
    shares = (days[-1] - days[:-1]) / span
    whole = modified_dietz(0.0, float(amounts[-1]), list(zip(shares, -amounts[:-1], strict=True)))
    return None if whole is None or whole <= -1 else float((1 + whole) ** min(365 / span, 4.0) - 1)


def modified_dietz(opening: float, closing: float, flows: Sequence[tuple[float, float]]) -> float | None:
    """Return of a period on its average capital, (V1 − V0 − ΣF) / (V0 + Σ w F); None where that is not
    above 0.

    flows: (share of the period still to come when the money came, amount in above 0). A flow on day 100 of
    365 has the share 265/365. Source: Dietz (1966) as modified; GIPS before 2010.
    """
    moved = sum(amount for _, amount in flows)
    capital = opening + sum(share * amount for share, amount in flows)
    return (closing - opening - moved) / capital if capital > 0 else None
