"""Who drives in the coming weeks: duties that nobody holds, what would happen if somebody were ill, and how rides are shared."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.auth import ContextDep
from api.web.admin_people import credential_words
from api.web.desk import DeskDep
from api.web.language import Language, language_of, translator
from api.web.rendering import PageRoute, page
from mobility.actions.context import Context
from mobility.actions.fill_duties import OpenDuty, list_open_duties
from mobility.actions.local_time import agency_zone
from mobility.actions.reckon_what_if import list_what_ifs
from mobility.actions.share_rides import SharesOfService, list_shares
from mobility.domain.accounts import Actor
from mobility.domain.fleet import CredentialKind, Driver
from mobility.domain.services import Fairness
from mobility.domain.volunteering import Share
from mobility.errors import NothingImportedError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_BAR = 260
"""Pixels of the longest bar."""


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One volunteer in table and picture: hours offered and at the wheel, kilometres, and how long the bar is (pixels)."""

    driver: Driver
    share: Share
    burden: int
    bar: int


@router.get("/desk/duties")
def duties_page(request: Request, context: ContextDep, actor: DeskDep) -> Response:
    """All three at a glance."""
    language = language_of(request)
    duties, shares = _read(context, actor)
    return page(
        request,
        "desk/duties.html",
        duties=[(duty, _lacking(duty, language)) for duty in duties],
        what_ifs=list_what_ifs(context, actor),
        shares=[(seen, _rows(seen)) for seen in shares],
        by=_by_words(language),
        today=context.clock().astimezone(agency_zone(context, actor)).date(),
        zone=agency_zone(context, actor),
    )


def _read(context: Context, actor: Actor) -> tuple[list[OpenDuty], list[SharesOfService]]:
    try:
        return list_open_duties(context, actor), list_shares(context, actor)
    except NothingImportedError:  # nothing imported yet: there are no duties
        return [], []


def _lacking(duty: OpenDuty, language: Language) -> list[tuple[Driver, str]]:
    """Who would drive it, and what he has still to show."""
    words, service = credential_words(language), duty.planned.service
    return [
        (driver, ", ".join(words[kind] for kind in _missing(driver, duty)))
        for driver in duty.planned.lacking
        if driver.provider_id == service.carrier.provider_id
    ]


def _missing(driver: Driver, duty: OpenDuty) -> list[CredentialKind]:
    lacks = driver.without(duty.planned.service.driver_credentials, duty.day)
    return sorted({*lacks, *(one.kind for one in driver.ended_by(duty.day))})


def _rows(seen: SharesOfService) -> list[ShareRow]:
    """The bar is what was driven for each hour offered; where nobody reckons, rides."""
    rules = seen.service.volunteers
    by = Fairness.RIDES if rules is None or rules.fairness is Fairness.OFF else rules.fairness
    ratios = {driver.id: share.driven(by) / share.offered_s if share.offered_s else 0.0 for driver, share in seen.shares}
    most = max(ratios.values(), default=0.0) or 1.0
    return [
        ShareRow(driver, share, seen.burdens.get(driver.id, 0), round(_BAR * ratios[driver.id] / most))
        for driver, share in seen.shares
    ]


def _by_words(language: Language) -> dict[Fairness, str]:
    _ = translator(language)
    return {
        Fairness.OFF: _(
            "Nach welchem Maß Fahrten gerecht verteilt werden, steht nicht in der Dienst-Datei; gezeigt sind Fahrten je angebotener Stunde."
        ),
        Fairness.RIDES: _("Zuerst gefragt wird, wer die wenigsten Fahrten je angebotener Stunde hat; der Balken zeigt sie."),
        Fairness.KM: _("Zuerst gefragt wird, wer die wenigsten Kilometer je angebotener Stunde hat; der Balken zeigt sie."),
        Fairness.HOURS: _(
            "Zuerst gefragt wird, wer die wenigsten Stunden am Steuer je angebotener Stunde hat; der Balken zeigt sie."
        ),
    }
