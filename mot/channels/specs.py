"""渠道的规矩: what each channel's makers say of it, from rules/channels.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from kit.labels import Labelled
from kit.rulebook import RuleError, load_rulebook, per_rules
from mot.channels.types import Channel

FIRST_DAY: Final = date(2017, 7, 1)
_KEYS: Final = frozenset({
    "knows_duplicates", "on_uncertain", "limits", "digest", "most_bytes", "hosts", "code", "message", "good", "retry",
    "refused", "uncertain_statuses", "timeout",
})  # fmt: skip


class OnUncertain(Labelled):
    """没有回答时"""

    RESEND = "RESEND", "以同一编号再发"
    HOLD = "HOLD", "留待人工核对"


@dataclass(frozen=True, slots=True)
class Limit:
    """频率限制: at most so many pushes to one address in any so many seconds."""

    pushes: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """One channel. code, message: the members of an answer's body that say whether a 200 is a success; "" none.

    retry: codes that pass, with the seconds to wait. refused: codes that no repetition heals. timeout: seconds.
    """

    channel: Channel
    title: str
    source: str
    confirmed: bool
    knows_duplicates: bool
    on_uncertain: OnUncertain
    limits: tuple[Limit, ...] = ()
    digest: bool = False
    most_bytes: int = 0
    hosts: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    good: tuple[int, ...] = ()
    retry: Mapping[int, float] = field(default_factory=dict)
    refused: tuple[int, ...] = ()
    uncertain_statuses: tuple[int, ...] = ()
    timeout: float = 10.0

    @property
    def filed(self) -> bool:
        """Whether the message is a row of our own database: written in the transaction that files it as sent."""
        return self.channel is Channel.INBOX


@per_rules()
def spec_on(channel: Channel, day: date) -> ChannelSpec:
    """The channel as its data stand on a day. Raises RuleError for data that cannot be trusted."""
    rule = load_rulebook("mot", "channels")[f"CHANNEL-{channel.value}"]
    value: dict[str, Any] = rule.on(max(day, FIRST_DAY))
    unknown = set(value) - _KEYS
    if unknown:
        raise RuleError(f"{rule.id} has unknown {', '.join(sorted(unknown))}")
    spec = ChannelSpec(
        channel=channel, title=rule.title, source=rule.source, confirmed=rule.confirmed,
        knows_duplicates=bool(value["knows_duplicates"]), on_uncertain=OnUncertain(value["on_uncertain"]),
        limits=tuple(Limit(int(pushes), int(seconds)) for pushes, seconds in value.get("limits", ())),
        digest=bool(value.get("digest", False)), most_bytes=int(value.get("most_bytes", 0)),
        hosts=tuple(value.get("hosts", ())), code=value.get("code", ""), message=value.get("message", ""),
        good=tuple(value.get("good", ())), retry={int(code): float(s) for code, s in value.get("retry", {}).items()},
        refused=tuple(value.get("refused", ())), uncertain_statuses=tuple(value.get("uncertain_statuses", ())),
        timeout=float(value.get("timeout", 10)),
    )  # fmt: skip
    if not spec.knows_duplicates and spec.on_uncertain is OnUncertain.RESEND and spec.hosts:
        raise RuleError(f"{rule.id}: a channel that does not know duplicates must not send again by itself")
    return spec
