"""The suitability desk: from a request by numbers and codes to everything that the rules read, and to the answer.

Each room fills its part: assessment and category the level, the gates the permissions, the profile goals, liquidity,
habits and how far finances lower the level, rating the product, the ledger what is held. What is not on file is None;
nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlmodel import Session

from clients.repository import ClientFacts as OnFile
from clients.repository import ClientRepository, NoSuchAccount
from clients.types import ClientKind
from kit.access import Scope
from kit.together import read_ahead
from market.codes import CodeError, parse_code
from market.products.repository import NoSuchProduct, ProductRepository, asked_of, rows_of_code
from suitability.assessment.client_facts import facts_of_client as assessment_facts
from suitability.assessment.repository import briefs_asked
from suitability.category.repository import granted_asked
from suitability.changes.in_force import schedule_asked
from suitability.facts import ClientFacts, HoldingFacts, ProductFacts, Request
from suitability.gates.repository import open_asked
from suitability.gates.service import GateService
from suitability.holdings import Held, HoldingReader
from suitability.matching.cases import Facts
from suitability.matching.problems import NotAskable
from suitability.matching.service import MatchingDesk
from suitability.profile.facts import facts_of_client as profile_facts
from suitability.profile.repository import newest_content_asked
from suitability.profile.types import Facts as ProfileFacts
from suitability.rating.repository import level_asked
from suitability.rating.service import RatingService


class FactsReader:
    """Gathers the facts of a request within a scope over one session."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._clients = ClientRepository(session, scope)
        self._gates = GateService(session, scope)
        self._ratings = RatingService(session)
        self._products = ProductRepository(session)

    @cached_property
    def _holdings(self) -> HoldingReader:
        return HoldingReader(self._session, self._scope)

    def __call__(self, request: Request) -> Facts:
        """Everything that the rules read. Raises NoSuchClient, NoSuchAccount, NoSuchProduct, NotAskable."""
        on_file, accounts = self._on_file(request.client_no)
        client = self._client(on_file, request.day)
        if request.account_no is not None and request.account_no not in accounts:
            own = "、".join(accounts) or "无"
            raise NoSuchAccount(f"客户 {request.client_no} 没有账户 {request.account_no}；名下的账户：{own}")
        product = self._product(request.product_code, request.day)
        request = replace(request, product_code=product.code)
        held = self._holding(accounts, request.day)
        holding = HoldingFacts(
            held_value=held.value.get(product.code, Decimal(0)),
            held_quantity=held.quantity.get(product.code, Decimal(0)),
            total_value=held.total,
            as_of=held.as_of,
        )
        return Facts(
            client=replace(client, total_assets=held.total, as_of=_dated(client, held.as_of)),
            product=product,
            request=_with_amount(request, holding),
            holding=holding,
        )

    def _on_file(self, client_no: str) -> tuple[OnFile, tuple[str, ...]]:
        return self._clients.client_and_accounts(client_no)

    def _holding(self, accounts: tuple[str, ...], day: date) -> Held:
        return self._holdings.of_accounts(accounts, day)

    @contextmanager
    def ahead(self, request: Request) -> Iterator[None]:
        """Inside the block what a check of the request asks was read together, at one go."""
        number, code, day = request.client_no, request.product_code.strip(), request.day
        with read_ahead(
            self._session, *schedule_asked(self._session), self._clients.client_and_accounts_asked(number),
            briefs_asked(number), granted_asked(number, day), newest_content_asked(number, day),
            open_asked(number, day), *asked_of(code), level_asked(code, day),
        ):  # fmt: skip
            yield

    def _product(self, text: str, day: date) -> ProductFacts:
        """The facts of what was asked, by its canonical code: 600519, sh600519 and 600519.SH mean the same.

        Raises NotAskable where it could mean two, NoSuchProduct.
        """
        code = text.strip()
        product, security = rows_of_code(self._session, code)
        if product is None:
            known = sorted(self._products.securities(tuple(dict.fromkeys((code, *_meant(code))))))
            if len(known) > 1:
                raise NotAskable(f"代码 {code} 可以是 {'、'.join(known)}；请写明市场")
            if known and known[0] != code:
                code = known[0]
                product, security = rows_of_code(self._session, code)
        if product is None and security is None:
            raise NoSuchProduct(f"没有产品或证券 {code}；请核对代码，或先导入产品、证券资料")
        return self._ratings.facts_of_rows(code, day, product, security)

    def client(self, client_no: str, day: date) -> ClientFacts:
        """The client's part. Raises NoSuchClient."""
        return self._client(self._clients.client(client_no), day)

    def _client(self, on_file: OnFile, day: date) -> ClientFacts:
        told = assessment_facts(self._session, self._scope, on_file, day)
        profile = profile_facts(self._session, self._scope, on_file, day)
        level = profile.lower(told.level)
        return ClientFacts(
            client_no=on_file.client_no,
            natural=on_file.kind is ClientKind.NATURAL,
            birth_date=on_file.birth_date,
            category=told.category,
            category_valid_through=told.category_valid_through,
            level=level,
            confirmed_level=told.confirmed_level,
            lowest=told.lowest,
            questionnaire=told.questionnaire,
            assessed_on=told.assessed_on,
            valid_through=told.valid_through,
            term=told.term,
            types=told.types,
            expected_return=profile.expected_return,
            lock_limit_days=profile.lock_limit_days(day),
            reserve_months=profile.reserve_months,
            gates=self._gates.gates_of_known(on_file.client_no, day),
            biases=profile.biases,
            as_of={**told.as_of, **_days(profile, lowered=level is not told.level)},
        )


