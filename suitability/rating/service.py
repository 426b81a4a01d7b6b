"""Ratings: derived and filed, overridden by two people, read by day. Load, ask, file; the commit is the caller's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

from sqlmodel import Session

from clients.staff.filing import Stamp, file_change
from kit.digest import canonical, digest
from kit.rulebook import load_rulebook, per_rules
from kit.together import Row
from market.products.repository import NoSuchProduct, ProductRepository, instrument_of, product_of
from market.products.types import Factor, Product, ProductKind
from market.types import Instrument
from suitability.changes.in_force import rules_of, under_rules
from suitability.facts import ProductFacts
from suitability.gates.months import plus_months
from suitability.levels import ProductLevel
from suitability.rating.derivation import Derivation, derive
from suitability.rating.evidence import evidence_of
from suitability.rating.facts import ProductColumns, columns_of, facts_of
from suitability.rating.listing import member_level, members
from suitability.rating.portfolio import Part
from suitability.rating.problems import (
    AlreadyDecided,
    EvidenceFromLater,
    NotRateable,
    OverrideRefused,
    OverrideTooLow,
    RatingOutOfOrder,
    SecondPersonNeeded,
)
from suitability.rating.repository import Proposal, RatingRepository, rating_of
from suitability.rating.review import ReviewDue, reasons_of
from suitability.rating.standing import Rating, Standing, bound, class_of, standing_of
from suitability.rating.tables import ProposalRow, RatingRow, VerdictRow

_LONGEST_REASON: Final = 512
_DEEPEST: Final = 4  # a service may lead to a portfolio of portfolios, not further


Items: TypeAlias = tuple[tuple[str, Any], ...] | None


@per_rules(4_096)
def _facts_of_rows(code: str, day: date, product: Items, security: Items, rating: Items) -> ProductFacts:
    """By all that they are made from: a check asks for the same few thousand products all day."""
    made = None if product is None else product_of(dict(product))
    traded = None if security is None else instrument_of(dict(security))
    known = None if rating is None else rating_of(dict(rating))
    standing = standing_of(code, day, product=made, security=traded, rating=known)
    return facts_of(standing, day, product=made, security=traded)


class RatingService:
    """Ratings over one session. They are facts of the market: whoever may see the market may see them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._products = ProductRepository(session)
        self._ratings = RatingRepository(session)

    # reading

    @under_rules("day")
    def rating_on(self, code: str, day: date) -> Standing:
        """The level of a product or security on `day`, or why there is none. Raises NoSuchProduct."""
        product, security = self._found(code)
        rating = self._ratings.in_force(code, day)
        return standing_of(code, day, product=product, security=security, rating=rating)

    @under_rules("day")
    def product_facts(self, code: str, day: date) -> ProductFacts:
        """What the matching reads of a product or security. Raises NoSuchProduct."""
        product, security = self._found(code)
        rating = self._ratings.level_in_force(code, day)
        standing = standing_of(code, day, product=product, security=security, rating=rating)
        return facts_of(standing, day, product=product, security=security)

    def facts_of_rows(self, code: str, day: date, product: Row | None, security: Row | None) -> ProductFacts:
        """The same of rows that were read already, one of the two at least; made once while none of them changes."""
        rows = product, security, self._ratings.newest_row(code, day)
        with rules_of(self._session, day):
            return _facts_of_rows(code, day, *(None if row is None else tuple(row.items()) for row in rows))

    @under_rules("day")
    def levels_of(self, products: Sequence[Product], day: date) -> dict[str, ProductLevel | None]:
        """The level of each product on `day`, by code; a code that is a security too is read as `rating_on` reads it.

        Two queries, however many.
        """
        codes = [one.code for one in products]
        securities, ratings = self._products.securities(codes), self._ratings.levels_in_force(day, codes)
        return {
            one.code: standing_of(
                one.code, day, product=one, security=securities.get(one.code), rating=ratings.get(one.code)
            ).level
            for one in products
        }

    @under_rules("day")
    def facts_of_codes(self, codes: Sequence[str], day: date) -> dict[str, ProductFacts]:
        """`product_facts` of each of these codes that is on file, by code. Three queries, however many."""
        products, securities = self._products.products(codes), self._products.securities(codes)
        ratings = self._ratings.levels_in_force(day, codes)
        found = {}
        for code in codes:
            product, security = products.get(code), securities.get(code)
            if product is not None or security is not None:
                standing = standing_of(code, day, product=product, security=security, rating=ratings.get(code))
                found[code] = facts_of(standing, day, product=product, security=security)
        return found

    @under_rules("day")
    def product_columns(self, day: date) -> ProductColumns:
        """All products, then all securities that are not products too, by code: `product_facts` in columns."""
        products, securities = self._products.products(), self._products.securities()
        ratings = self._ratings.levels_in_force(day)
        found = []
        for code in (*products, *(code for code in securities if code not in products)):
            product, security = products.get(code), securities.get(code)
            standing = standing_of(code, day, product=product, security=security, rating=ratings.get(code))
            found.append(facts_of(standing, day, product=product, security=security))
        return columns_of(day, found)

    def history(self, code: str) -> tuple[Rating, ...]:
        """Every rating that was filed for a code, newest first."""
        return self._ratings.history(code)

    @under_rules("day")
    def derivation(self, code: str, day: date) -> Derivation:
        """The level that the rules give on `day`, with every ground; nothing is filed. Raises NoSuchProduct."""
        return self._derive(self._products.product(code), day)

    def proposals(self, *, open_only: bool = False, code: str | None = None) -> tuple[Proposal, ...]:
        return self._ratings.proposals(open_only=open_only, code=code)

    def proposal(self, proposal_id: int) -> Proposal:
        """Raises NoSuchProposal."""
        return self._ratings.proposal(proposal_id)

    @under_rules("day")
    def review_due(self, day: date) -> tuple[ReviewDue, ...]:
        """Products whose rating has to be looked at again on `day`, each with every reason, by code."""
        ratings, due = self._ratings.all_in_force(day), []
        for code, product in self._products.products().items():
            derived = self._derive(product, day)
            reasons = reasons_of(ratings.get(code), derived, bound(day, product, None), day)
            if reasons:
                due.append(ReviewDue(code, product.name, ratings.get(code), reasons))
        return tuple(due)

    # changing

    @under_rules("day")
    def rate(self, code: str, day: date, stamp: Stamp) -> Rating:
        """File the level that the rules give, in force from `day`.

        Raises NoSuchProduct, NotRateable where facts are missing, EvidenceFromLater, RatingOutOfOrder.
        """
        product = self._products.product(code)
        derived = self._derive(product, day)
        return self._file(product, derived, day, stamp)

    @under_rules("day")
    def rate_all(self, day: date, stamp: Stamp) -> dict[str, str | None]:
        """Rate every product that has no rating, what others are made of first.

        Returns code to None where a rating was filed, else to what is missing (Chinese).
        """
        rated = self._ratings.levels_in_force(day)
        waiting = {code: one for code, one in self._products.products().items() if code not in rated}
        outcome: dict[str, str | None] = {}
        for _ in range(_DEEPEST):
            for code, product in list(waiting.items()):
                derived = self._derive(product, day)
                if derived.level is None or self._later(product, day):
                    outcome[code] = "；".join(derived.missing) or f"因素截至 {product.factors_on}，晚于评级日"
                    continue
                self._file(product, derived, day, stamp)
                outcome[code] = None
                del waiting[code]
        return outcome

    @under_rules("effective_from")
    def propose_override(
        self, code: str, level: ProductLevel, *, reason: str, effective_from: date, stamp: Stamp,
        review_on: date | None = None,
    ) -> Proposal:
        """Propose another level than the rules give; another person has to approve it.

        Raises NoSuchProduct, OverrideRefused without a reason, OverrideTooLow, RatingOutOfOrder.
        """
        product, security = self._found(code)
        self._check_reason(reason)
        self._check_bound(code, level, effective_from, product, security)
        self._check_order(code, effective_from)
        review = review_on or review_day(level, effective_from)
        if review <= effective_from:
            raise OverrideRefused(f"复核日 {review} 应晚于生效日 {effective_from}")
        derived = self._by_rules(code, effective_from, product)
        told = {
            "code": code, "level": level, "derived": derived, "reason": reason, "effective_from": effective_from,
            "review_on": review, "proposed_by": stamp.actor.user_id, "proposed_at": stamp.at.isoformat(),
        }
        proposal = self._ratings.propose(ProposalRow(
            code=code, level=level.value, derived_level=None if derived is None else derived.value, reason=reason,
            effective_from=effective_from, review_on=review, digest=digest(told),
            proposed_by_id=stamp.actor.user_id, proposed_by=stamp.actor.name, proposed_at=stamp.at,
        ))
        file_change(
            self._session, stamp, "rating.propose", "product", code, version=proposal.id, purpose=reason,
            level=level, derived=derived, effective_from=effective_from.isoformat(), proposal=proposal.id,
        )  # fmt: skip
        return proposal

    def decide(
        self, proposal_id: int, *, approve: bool, reason: str, stamp: Stamp, expected_digest: str = ""
    ) -> Rating | None:
        """Approve or refuse a proposal; the rating that an approval files, None for a refusal.

        expected_digest: what was shown to the one who decides, where given. Raises NoSuchProposal, AlreadyDecided,
        SecondPersonNeeded, OverrideRefused, OverrideTooLow and RatingOutOfOrder where the ground moved meanwhile.
        """
        proposal = self._ratings.proposal(proposal_id)
        if proposal.approved is not None:
            said = "批准" if proposal.approved else "否决"
            raise AlreadyDecided(f"第 {proposal_id} 号提议已由 {proposal.decided_by} {said}；如需再调整，请另行提议")
        if proposal.proposed_by_id == stamp.actor.user_id:
            raise SecondPersonNeeded(f"第 {proposal_id} 号提议由您提出，须由另一人复核")
        if expected_digest and expected_digest != proposal.digest:
            raise AlreadyDecided(f"第 {proposal_id} 号提议与您看到的内容不同；请刷新后再复核")
        self._check_reason(reason)
        with rules_of(self._session, proposal.effective_from):
            rating = self._approved(proposal, stamp) if approve else None
        self._ratings.decide(VerdictRow(
            proposal_id=proposal_id, approved=approve, reason=reason, decided_by_id=stamp.actor.user_id,
            decided_by=stamp.actor.name, decided_at=stamp.at,
        ))
        file_change(
            self._session, stamp, "rating.approve" if approve else "rating.refuse", "product", proposal.code,
            version=proposal_id, purpose=reason, level=proposal.level, proposal=proposal_id,
        )  # fmt: skip
        return rating

    def restore(self, former: Rating, day: date, *, reason: str, stamp: Stamp) -> Rating:
        """File an earlier rating again, in force from `day`: nothing is deleted. Raises RatingOutOfOrder."""
        self._check_reason(reason)
        self._check_order(former.code, day)
        return self._append(
            former.code, former.level, former.derived, former.score, day, review_day(former.level, day),
            {"restores": former.version, "basis": former.basis}, former.rule_version, stamp, reason,
        )

    # within

    def _found(self, code: str) -> tuple[Product | None, Instrument | None]:
        product, security = self._products.products([code]).get(code), self._products.security(code)
        if product is None and security is None:
            raise NoSuchProduct(f"没有产品或证券 {code}；请核对代码，或先导入产品、证券资料")
        return product, security

    def _derive(self, product: Product, day: date) -> Derivation:
        leads_to = {code: self._level_of(code, day) for code in product.leads_to}
        evidence = evidence_of(product, self._products.navs(product.code, day), day)
        return derive(product, day, parts=self._parts(product, day), leads_to=leads_to, evidence=evidence)

    def _level_of(self, code: str, day: date) -> ProductLevel | None:
        """The level of what a service leads to: a member of the list, a product or a security."""
        if code in members():
            return member_level(code, day)
        try:
            return self.rating_on(code, day).level
        except NoSuchProduct:
            return None

    def _parts(self, product: Product, day: date) -> tuple[Part, ...]:
        if product.kind is not ProductKind.PORTFOLIO:
            return ()
        return tuple(
            Part(part.code, Decimal(part.weight), self._level_of(part.code, day), self._factors_of(part.code, day))
            for part in self._products.components(product.code, day)
        )

    def _factors_of(self, code: str, day: date) -> Mapping[Factor, int]:
        """The factors of a component: its own, else those of the class it belongs to."""
        product, security = self._products.products([code]).get(code), self._products.security(code)
        if product is not None and product.factors:
            return product.factors
        item = class_of(day, product, security).item
        return members()[item].factors if item is not None and item in members() else {}

    def _by_rules(self, code: str, day: date, product: Product | None) -> ProductLevel | None:
        if product is not None:
            return self._derive(product, day).level
        return self.rating_on(code, day).level

    def _file(self, product: Product, derived: Derivation, day: date, stamp: Stamp) -> Rating:
        if derived.level is None:
            raise NotRateable(f"{product.code} {product.name} 不能评级：{'；'.join(derived.missing)}")
        if self._later(product, day):
            raise EvidenceFromLater(
                f"{product.code} 的因素截至 {product.factors_on}，晚于评级日 {day}；请改用不早于它的评级日"
            )
        self._check_order(product.code, day)
        return self._append(
            product.code, derived.level, derived.level, derived.score, day, review_day(derived.level, day),
            derived.as_record(), derived.rule_version, stamp, "",
        )

    def _approved(self, proposal: Proposal, stamp: Stamp) -> Rating:
        product, security = self._found(proposal.code)
        self._check_bound(proposal.code, proposal.level, proposal.effective_from, product, security)
        self._check_order(proposal.code, proposal.effective_from)
        basis = {"proposal": proposal.id, "proposed_by": proposal.proposed_by, "approved_by": stamp.actor.name}
        score, version = None, load_rulebook("suitability", "rating").version
        if product is not None:
            derived = self._derive(product, proposal.effective_from)
            basis, score, version = {**derived.as_record(), **basis}, derived.score, derived.rule_version
        return self._append(
            proposal.code, proposal.level, proposal.derived, score, proposal.effective_from, proposal.review_on,
            basis, version, stamp, proposal.reason, proposal.id,
        )

    def _append(
        self, code: str, level: ProductLevel, derived: ProductLevel | None, score: int | None, day: date,
        review_on: date, basis: Mapping[str, object], rule_version: str, stamp: Stamp, reason: str,
        proposal_id: int | None = None,
    ) -> Rating:
        kept = canonical(basis)
        version = digest({
            "code": code, "level": level, "effective_from": day, "basis": kept, "rule_version": rule_version,
            "proposal": proposal_id,
        })
        rating = self._ratings.append(RatingRow(
            code=code, level=level.value, derived_level=None if derived is None else derived.value, score=score,
            effective_from=day, review_on=review_on, basis=kept, rule_version=rule_version, version=version,
            proposal_id=proposal_id, reason=reason, rated_by_id=stamp.actor.user_id, rated_by=stamp.actor.name,
            rated_at=stamp.at,
        ))
        file_change(
            self._session, stamp, "rating.file", "product", code, version=rating.id, purpose=reason, level=level,
            derived=derived, score=score, effective_from=day.isoformat(), rating_version=version,
        )  # fmt: skip
        return rating

    def _later(self, product: Product, day: date) -> bool:
        return product.factors_on is not None and product.factors_on > day

    def _check_reason(self, reason: str) -> None:
        if not reason.strip():
            raise OverrideRefused("请写明理由")
        if len(reason) > _LONGEST_REASON:
            raise OverrideRefused(f"理由最多 {_LONGEST_REASON} 个字符")

    def _check_bound(
        self, code: str, level: ProductLevel, day: date, product: Product | None, security: Instrument | None
    ) -> None:
        lowest = bound(day, product, security)
        if lowest is not None and level.rank < lowest.rank:
            raise OverrideTooLow(
                f"{code} 不能调整为 {level.value}：名录或发行人评级为 {lowest.value}，评级不得低于它",
                lowest=lowest.value,
            )

    def _check_order(self, code: str, day: date) -> None:
        newest = self._ratings.in_force(code, date.max)
        if newest is not None and newest.effective_from > day:
            raise RatingOutOfOrder(
                f"{code} 已有自 {newest.effective_from} 起的评级；新的评级不能早于这一天，过去各日的等级不改写"
            )


def review_day(level: ProductLevel, day: date) -> date:
    """The day on which a rating filed on `day` has to be reviewed."""
    months: Mapping[str, int] = load_rulebook("suitability", "rating").on("RATE-REVIEW-MONTHS", day)
    return max(plus_months(day, int(months[level.value])), day + timedelta(days=1))
