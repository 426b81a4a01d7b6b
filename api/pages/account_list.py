"""The list of accounts as a reader sees it: lines in words and figures, and every filter as an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from diagnosis.finding_words import TITLES
from diagnosis.findings import TRIGGERS
from diagnosis.peers import bands
from diagnosis.types import Side
from diagnosis.wording import DASH, currency_word, number, percent, yuan
from kit.access import Actor, Verb
from reports.explain import gain_tone
from reports.masking import mask_name
from reports.model import Tone
from reports.repository import SurveyCounts, SurveyFilter
from reports.tables import AgreementRow, SurveyRow

LIST = "/accounts"


@dataclass(frozen=True, slots=True)
class Line:
    """One account: why it stands here, its figures, and the next step with its address."""

    account_no: str
    href: str
    client: str
    reason: str  # the top shortcoming in a client's words; empty without one
    tag: str
    others: int  # further shortcomings
    value: str
    band: str
    earned: str
    earned_tone: Tone
    fall: str
    until: date
    step: str
    step_href: str
    step_muted: bool


def line_of(row: SurveyRow, agreed: AgreementRow | None, who: Actor) -> Line:
    """One account's line for this reader; `agreed` is its running agreement, if any."""
    href = account_path(row.account_no)
    step, step_href, muted = next_step(row, agreed, who)
    return Line(
        account_no=row.account_no,
        href=href,
        client=mask_name(row.client_name),
        reason=row.shortcoming_title or "",
        tag=row.shortcoming_tag or "",
        others=max(0, sum(is_shortcoming(str(finding)) for finding in row.findings) - 1),
        value=yuan(float(row.value), unit=currency_word(row.currency)),
        band=row.band,
        earned=DASH if row.twr is None else percent(row.twr, signed=True),
        earned_tone=gain_tone(row.twr),
        fall=DASH if row.max_drawdown is None else percent(row.max_drawdown),
        until=row.last,
        step=step,
        step_href=step_href,
        step_muted=muted,
    )


def next_step(row: SurveyRow, agreed: AgreementRow | None, who: Actor) -> tuple[str, str, bool]:
    """What this reader may do with the account now: words, address, and whether it can wait."""
    if agreed is not None:
        return f"共识 {agreed.due_on} 到期", account_path(row.account_no, "reports"), True
    if row.shortcoming and who.may(Verb.AGREEMENT_RECORD):
        return "约定目标", account_path(row.account_no, "agreements/new", finding=row.shortcoming), False
    return "看诊断", account_path(row.account_no), True


def account_path(account_no: str, place: str = "", **query: str) -> str:
    """Address of an account's page or of a place below it."""
    path = f"{LIST}/{quote(account_no, safe='')}" + (f"/{place}" if place else "")
    return f"{path}?{urlencode(query)}" if query else path


def is_shortcoming(finding: str) -> bool:
    return finding in TRIGGERS and TRIGGERS[finding].side is Side.SHORTCOMING


def address(chosen: SurveyFilter, **changes: str | None) -> str:
    """The list under this filter with some parts changed; a change of filter starts at the first page."""
    now = {"finding": chosen.finding, "band": chosen.band, "q": chosen.search, **changes}
    kept = {name: value for name, value in now.items() if value}
    return f"{LIST}?{urlencode(kept)}" if kept else LIST


def finding_chips(chosen: SurveyFilter, counts: SurveyCounts) -> list[dict[str, Any]]:
    """One chip for each shortcoming that the book has, most frequent first; the one chosen stays even at 0."""
    known = {code: n for code, n in counts.findings if is_shortcoming(code)}
    if chosen.finding:
        known.setdefault(chosen.finding, 0)
    chips = [
        _chip(TITLES.get(code, code), address(chosen, finding=code), chosen.finding == code, n)
        for code, n in known.items()
    ]
    return [_chip("全部", address(chosen, finding=None), not chosen.finding), *chips]


def band_chips(chosen: SurveyFilter, counts: SurveyCounts, day: date) -> list[dict[str, Any]]:
    """One chip for each asset band, the smallest first."""
    order = {band.label: place for place, band in enumerate(bands(day))}
    known: Mapping[str, int] = dict(counts.bands)
    labels = sorted({*known, *filter(None, [chosen.band])}, key=lambda label: (order.get(label, len(order)), label))
    chips = [
        _chip(label, address(chosen, band=label), chosen.band == label, known.get(label, 0)) for label in labels
    ]
    return [_chip("全部", address(chosen, band=None), not chosen.band), *chips]


def _chip(label: str, href: str, active: bool, count: int | None = None) -> dict[str, Any]:
    shown = None if count is None else number(count, 0)
    return {"label": label, "href": href, "active": active, "count": shown}
