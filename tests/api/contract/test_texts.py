"""What no table can hold is refused at the door, in every place that a text may stand in."""

from __future__ import annotations

import pytest

KEY = {"Idempotency-Key": "k", "Content-Type": "application/json"}
BODIES = [
    (rb'{"text": "a\u0000b"}', 422), (rb'{"text": "\ud800"}', 422), (rb'{"\ud800": 1}', 422),
    (rb'{"text": "\ud83d\ude00"}', 201), (rb'{"text": "\\u0000"}', 201), (rb'{"text": "a"', 422),
    (b'{"text": "a\x00b"}', 422), (b"[" * 100_000, 400),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), BODIES)
def test_bodies(body, status, small):
    assert small.post("/api/notes", content=body, headers=KEY).status_code == status


@pytest.mark.parametrize("address", ["/api/looks?q=%00", "/api/looks?%00=1", "/api/looks%00"])
def test_addresses(address, small):
    assert small.post(address).status_code in (404, 422)


def test_forms(small):
    good = small.post("/api/form", data={"text": "a"}, headers={"Idempotency-Key": "1"})
    bad = small.post("/api/form", data={"text": "a\x00"}, headers={"Idempotency-Key": "2"})

    assert (good.status_code, bad.status_code, bad.json()["type"]) == (200, 422, "urn:problem:unfit-text")
