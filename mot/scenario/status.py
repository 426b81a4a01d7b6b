"""场景版本的状态 and what leads from one to the next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kit.labels import Labelled


class ScenarioStatus(Labelled):
    """场景版本的状态"""

    DRAFTED = "DRAFTED", "草稿"
    PREVIEWED = "PREVIEWED", "已预演"
    APPROVED = "APPROVED", "生效中"
    RETIRED = "RETIRED", "已停用"


_S = ScenarioStatus
PREVIEW_IN: Final = (_S.DRAFTED, _S.PREVIEWED)
APPROVE_IN: Final = (_S.PREVIEWED,)
RETIRE_IN: Final = (_S.DRAFTED, _S.PREVIEWED, _S.APPROVED)
NEXT: Final[Mapping[ScenarioStatus, str]] = {
    _S.DRAFTED: "先预演（preview），再由另一人批准", _S.PREVIEWED: "由起草人以外的人批准", _S.APPROVED: "可以停用",
    _S.RETIRED: "停用的版本不能恢复；请起草新的版本",
}  # fmt: skip
"""What may be done in each state, in words."""
