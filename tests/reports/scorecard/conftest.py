import pytest

from tests.advisors.periods.house import House


@pytest.fixture
def house(session):
    return House(session)
