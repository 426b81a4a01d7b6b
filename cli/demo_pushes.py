"""The demo's tasks pushed into their advisers' inboxes, as `heshi worker` does it: what the gates hold back waits."""

from __future__ import annotations

from demo.stage import Stage
from jobs.worker import Worker
from kit.db import transaction
from mot.channels.addresses import AddressBook
from mot.delivery.service import DeliveryDesk


def push_demo(stage: Stage) -> str:
    """Send what is ready now, and say how all of it stands."""
    Worker(stage.url, addresses=AddressBook()).once()
    with transaction(stage.url) as session:
        counts = DeliveryDesk(session).counts()
    told = "、".join(f"{state.label} {many} 条" for state, many in counts.items() if many)
    return f"推送到站内信：{told}（网页 /deliveries）"
