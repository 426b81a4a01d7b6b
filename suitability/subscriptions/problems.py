"""What is refused about subscriptions, each with its way out. What others changed meanwhile is `ChangedMeanwhile`."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchSubscription(NotFound):
    """没有这个订购"""

    title = "No such subscription"


class AlreadySubscribed(Conflict):
    """已有同一服务的订购"""

    title = "Already subscribed"


class NotMadeForClient(Conflict):
    """服务不是为这类客户设计的，不得主动推介"""

    title = "Not made for this client"


class NotReadyToSign(Conflict):
    """适当性检查没有通过，或义务没有履行完"""

    title = "Not ready to sign"


class AdvisorNotRegistered(Conflict):
    """签约人员没有证券投资顾问登记"""

    title = "Advisor not registered"


class DisclosureNotSigned(BadInput):
    """没有签署风险揭示书"""

    title = "Risk disclosure not signed"


class SignedByOthers(Conflict):
    """须由客户本人签署或通知"""

    title = "The client has to do this"


class CancellationOver(Conflict):
    """已过五个工作日的解除期"""

    title = "Cancellation period over"


class StateRefused(Conflict):
    """订购在这个状态下不能这样办理"""

    title = "Not open in this state"


class PaymentRefused(BadInput):
    """收款登记有误"""

    title = "Payment refused"


class AssetsUnknown(Conflict):
    """没有客户的资产"""

    title = "Assets unknown"
