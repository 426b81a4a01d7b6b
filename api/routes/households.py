"""家庭资产负债: who belongs to a household, what is declared, and what it adds up to; goals, liquidity, sensitivity."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.desks import Households, Profiles, Stamped
from api.routes.household_shapes import (
    EndIn,
    HouseholdIn,
    HouseholdItemIn,
    HouseholdItemOut,
    HouseholdOut,
    ItemWordList,
    ItemWordOut,
    JoinIn,
    MemberBody,
    MembersOut,
    SensitivityTable,
    case_out,
    household_out,
    item_out,
    members_out,
)
from api.routes.shapes import PathCode
from clients.household.assumptions import assumptions_on, rule_value
from clients.household.liquidity import liquidity_of
from clients.household.plan import make_plan
from clients.household.problems import (
    HouseholdExists,
    HouseholdRefused,
    MemberTaken,
    NoSuchHousehold,
    NoSuchMember,
)
from clients.household.sensitivity import sensitivity
from clients.household.types import Household, Member
from clients.repository import NoSuchClient
from clients.staff.problems import ChangedMeanwhile
from kit.access import Scope, Verb
from suitability.profile.service import ProfileService

router = APIRouter(tags=["家庭"], route_class=Door)
READS = [needs(Verb.HOUSEHOLD_READ)]
EDITS = [needs(Verb.HOUSEHOLD_EDIT)]
OF_CLIENT = "/clients/{client_no}/household"
HOUSEHOLD = "/households/{household_no}"
MEMBER = (NoSuchHousehold, NoSuchMember, ChangedMeanwhile, HouseholdRefused)


@router.get(
    OF_CLIENT, operation_id="getHousehold", dependencies=READS,
    responses=problem_responses(NoSuchClient, NoSuchHousehold),
)
def get_household(
    client_no: PathCode, response: Response, desk: Households, profiles: Profiles, scope: Reach
) -> HouseholdOut:
    """The client's household today: declared items, the balance sheet with accounts by the ledger, goals, liquidity."""
    household = of_client(profiles, client_no, scope)
    assumed = assumptions_on(household.day)
    plan = make_plan(household, assumed, rule_value("REQUIRED-RETURN", household.day)["highest"])
    found = liquidity_of(household, assumed, rule_value("LIQUIDITY", household.day))
    version = desk.version(household.household_no)
    set_etag(response, version)
    return household_out(household, plan, found, version, desk.item_versions(household.household_no))


@router.get(
    OF_CLIENT + "/sensitivity", operation_id="getSensitivity", dependencies=READS,
    responses=problem_responses(NoSuchClient, NoSuchHousehold),
)
def get_sensitivity(client_no: PathCode, profiles: Profiles, scope: Reach) -> SensitivityTable:
    """What becomes of it when growth, discount or the age of retirement is another."""
    household = of_client(profiles, client_no, scope)
    day = household.day
    table = sensitivity(
        household, assumptions_on(day), rule_value("SENSITIVITY", day), rule_value("REQUIRED-RETURN", day)["highest"]
    )
    return SensitivityTable(household_no=household.household_no, day=day, items=[case_out(one) for one in table])


@router.post(
    "/households", status_code=201, operation_id="addHousehold", dependencies=EDITS,
    responses=problem_responses(NoSuchClient, HouseholdExists, HouseholdRefused, MemberTaken),
)
def add_household(body: HouseholdIn, response: Response, desk: Households, stamp: Stamped) -> MembersOut:
    """A new household with its members; at least one of them is a client."""
    members = [Member(**one.model_dump()) for one in body.members]
    return told(response, desk.add(body.household_no, members, body.valid_from, stamp), 1)


@router.post(
    HOUSEHOLD + "/members", status_code=201, operation_id="addHouseholdMember", dependencies=EDITS,
    responses=problem_responses(*MEMBER, NoSuchClient, MemberTaken),
)
def add_member(
    household_no: PathCode, body: JoinIn, response: Response, desk: Households, stamp: Stamped, seen: SeenVersion
) -> MembersOut:
    """Somebody joins from a day on."""
    member = Member(**body.member.model_dump())
    made = desk.add_member(household_no, member, body.valid_from, expected_version=seen, stamp=stamp)
    return told(response, made, desk.version(household_no))


@router.put(
    HOUSEHOLD + "/members/{member_no}", operation_id="changeHouseholdMember", dependencies=EDITS,
    responses=problem_responses(*MEMBER),
)
def change_member(
    household_no: PathCode,
    member_no: PathCode,
    body: MemberBody,
    response: Response,
    desk: Households,
    stamp: Stamped,
    seen: SeenVersion,
) -> MembersOut:
    """A member as it shall be."""
    member = Member(member_no=member_no, **body.model_dump())
    made = desk.change_member(household_no, member, expected_version=seen, stamp=stamp)
    return told(response, made, desk.version(household_no))


@router.post(
    HOUSEHOLD + "/members/{member_no}/end", operation_id="endHouseholdMember", dependencies=EDITS,
    responses=problem_responses(*MEMBER),
)
def end_member(
    household_no: PathCode,
    member_no: PathCode,
    body: EndIn,
    response: Response,
    desk: Households,
    stamp: Stamped,
    seen: SeenVersion,
) -> MembersOut:
    """The last day on which the member belongs to the household."""
    made = desk.end_member(household_no, member_no, body.last_day, expected_version=seen, stamp=stamp)
    return told(response, made, desk.version(household_no))


@router.get(
    HOUSEHOLD + "/items/{item_no}", operation_id="getHouseholdItem", dependencies=READS,
    responses=problem_responses(NoSuchHousehold),
)
def get_item(household_no: PathCode, item_no: PathCode, response: Response, desk: Households) -> ItemWordList:
    """Every word on an item, newest first; empty, under ETag "0", for one that is not there yet."""
    words = desk.history(household_no, item_no)
    set_etag(response, len(words))
    items = [
        ItemWordOut(**item_out(item, len(words) - place).model_dump(), revision=revision)
        for place, (item, revision, _) in enumerate(words)
    ]
    return ItemWordList(items=items)


@router.put(
    HOUSEHOLD + "/items/{item_no}", operation_id="putHouseholdItem", dependencies=EDITS,
    responses=problem_responses(NoSuchHousehold, HouseholdRefused, ChangedMeanwhile),
)
def put_item(
    household_no: PathCode,
    item_no: PathCode,
    body: HouseholdItemIn,
    response: Response,
    desk: Households,
    stamp: Stamped,
    seen: SeenVersion,
) -> HouseholdItemOut:
    """Say something of an item: earlier words stay, the same day is corrected. For a new item: If-Match "0"."""
    item = desk.record(household_no, body.item(item_no), stamp, expected_version=seen)
    version = desk.item_versions(household_no)[item_no]
    set_etag(response, version)
    return item_out(item, version)


def of_client(profiles: ProfileService, client_no: str, scope: Scope) -> Household:
    found = profiles.household(client_no, scope.day)
    if found is None:
        raise NoSuchHousehold(f"客户 {client_no} 没有登记家庭；请先登记家庭与成员")
    return found


def told(response: Response, household: Household, version: int) -> MembersOut:
    set_etag(response, version)
    return members_out(household, version)
