"""The FastAPI application: JSON routes under /api/v1, pages beside them, static files of our own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from importlib import resources
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from api import operations, problems
from api.contract import background, documents
from api.contract.door import Door
from api.contract.requests import RequestIds
from api.headers import SecurityHeaders
from api.pages import accounts as account_pages
from api.pages import advisor_register as advisor_register_pages
from api.pages import advisors as advisor_pages
from api.pages import agreements as agreement_pages
from api.pages import complaints as complaint_pages
from api.pages import deliveries as delivery_pages
from api.pages import effect as effect_pages
from api.pages import grade_reviews as grade_review_pages
from api.pages import grades as grade_pages
from api.pages import handover as handover_page
from api.pages import home as home_page
from api.pages import household as household_pages
from api.pages import household_members as household_member_pages
from api.pages import profile as profile_pages
from api.pages import records as record_pages
from api.pages import relations as relation_pages
from api.pages import reports as report_pages
from api.pages import scenarios as scenario_pages
from api.pages import service as promise_pages
from api.pages import service_publishing as service_publishing_pages
from api.pages import service_steps as service_step_pages
from api.pages import services as service_pages
from api.pages import signin as signin_pages
from api.pages import staff as staff_pages
from api.pages import staff_edit as staff_edit_pages
from api.pages import subscriptions as subscription_pages
from api.pages import suitability_callbacks as suitability_callback_pages
from api.pages import suitability_case as suitability_case_page
from api.pages import suitability_cases as suitability_case_pages
from api.pages import suitability_changes as suitability_change_pages
from api.pages import suitability_decisions as suitability_decision_pages
from api.pages import suitability_drafts as suitability_draft_pages
from api.pages import suitability_inspections as suitability_inspection_pages
from api.pages import suitability_rules as suitability_rule_pages
from api.pages import surveys as survey_pages
from api.pages import task as task_page
from api.pages import tasks as task_pages
from api.pages import team as team_pages
from api.routes import (
    accounts,
    advisor_register,
    advisors,
    agreements,
    assessments,
    auth,
    callbacks,
    cases,
    categories,
    complaints,
    decisions,
    deliveries,
    effects,
    events,
    grade_reviews,
    grades,
    handovers,
    households,
    imports,
    inbox,
    inspections,
    permissions,
    products,
    profiles,
    questionnaires,
    record_quality,
    relations,
    reports,
    rule_changes,
    scenarios,
    service,
    service_publishing,
    service_steps,
    services,
    sessions,
    staff,
    staff_records,
    subscriptions,
    suitability,
    surveys,
    tasks,
    trail,
    users,
)
from kit.identity.keys import KeyRing
from kit.settings import settings

API: Final = "/api/v1"
ROUTES: Final[tuple[APIRouter, ...]] = (
    auth.router, sessions.router, users.router, accounts.router, reports.router, agreements.router,
    staff.router, staff_records.router, relations.router, handovers.router, imports.router, trail.router,
    suitability.router, decisions.router, questionnaires.router, assessments.router, categories.router,
    products.router, permissions.router, households.router, profiles.router,
    service.router, service_steps.router, complaints.router, surveys.router, record_quality.router,
    cases.router, callbacks.router, inspections.router, rule_changes.router,
    deliveries.router, inbox.router, events.router, tasks.router, scenarios.router, effects.router,
    grades.router, grade_reviews.router, advisors.router, advisor_register.router,
    services.router, service_publishing.router, subscriptions.router,
)  # fmt: skip
PAGES: Final[tuple[APIRouter, ...]] = (
    home_page.router, signin_pages.router, account_pages.router, report_pages.router, agreement_pages.router,
    promise_pages.router, service_step_pages.router, complaint_pages.router, survey_pages.router, record_pages.router,
    household_pages.router, household_member_pages.router,
    profile_pages.router, service_pages.router, service_publishing_pages.router, subscription_pages.router,
    staff_pages.router, staff_edit_pages.router, relation_pages.router, handover_page.router,
    suitability_case_pages.router, suitability_case_page.router, suitability_decision_pages.router,
    suitability_rule_pages.router, suitability_change_pages.router, suitability_draft_pages.router,
    suitability_callback_pages.router, suitability_inspection_pages.router,
    task_pages.router, task_page.router, team_pages.router,
    delivery_pages.router, effect_pages.router, scenario_pages.router, grade_review_pages.router, grade_pages.router,
    advisor_register_pages.router, advisor_pages.router,
)  # fmt: skip


@cache
def house() -> APIRouter:
    """Every route, put together once a process: an application more costs nothing."""
    made = APIRouter()
    for routes in ROUTES:
        made.include_router(routes, prefix=API)
    made.include_router(operations.router)
    for pages in PAGES:
        made.include_router(pages, include_in_schema=False)
    return made


def create_app(
    database_url: str | None = None,
    *,
    keys: KeyRing | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    log_level: str | None = None,
) -> FastAPI:
    """The application on one database. keys: what tokens are signed with; default of all three: the settings'."""
    app = FastAPI(
        title="Heshi 合适", version="1", description="账户诊断、适当性与关键时刻", openapi_url=f"{API}/openapi.json",
        docs_url=None, redoc_url=None, lifespan=background.running,
    )
    app.state.database_url = database_url or settings().database_url
    app.state.keys = keys
    app.state.clock = clock
    app.state.log_level = log_level or settings().log_level
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestIds)
    problems.install(app)
    app.router.routes.extend(house().routes)
    doors = [route for router in ROUTES for route in router.routes if isinstance(route, Door)]
    app.openapi = partial(documents.openapi, app, doors)  # type: ignore[method-assign]
    static = resources.files("templates") / "static"
    app.mount("/static", StaticFiles(directory=str(static)), name="static")
    return app
