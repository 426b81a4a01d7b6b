"""Identities in a report: enough for the client, not for anyone else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.masking import mask_name, mask_number

NUMBERS = [  # number, shown
    ("600112343428", "6001****3428"),  # four at each end at most
    ("6001123434280001", "6001****0001"),
    ("DEMO000012", "DEM****012"),
    ("44382", "4****2"),
    ("12", "****"),  # a third of it is nothing
    ("", "****"),
]


@pytest.mark.parametrize(("number", "shown"), NUMBERS)
def test_numbers(number, shown):
    assert mask_number(number) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("张三", "张**"), ("欧阳修文", "欧**"), (" 李 ", "李**"), ("", "—")]
)
def test_names(name, shown):
    assert mask_name(name) == shown


@given(st.text(alphabet="0123456789ABCDEF", min_size=3, max_size=24))
def test_at_least_a_third_of_a_number_is_hidden(number):
    visible = len(mask_number(number)) - len("****")

    assert visible <= 2 * len(number) / 3
    assert visible <= 8
