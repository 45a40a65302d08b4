"""The agency's pages: a feed is uploaded, looked at, and then, as a step of its own, put into use."""

from __future__ import annotations

from operator import itemgetter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.csv_files import csv_response
from api.web.forms import Form, FormDep
from api.web.language import Language, language_of, translator
from api.web.map_drawing import draw_changes
from api.web.rendering import PageRoute, UploadRoute, only, page
from api.web.uploads import FEEDS, on_disk
from gtfs.options import NO_OPTIONS, Options
from gtfs.overlap_rules import MOST_BYTES as MOST_RULES
from gtfs.overlap_rules import known_name
from gtfs.overlay import MOST_BYTES
from mobility.actions.bring_feed import (
    find_earlier_feed,
    list_feeds,
    plan_feed,
    preview_feed,
    read_feed_version,
    upload_feed,
    use_feed,
)
from mobility.actions.context import Context
from mobility.actions.hand_over_hurt import groups_of_hurt, list_hurt
from mobility.actions.keep_feeds import can_be_removed, look_at_feeds, remove_feed_version, save_feed_rules, withdraw_feed
from mobility.actions.local_time import agency_zone
from mobility.actions.logbook import names_of_accounts
from mobility.actions.look_at_changes import look_at_changes
from mobility.domain.accounts import Actor, Role
from mobility.errors import ConflictError, InvalidInputError, NotFoundError
from mobility.settings import read_settings

router = APIRouter(include_in_schema=False, route_class=PageRoute)
uploads = APIRouter(include_in_schema=False, route_class=UploadRoute)

AgencyDep = Annotated[Actor, Depends(only(Role.AGENCY, Role.ADMIN))]
Column = Literal["severity", "file", "row", "message", "count"]
_GRAVEST_FIRST = {"reject": 0, "repair": 1, "accept": 2}


@router.get("/agency")
def feeds_page(request: Request, context: ContextDep, actor: AgencyDep) -> Response:
    """All versions of the timetable, and the form for the next one."""
    return _feeds(request, context, actor)


@router.get(FEEDS)
def upload_refused_page(
    request: Request, context: ContextDep, actor: AgencyDep, too_large: Literal["1"] | None = None
) -> Response:
    """Where a form that was too large comes back to."""
    _ = translator(language_of(request))
    most = read_settings().feed_megabytes
    wrong = _("Die Datei ist größer als %(most)s MB. Bitte senden Sie nur den Fahrplan Ihres Gebiets.") % {"most": most}
    return _feeds(request, context, actor, wrong if too_large else "")


def _feeds(request: Request, context: Context, actor: Actor, wrong: str = "") -> Response:
    feeds = list_feeds(context, actor)
    return page(
        request,
        "agency/feeds.html",
        422 if wrong else 200,
        feeds=feeds,
        names_of_feeds=sorted({feed.feed for feed in feeds}),
        kept=look_at_feeds(context, actor),
        can_be_removed=can_be_removed,
        names=names_of_accounts(context, actor),
        zone=agency_zone(context, actor),
        wrong=wrong,
        most=read_settings().feed_megabytes,
    )


@uploads.post(FEEDS)
def upload_form(request: Request, context: ContextDep, actor: AgencyDep, form: FormDep) -> Response:
    """Check a feed and show what was found; nothing is in use yet."""
    sent = form.file("feed")
    if sent is None or not sent.size:
        _ = translator(language_of(request))
        wrong = _("Bitte wählen Sie eine Datei aus.") if sent is None else _("Die Datei ist leer.")
        return _feeds(request, context, actor, wrong)
    try:
        feed = known_name(form.text("name"))
    except ValueError:
        _ = translator(language_of(request))
        return _feeds(request, context, actor, _("Ein Kurzname hat 3 bis 20 Kleinbuchstaben, Ziffern oder Bindestriche."))
    try:
        options = _options(form)
    except UnicodeDecodeError:
        _ = translator(language_of(request))
        return _feeds(
            request, context, actor, _("Das Beiblatt ist kein Text in UTF-8. Bitte speichern Sie es so, oder lassen Sie es weg.")
        )
    try:
        with on_disk(sent) as file:
            dataset = upload_feed(context, actor, file, sent.filename or "", options=options, feed=feed)
    except InvalidInputError:
        _ = translator(language_of(request))
        return _feeds(
            request,
            context,
            actor,
            _(
                "Die aufgehobenen Fahrpläne brauchen so viel Platz, wie sie dürfen. Bitte entfernen Sie unten welche, die nie in Gebrauch waren."
            ),
        )
    return RedirectResponse(f"{FEEDS}/{dataset.id}?new=1", 303)


def _options(form: Form) -> Options:
    """With the overlay file that came beside the feed; where none came, without."""
    overlay = form.file("overlay")
    if overlay is None or not overlay.size:
        return NO_OPTIONS
    return Options(overlay=overlay.file.read(MOST_BYTES + 1).decode("utf-8"), overlay_name=overlay.filename or "overlay.toml")


