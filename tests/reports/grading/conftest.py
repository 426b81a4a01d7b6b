import pytest

from tests.clients.grading.review.house import House


@pytest.fixture
def house(session):
    return House(session)
