"""A few clients who hold a product with a lock-up that is about to end on the last day of the market data.

A fund outside the exchange, on file as instrument and as product, rated; an account for each client, the money and the
purchase. So 锁定期结束 happens by itself in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from clients.intake import import_file
from demo.market_files import write_csv
from demo.products import MAKER, OWN, stamp
from demo.tape import read_rows
from kit.db import transaction
from mot.tasks.offers import OfferDesk
from suitability.levels import Outcome
from suitability.rating.service import RatingService

CODE: Final = "880001.OF"
NAME: Final = "示例一年持有纯债"
LIKE: Final = ("synthetic-products", "B001")
"""Terms and factors are those of this product of the catalogue: a bond fund of level R2, 365 days of lock-up."""
BOUGHT_ON: Final = date(2024, 1, 5)  # the lock-up ends three trading days after 2024-12-31
OPENED_ON: Final = date(2024, 1, 3)
PAID: Final = 100_000
UNITS, PRICE = 80_000, "1.2"
HOLDERS: Final = 4


def lock_some(url: str | None, folder: Path, candidates: Sequence[str], day: date) -> None:
    """Write and import the product, rated as of the purchase, and accounts of the first candidates whom it suits."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, kind in _product(folder):
        import_file(url, path, kind=kind)
    with transaction(url) as session:
        RatingService(session).rate(CODE, BOUGHT_ON, stamp(MAKER, BOUGHT_ON))
        desk = OfferDesk(session, day)
        suited = (one for one in dict.fromkeys(candidates) if desk.asks(one, CODE).outcome is Outcome.ALLOW)
        fitting = list(islice(suited, HOLDERS))
    for path, kind in _ledger(folder, [(f"K{place:06d}", one) for place, one in enumerate(fitting, 1)]):
        import_file(url, path, kind=kind)


def _product(folder: Path) -> Iterator[tuple[Path, str]]:
    book, like = LIKE
    terms = next(row for row in read_rows(book, "products.csv") if row["product_code"] == like)
    product = {name: value for name, value in terms.items() if name not in OWN} | {"product_code": CODE, "name": NAME}
    yield write_csv(folder / "products.csv", tuple(product), [tuple(product.values())]), "products"
    headings, row = ("security_code", "name", "kind", "venue", "board", "currency"), (CODE, NAME, "FUND", "OTC", "FUND")
    yield write_csv(folder / "instruments.csv", headings, [(*row, "CNY")]), "instruments"


def _ledger(folder: Path, numbered: Sequence[tuple[str, str]]) -> Iterator[tuple[Path, str]]:
    yield write_csv(
        folder / "accounts.csv", ("account_no", "client_no", "kind", "opened_on", "currency"),
        [(account, client, "CASH", OPENED_ON, "CNY") for account, client in numbered],
    ), "accounts"  # fmt: skip
    yield write_csv(
        folder / "cashflows.csv", ("account_no", "date", "kind", "amount"),
        [(account, OPENED_ON, "DEPOSIT", PAID) for account, _ in numbered],
    ), "cashflows"  # fmt: skip
    yield write_csv(
        folder / "trades.csv", ("account_no", "traded_at", "security_code", "side", "quantity", "price", "trade_no"),
        [(account, f"{BOUGHT_ON} 10:00:00", CODE, "BUY", UNITS, PRICE, f"{account}-1") for account, _ in numbered],
    ), "trades"  # fmt: skip
