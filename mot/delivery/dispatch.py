"""One turn of a worker: the inboxes first, then what leaves the house: claim a batch, ask the gates, send, file.

What happens between two commits may be cut off anywhere. A claim whose push had not begun is simply claimed again; one
whose push had begun is uncertain, and its channel's data say what then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from kit.clock import day_of
from kit.db import engine, one_at_a_time, one_statement, transaction
from mot.channels.addresses import AddressBook
from mot.channels.problems import UnknownAddress
from mot.channels.senders import sender_of
from mot.channels.specs import ChannelSpec, spec_on
from mot.channels.types import Address, Answer, Channel, Letter, Sender, Verdict
from mot.channels.words import merged
from mot.delivery.claims import Filing, begin, claim, file, lock, reword, send_inbox
from mot.delivery.machine import Settlement, after_answer, after_recheck, after_silence, expired, put_back
from mot.delivery.repository import DeliveryRepository
from mot.delivery.rules import DeliveryRules, rules_on
from mot.delivery.types import (
    IN_INBOX_WORD,
    Delivery,
    DeliveryState,
    Gate,
    Happening,
    Recheck,
    SubjectKind,
    Word,
    always,
)
from mot.delivery.windows import open_at, recent, room

GATE: Final = "heshi.delivery.guard."
THREADS: Final = 8
IN_THE_INBOX: Final = Settlement(DeliveryState.SENT, Happening.SENT, IN_INBOX_WORD, tried=True)
UNGUARDED: Final = Recheck(Word.HOLD, "没有登记发送前的复核，不能发送")
_log = structlog.get_logger("mot.delivery")
Group = list[Delivery]


class Dispatcher:
    """Sends for one worker. gates: by kind of subject; a kind without a gate is held, never sent unasked.

    clock: the moment now, the same for all workers of a database where it can be had. `turn` returns what was filed.
    """

    def __init__(
        self, url: str | None, worker: str, *, addresses: AddressBook, clock: Callable[[], datetime],
        gates: Mapping[SubjectKind, Gate] | None = None, sender: Callable[[Channel, datetime], Sender] | None = None,
        lease: timedelta | None = None, batch: int | None = None,
    ) -> None:  # fmt: skip
        self._url, self._worker, self._clock = url, worker, clock
        self._addresses = addresses
        self._gates: Mapping[SubjectKind, Gate] = gates if gates is not None else {SubjectKind.NOTICE: always}
        self._sender = sender or (lambda channel, at: sender_of(channel, day_of(at)))
        self._lease, self._batch = lease, batch
        self._threads = THREADS if engine(url).dialect.name == "postgresql" else 1

    def rules(self, now: datetime) -> DeliveryRules:
        return rules_on(day_of(now))

    def turn(self) -> Counter[str]:
        """One batch. The counter holds `claimed` and the states that were filed; empty where nothing was ready."""
        now = self._clock()
        rules = self.rules(now)
        most = self._batch or rules.batch
        done, outward = self._fill_inboxes(now, rules, most)
        if not outward:
            return +done
        with one_statement(self._url) as connection:
            found = claim(connection, self._worker, now, now + self._lease_of(rules), most)
        done["claimed"] += len(found)
        found, ended = self._without_ended(found, rules, now)
        return +(done + self._file(ended) + self._send_all(found))

    def _lease_of(self, rules: DeliveryRules) -> timedelta:
        return self._lease or rules.lease

    def _without_ended(
        self, found: Sequence[Delivery], rules: DeliveryRules, now: datetime
    ) -> tuple[list[Delivery], list[Filing]]:
        """Those to be sent; and those that are too old, or whose push was begun by a worker that never filed it."""
        left, ended = [], []
        for one in found:
            what = None
            if one.began_at is not None:
                what = after_silence("发送者中断，没有留下结果", one, spec_on(one.channel, day_of(now)), rules, now)
            else:
                what = expired(one, rules, now)
            if what is None:
                left.append(one)
            else:
                ended.append(Filing(one, what))
        return left, ended

    def _file(self, filings: Sequence[Filing]) -> Counter[str]:
        if not filings:
            return Counter()
        with one_statement(self._url) as connection:
            kept = file(connection, filings, self._worker, self._clock())
        return _tally(filings, kept)

    # messages that are rows of our own: locked, rechecked, written and filed in one transaction

    def _fill_inboxes(self, now: datetime, rules: DeliveryRules, most: int) -> tuple[Counter[str], bool]:
        """What was filed, and whether something that leaves the house waits."""
        try:
            return self._fill_together(now, rules, most)
        except SQLAlchemyError:
            raise
        except Exception:  # one bad delivery must not hold up the others: each by itself
            done: Counter[str] = Counter()
            for _ in range(most):
                try:
                    told, _outward = self._fill_together(now, rules, 1)
                except SQLAlchemyError:
                    raise
                except Exception as fault:
                    told, _outward = self._fill_together(now, rules, 1, fault)
                if not told:
                    break
                done += told
            return done, True

    def _fill_together(
        self, now: datetime, rules: DeliveryRules, most: int, fault: Exception | None = None
    ) -> tuple[Counter[str], bool]:
        """fault: what broke at the one that is first in line; it is filed as failed."""
        done: Counter[str] = Counter()
        with transaction(self._url) as session:
            held = lock(session.connection(), now, most)
            done["claimed"] = len(held.found)
            self._hold_guards(session, held.found)
            for layer in layers(held.found):
                if fault is None:
                    filings = [self._written(session, one, rules, now) for one in layer]
                else:
                    filings = [self._faulty(one, fault) for one in layer]
                done += self._settle(session, filings, now)
        return +done, held.outward

    def _settle(self, session: Session, filings: Sequence[Filing], now: datetime) -> Counter[str]:
        """Those that may go into their inboxes, the others as the gate says."""
        going = [one.delivery.id for one in filings if one.what is IN_THE_INBOX]
        if going:
            send_inbox(session.connection(), going, IN_THE_INBOX.reason, self._worker, now)
        others = [one for one in filings if one.what is not IN_THE_INBOX]
        kept = file(session.connection(), others, self._worker, now, locked=True)
        return _tally(filings, kept | set(going))

    def _written(self, session: Session, one: Delivery, rules: DeliveryRules, now: datetime) -> Filing:
        old = expired(one, rules, now)
        if old is not None:
            return Filing(one, old)
        asked, what = self._ask(session, one, now)
        return Filing(asked, what or IN_THE_INBOX)

    def _hold_guards(self, session: Session, found: Sequence[Delivery]) -> None:
        for guard in sorted({one.guard for one in found if one.guard}):
            one_at_a_time(session, GATE + guard)

    def _ask(self, session: Session, one: Delivery, now: datetime) -> tuple[Delivery, Settlement | None]:
        """What the gate makes of it, None where it may go; and the delivery in the words of this moment."""
        gate = self._gates.get(one.subject_kind)
        said = UNGUARDED if gate is None else gate(session, one, now)
        what = after_recheck(said, one, now)
        if what is None and said.title and (said.title, said.body) != (one.title, one.body):
            one = one._replace(title=said.title, body=said.body)
            reword(session.connection(), one)
        return one, what

    def _faulty(self, one: Delivery, fault: Exception) -> Filing:
        _log.error("delivery_fault", delivery=one.id, error=type(fault).__name__)
        now = self._clock()
        rules = self.rules(now)
        answer = Answer(Verdict.FAILED, f"发送前出错（{type(fault).__name__}）")
        return Filing(one, after_answer(answer, one, spec_on(one.channel, day_of(now)), rules, now))

    # messages that leave the house

    def _send_all(self, found: Sequence[Delivery]) -> Counter[str]:
        """Every address on a thread of its own: a slow receiver holds up nobody else."""
        def place(one: Delivery) -> tuple[str, str]:
            return one.channel.value, one.address

        groups = [list(group) for _, group in groupby(sorted(found, key=place), key=place)]
        done: Counter[str] = Counter()
        if not groups:
            return done
        if len(groups) == 1 or self._threads == 1:
            for group in groups:
                done += self._send_group(group)
            return done
        with ThreadPoolExecutor(self._threads, thread_name_prefix="heshi-send") as pool:
            for told in pool.map(self._send_group, groups):
                done += told
        return done

    def _send_group(self, group: Group) -> Counter[str]:
        """All claimed deliveries to one address, as many pushes as its limits leave, the rest merged or put back."""
        now = self._clock()
        spec = spec_on(group[0].channel, day_of(now))
        try:
            self._addresses.named(group[0].channel, group[0].address)
        except UnknownAddress as fault:
            return self._file([
                Filing(one, Settlement(DeliveryState.DEAD, Happening.REFUSED, fault.detail, tried=True))
                for one in group
            ])
        done: Counter[str] = Counter()
        pushes, rest = self._plan(group, spec, now)
        for push in pushes:
            sent, full = self._push(push, spec)
            done += sent
            rest += full
        return done + self._put_back(rest, spec)

    def _plan(self, group: Group, spec: ChannelSpec, now: datetime) -> tuple[list[Group], Group]:
        """Which deliveries make one push each. Without digests, or with room for all, each is a push of its own."""
        with transaction(self._url) as session:
            pushes_before = self._open(session, group[0], spec, now)
        left = 0 if pushes_before is None else room(pushes_before, spec.limits, now.timestamp())
        if left is None or len(group) <= left:
            return [[one] for one in group], []
        if not left:
            return [], group
        if not spec.digest:
            return [[one] for one in group[:left]], group[left:]
        size = min(-(-len(group) // left), self.rules(now).digest_items)
        pushes = [group[start : start + size] for start in range(0, len(group), size)]
        return pushes[:left], [one for push in pushes[left:] for one in push]

    def _push(self, group: Group, spec: ChannelSpec) -> tuple[Counter[str], Group]:
        """One push of one or several deliveries. The group comes back where the limit leaves no room after all."""
        try:
            going, settled, full = self._start(group, spec)
        except SQLAlchemyError:
            raise
        except Exception as fault:
            if len(group) == 1:
                return self._file([self._faulty(group[0], fault)]), []
            done, back = Counter[str](), list[Delivery]()
            for one in group:
                told, again = self._push([one], spec)
                done, back = done + told, back + again
            return done, back
        if full or not going:
            return settled, full
        address = self._addresses.named(going[0].channel, going[0].address)
        at = self._clock()
        answer = self._answer(merged([_letter(one, at) for one in going]), address, at)
        now = self._clock()
        rules = self.rules(now)
        if answer.verdict is Verdict.FAILED and answer.retry_after:
            self._close(going[0], now + timedelta(seconds=answer.retry_after))
        return settled + self._file([Filing(one, after_answer(answer, one, spec, rules, now)) for one in going]), []

    def _answer(self, letter: Letter, address: Address, at: datetime) -> Answer:
        """What came back. A fault of our own is no answer: the push may have left, and one bad address stops nobody."""
        try:
            return self._sender(address.channel, at).send(letter, address)
        except Exception as fault:
            _log.error("push_fault", channel=address.channel.value, address=address.name, error=type(fault).__name__)
            return Answer(Verdict.UNCERTAIN, f"推送时出错（{type(fault).__name__}），不知是否送达")

    def _start(self, group: Group, spec: ChannelSpec) -> tuple[Group, Counter[str], Group]:
        """Take room in the window, ask the gates, note that the push begins: one transaction just before the push.

        Each is noted before the next is asked, so that a gate that counts sees those before it.
        """
        now = self._clock()
        until = now + self._lease_of(self.rules(now))
        going, stopped = list[Delivery](), list[Filing]()
        with transaction(self._url) as session:
            self._hold_guards(session, group)
            pushes = self._room(session, group[0], spec, now)
            if pushes is None:
                return [], Counter(), group
            for asked in group:
                one, what = self._ask(session, asked, now)
                if what is not None:
                    stopped.append(Filing(one, what))
                elif begin(session.connection(), [(one.id, one.fence)], now, until):
                    going.append(one)
            if going and spec.limits:
                DeliveryRepository(session).set_window(_place(group[0]), pushes=[*pushes, now.timestamp()])
            settled = _tally(stopped, file(session.connection(), stopped, self._worker, now))
        return going, settled, []

    def _room(self, session: Session, one: Delivery, spec: ChannelSpec, now: datetime) -> list[float] | None:
        """The pushes that still count, the window held; None where there is no room for one more."""
        pushes = self._open(session, one, spec, now)
        return None if pushes is None or room(pushes, spec.limits, now.timestamp()) == 0 else pushes

    def _open(self, session: Session, one: Delivery, spec: ChannelSpec, now: datetime) -> list[float] | None:
        """Pushes to its address that count for its limits (its window held where it has any); None while it is shut."""
        read = DeliveryRepository(session)
        if spec.limits:
            window = read.window(_place(one))
            closed, pushes = window.closed_until, recent(window.pushes, spec.limits, now.timestamp())
        else:
            closed, pushes = read.closed_until(_place(one)), []
        return None if closed is not None and closed > now else pushes

    def _close(self, one: Delivery, until: datetime) -> None:
        """The receiver asked to be left alone for a while: by everybody."""
        with transaction(self._url) as session:
            read = DeliveryRepository(session)
            read.window(_place(one))
            read.set_window(_place(one), closed_until=until)

    def _put_back(self, rest: Group, spec: ChannelSpec) -> Counter[str]:
        if not rest:
            return Counter()
        now = self._clock()
        with transaction(self._url) as session:
            window = DeliveryRepository(session).window(_place(rest[0]))
            moment = datetime.fromtimestamp(open_at(window.pushes, spec.limits, now.timestamp()), now.tzinfo)
            moment = max(moment, window.closed_until or moment, now + timedelta(seconds=0.2))
            asked = window.closed_until is not None and window.closed_until > now
            filings = [Filing(one, put_back(one, moment, asked=asked)) for one in rest]
            kept = file(session.connection(), filings, self._worker, now)
        return _tally(filings, kept)


def layers(found: Sequence[Delivery]) -> list[Group]:
    """In order, no guard twice in one layer: where a gate counts, what went before is on file when it is asked."""
    made: list[Group] = []
    depth: Counter[str] = Counter()
    for one in found:
        place = depth[one.guard] if one.guard else 0
        if place == len(made):
            made.append([])
        made[place].append(one)
        if one.guard:
            depth[one.guard] += 1
    return made


def _place(one: Delivery) -> str:
    return f"{one.channel.value}:{one.address}"


def _letter(one: Delivery, at: datetime) -> Letter:
    return Letter(one.message_id, one.recipient, one.title, one.body, at, one.link, one.category)


def _tally(filings: Sequence[Filing], kept: set[int]) -> Counter[str]:
    """What was filed by state; `late` where the lease was lost."""
    return Counter(one.what.state.value if one.delivery.id in kept else "late" for one in filings)
