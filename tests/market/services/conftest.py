"""One database with a service and a fund a backend; each test works on it in a transaction that is taken back."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from kit.db import engine, transaction
from market.products.tables import ProductRow


@pytest.fixture(scope="session")
def products_url(databases):
    url = databases.migrated()
    with transaction(url) as session:
        session.add(ProductRow(code="S1", name="示例服务", kind="ADVICE", leads_to=""))
        session.add(ProductRow(code="F1", name="示例基金", kind="BOND_FUND", leads_to=""))
    yield url
    databases.drop(url)


@pytest.fixture
def opened(products_url):
    with Session(engine(products_url), expire_on_commit=False) as session:
        yield session
        session.rollback()
