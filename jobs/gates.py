"""Which gate is asked before a delivery is sent, by the kind of its subject. A kind that stands here not is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mot.delivery.types import Gate, SubjectKind, always

GATES: Final[Mapping[SubjectKind, Gate]] = {SubjectKind.NOTICE: always}