@router.get("/agency/feeds/{dataset_id}")
def feed_page(
    request: Request,
    context: ContextDep,
    actor: AgencyDep,
    dataset_id: PathIdentifier,
    sort: Column = "severity",
    new: Annotated[str | None, Query(max_length=1)] = None,
) -> Response:
    """One version: what was found, what it would bring, and the step to use it."""
    version = read_feed_version(context, actor, dataset_id)
    seen = look_at_changes(context, actor, version.dataset)
    return page(
        request,
        "agency/feed.html",
        version=version,
        findings=_sorted(version.findings, sort, language_of(request)),
        sort=sort,
        preview=preview_feed(context, actor, version.dataset),
        seen=seen,
        hurt=[] if version.dataset.in_use else groups_of_hurt(list_hurt(context, actor, version.dataset)),
        map=draw_changes(seen) if seen else None,
        earlier=None if not version.dataset.in_use else find_earlier_feed(context, actor, version.dataset.feed),
        today=context.clock().astimezone(agency_zone(context, actor)).date(),
        names=names_of_accounts(context, actor),
        zone=agency_zone(context, actor),
        is_new=bool(new),
        can_be_removed=can_be_removed,
    )


def _sorted(findings: tuple[dict[str, Any], ...], sort: Column, language: Language) -> list[dict[str, Any]]:
    """In the reader's language, by a column; the gravest first where nothing else is asked for."""
    own = "_de" if language == "de" else ""
    told = [
        {
            **{name: found[name] for name in ("severity", "outcome", "file", "row", "count")},
            "message": found[f"message{own}"],
            "mend": found[f"mend{own}"],
        }
        for found in findings
    ]
    if sort == "severity":
        return sorted(told, key=lambda found: _GRAVEST_FIRST.get(found["outcome"], 3))
    if sort in ("row", "count"):
        return sorted(told, key=lambda found: found[sort] or 0, reverse=sort == "count")
    return sorted(told, key=itemgetter(sort))


@router.get("/agency/feeds/{dataset_id}/findings.csv")
def findings_csv(request: Request, context: ContextDep, actor: AgencyDep, dataset_id: PathIdentifier) -> Response:
    """What was found, to take away."""
    version = read_feed_version(context, actor, dataset_id)
    found = _sorted(version.findings, "severity", language_of(request))
    head = ["outcome", "severity", "file", "row", "count", "message", "mend"]
    rows = [["" if one[name] is None else one[name] for name in head] for one in found]
    return csv_response(f"findings-version-{version.dataset.version}.csv", head, rows)


@router.post("/agency/feeds/{dataset_id}/use")
def use_form(request: Request, context: ContextDep, actor: AgencyDep, dataset_id: PathIdentifier) -> Response:
    """Put a version into use."""
    try:
        dataset = use_feed(context, actor, dataset_id)
    except ConflictError:
        _ = translator(language_of(request))
        return _feeds(
            request, context, actor, _("Dieser Fahrplan kann nicht verwendet werden. Der bisherige bleibt in Gebrauch.")
        )
    return RedirectResponse(f"{FEEDS}/{dataset.id}", 303)


@router.post("/agency/feeds/{dataset_id}/plan")
def plan_form(request: Request, context: ContextDep, actor: AgencyDep, dataset_id: PathIdentifier, form: FormDep) -> Response:
    """Have a version put into use on a day to come; without a day, not any more."""
    _ = translator(language_of(request))
    try:
        plan_feed(context, actor, dataset_id, form.day("use_on") if form.text("use_on") else None)
    except InvalidInputError:
        return _feeds(request, context, actor, _("Bitte wählen Sie einen Tag, der noch kommt."))
    except ConflictError:
        return _feeds(
            request, context, actor, _("Dieser Fahrplan kann nicht verwendet werden. Der bisherige bleibt in Gebrauch.")
        )
    return RedirectResponse(f"{FEEDS}/{dataset_id}", 303)


@router.post("/agency/feeds/{dataset_id}/withdraw")
def withdraw_form(request: Request, context: ContextDep, actor: AgencyDep, dataset_id: PathIdentifier) -> Response:
    """Use a feed no longer; the others stay in use."""
    version = read_feed_version(context, actor, dataset_id)
    try:
        withdraw_feed(context, actor, version.dataset.feed)
    except NotFoundError:
        _ = translator(language_of(request))
        return _feeds(request, context, actor, _("Dieser Fahrplan ist nicht in Gebrauch."))
    return RedirectResponse(f"{FEEDS}/{dataset_id}", 303)


@router.post("/agency/feeds/{dataset_id}/remove")
def remove_form(request: Request, context: ContextDep, actor: AgencyDep, dataset_id: PathIdentifier) -> Response:
    """Delete a version that was never used."""
    try:
        remove_feed_version(context, actor, dataset_id)
    except ConflictError:
        _ = translator(language_of(request))
        return _feeds(request, context, actor, _("Nur eine Version, die nie in Gebrauch war, kann entfernt werden."))
    return RedirectResponse("/agency", 303)


@router.post("/agency/feed-rules")
def rules_form(request: Request, context: ContextDep, actor: AgencyDep, form: FormDep) -> Response:
    """Which feed counts for lines that several deliver."""
    try:
        save_feed_rules(context, actor, form.text("rules", MOST_RULES).replace("\r\n", "\n"))
    except InvalidInputError as error:
        return _feeds(request, context, actor, error.problems[0].what)
    return RedirectResponse("/agency", 303)
