"""The walk's entries for the effect: nothing is registered, so one version is not found; lists are empty."""

from __future__ import annotations

from typing import Final

from tests.api.steps import Entry, get

MISSING: Final = frozenset({404})

EFFECT: Final[dict[str, Entry]] = {
    "listEffects": get("/api/v1/effects"),
    "listProgrammeEffects": get("/api/v1/effects/programme"),
    "listEffectReviews": get("/api/v1/effects/reviews"),
    "getEffect": Entry("GET", "/api/v1/effects/no-such/versions/0123456789ab", MISSING),
    "listPlatformSeries": get("/api/v1/platform-series"),
    "effect_page": get("/effect"),
    "effect_version_page": Entry("GET", "/effect/scenarios/no-such/0123456789ab", MISSING),
}