def _meant(text: str) -> tuple[str, ...]:
    """The canonical codes that a text may mean as a security."""
    try:
        return (parse_code(text).code,)
    except CodeError as fault:
        return tuple(fault.candidates)


def _days(profile: ProfileFacts, *, lowered: bool) -> dict[str, date]:
    """The days of what the profile says; its word on the level only where it lowers it."""
    return {name: day for name, day in profile.as_of.items() if lowered or name != "level"}


def _dated(client: ClientFacts, day: date | None) -> Mapping[str, date]:
    return client.as_of if day is None else {**client.as_of, "total_assets": day}


def _with_amount(request: Request, holding: HoldingFacts) -> Request:
    """The request with its amount; a quantity of something held is worth what it was worth last."""
    if request.amount is not None and request.amount < 0:
        raise NotAskable(f"金额 {request.amount} 不能为负；卖出请用 side=SELL")
    if request.quantity is not None and request.quantity < 0:
        raise NotAskable(f"数量 {request.quantity} 不能为负；卖出请用 side=SELL")
    if request.amount is not None or request.quantity is None or not holding.held_quantity:
        return request
    price = holding.held_value / holding.held_quantity
    return replace(request, amount=(request.quantity * price).quantize(Decimal("0.01")))


class KeptFacts(FactsReader):
    """Looks once at each client, however many products are asked about: for readers among whose questions nothing is
    written that would change the client."""

    def __init__(self, session: Session, scope: Scope) -> None:
        super().__init__(session, scope)
        self._known: dict[tuple[str, date], ClientFacts] = {}
        self._accounts: dict[str, tuple[OnFile, tuple[str, ...]]] = {}
        self._held: dict[tuple[tuple[str, ...], date], Held] = {}

    def client(self, client_no: str, day: date) -> ClientFacts:
        return self._client(self._on_file(client_no)[0], day)

    def _on_file(self, client_no: str) -> tuple[OnFile, tuple[str, ...]]:
        if client_no not in self._accounts:
            self._accounts[client_no] = super()._on_file(client_no)
        return self._accounts[client_no]

    def _client(self, on_file: OnFile, day: date) -> ClientFacts:
        key = on_file.client_no, day
        if key not in self._known:
            self._known[key] = super()._client(on_file, day)
        return self._known[key]

    def _holding(self, accounts: tuple[str, ...], day: date) -> Held:
        key = accounts, day
        if key not in self._held:
            self._held[key] = super()._holding(accounts, day)
        return self._held[key]


def matching_desk(session: Session, scope: Scope, **more: Any) -> MatchingDesk:
    """The desk on everything that is on file."""
    facts = FactsReader(session, scope)
    return MatchingDesk(session, scope, facts, ahead=facts.ahead, **more)
