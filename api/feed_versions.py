"""An agency's timetables: uploaded, looked at, and, as a step of its own, put into use. What the agency's pages can do, for programs."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any, Self

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, UploadFile

from api.auth import ActorDep, ContextDep
from api.fields import Body, Day, Instant, PathIdentifier
from api.strict_json import StrictJsonRoute
from api.web.uploads import on_disk
from gtfs.options import NO_OPTIONS, Options
from gtfs.overlap_rules import MOST_BYTES as MOST_RULES
from gtfs.overlap_rules import known_name, told_name
from gtfs.overlay import MOST_BYTES as MOST_OVERLAY
from mobility.actions.bring_feed import (
    FeedPreview,
    FeedVersion,
    find_earlier_feed,
    list_feeds,
    plan_feed,
    preview_feed,
    read_feed_version,
    upload_feed,
    use_feed,
)
from mobility.actions.context import Context
from mobility.actions.hand_over_hurt import list_hurt
from mobility.actions.keep_feeds import look_at_feeds, refuse_too_much, remove_feed_version, save_feed_rules, withdraw_feed
from mobility.actions.look_at_changes import look_at_changes
from mobility.domain.accounts import Actor, Role
from mobility.domain.datasets import Dataset
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotSignedInError, Problem
from mobility.planning.relying import Hurt

router = APIRouter(tags=["timetables"])
json_router = APIRouter(tags=["timetables"], route_class=StrictJsonRoute)
_MOST_TOLD = 20


def _agency(actor: ActorDep) -> Actor:
    if actor.role not in (Role.AGENCY, Role.ADMIN):
        raise NotAllowedError("timetables are brought by the agency and its admin")
    return actor


AgencyDep = Annotated[Actor, Depends(_agency)]


class VersionOut(BaseModel):
    """One uploaded version of a feed; ``use_on``: the day on which it is to be put into use."""

    id: str
    feed: str
    version: int
    source: str
    sha256: str
    uploaded_at: Instant
    rejected: bool
    in_use: bool
    used_at: Instant | None
    use_on: date | None

    @classmethod
    def of(cls, one: Dataset) -> Self:
        """From the domain."""
        return cls(
            id=one.id, feed=told_name(one.feed), version=one.version, source=one.source, sha256=one.sha256,
            uploaded_at=one.imported_at, rejected=one.rejected, in_use=one.in_use, used_at=one.used_at, use_on=one.use_on,
        )  # fmt: skip


class FindingOut(BaseModel):
    """What was found in a feed: where, what it means, how to mend it, in English and German."""

    code: str
    severity: str
    outcome: str
    file: str
    row: int | None
    count: int | None
    message: str
    mend: str
    message_de: str
    mend_de: str


class VersionDetailOut(VersionOut):
    """With what was found in it. ``outcome``: accept, repair or reject."""

    outcome: str
    counts: dict[str, int]
    findings: list[FindingOut]

    @classmethod
    def seen(cls, version: FeedVersion) -> Self:
        """From the action's answer."""
        findings = [
            FindingOut.model_validate({name: found.get(name) for name in FindingOut.model_fields}) for found in version.findings
        ]
        own = VersionOut.of(version.dataset).model_dump()
        return cls(**own, outcome=version.outcome, counts=version.counts, findings=findings)


class LineOut(BaseModel):
    """A line of a feed."""

    short_name: str
    long_name: str
    trips: int


class HurtOut(BaseModel):
    """A booking that would lose a train or bus: the line, where and when it was to leave; ``departs_now``: when it leaves nearest to that (None:
    within two hours not at all).
    """

    booking_id: str
    line: str
    stop: str
    departs: Instant
    departs_now: Instant | None


class PreviewOut(BaseModel):
    """What a version would bring: its lines, first and last day; services whose line would be nowhere (``lacking``) or come from another feed
    (``losing``); why it cannot be used beside the others (empty: it can); and ``hurt``: bookings that lose a train or bus; ``changes`` against the version in use, as
    ``python -m gtfs diff --json`` prints them (None: there is nothing to compare with).
    """

    lines: list[LineOut]
    first: date | None
    last: date | None
    lacking: list[str]
    losing: list[str]
    apart_because: str
    changes: dict[str, Any] | None
    hurt: list[HurtOut]

    @classmethod
    def of(cls, seen: FeedPreview, changes: dict[str, Any] | None, hurt: list[Hurt]) -> Self:
        """From the actions' answers."""
        return cls(
            lines=[LineOut(short_name=short, long_name=long, trips=trips) for short, long, trips in seen.lines],
            first=seen.first,
            last=seen.last,
            lacking=[one.id for one in seen.lacking],
            losing=[one.id for one in seen.losing],
            apart_because=seen.apart_because,
            changes=changes,
            hurt=[
                HurtOut(
                    booking_id=one.relied.booking_id,
                    line=one.relied.line,
                    stop=one.relied.board.name,
                    departs=one.relied.departs,
                    departs_now=one.departs_now,
                )
                for one in hurt
            ],
        )


class UseRequest(Body):
    """When: at once, or from the day ``on`` that is to come."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"on": "2026-12-13"}]})

    on: Day | None = None


class RulesBody(Body):
    """Which feed counts for lines that several deliver, as TOML (docs/feeds.md); empty: none."""

    rules: Annotated[str, Field(max_length=MOST_RULES)]


_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["feed"],
                    "properties": {
                        "feed": {"type": "string", "format": "binary", "description": "The GTFS zip file."},
                        "overlay": {"type": "string", "format": "binary", "description": "TOML that marks lines as on-demand."},
                        "name": {"type": "string", "description": "Which of the agency's feeds; main when left out."},
                    },
                }
            }
        },
    }
}


@router.post("/timetables/versions", status_code=201, openapi_extra=_FORM)
async def post_version(request: Request, context: ContextDep, actor: AgencyDep) -> VersionDetailOut:
    """Check a feed and keep it as a version that is not in use. A rejected one is kept too, and answered with 422 and what was found."""
    announced = request.headers.get("content-length", "0")
    await _refuse_sender(request, context, actor, int(announced) if announced.isascii() and announced.isdigit() else 0)
    async with request.form(max_files=2, max_fields=1) as form:
        return await anyio.to_thread.run_sync(partial(_upload, context, actor, form))


async def _refuse_sender(request: Request, context: Context, actor: Actor, announced: int) -> None:
    """Before any of it is read: a form that is no such form, that another site may have sent, or for which there is no room."""
    if not request.headers.get("authorization"):
        raise NotSignedInError("send the token as Authorization: Bearer TOKEN; a form with a cookie could be another site's")
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidInputError(
            Problem("body", "is no form with files", "send it as multipart/form-data, as curl -F feed=@feed.zip does")
        )
    await anyio.to_thread.run_sync(partial(refuse_too_much, context, actor, announced))


def _upload(context: Context, actor: Actor, form: FormData) -> VersionDetailOut:
    sent, name = form.get("feed"), form.get("name", "")
    if not isinstance(sent, UploadFile) or not sent.size:
        raise InvalidInputError(Problem("feed", "holds no file", "add the zip file, as curl -F feed=@feed.zip does"))
    try:
        feed = known_name(str(name))
    except ValueError as error:
        raise InvalidInputError(Problem("name", str(error), "leave it out for the main feed")) from None
    options = _options(form)
    with on_disk(sent) as file:
        dataset = upload_feed(context, actor, file, sent.filename or "", options=options, feed=feed)
    version = read_feed_version(context, actor, dataset.id)
    if dataset.rejected:
        raise InvalidInputError(*_rejected(version))
    return VersionDetailOut.seen(version)


def _options(form: FormData) -> Options:
    overlay = form.get("overlay")
    if not isinstance(overlay, UploadFile) or not overlay.size:
        return NO_OPTIONS
    try:
        text = overlay.file.read(MOST_OVERLAY + 1).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInputError(Problem("overlay", "is not UTF-8 text", 'save the file with the encoding "UTF-8"')) from None
    return Options(overlay=text, overlay_name=overlay.filename or "overlay.toml")


def _rejected(version: FeedVersion) -> list[Problem]:
    """Why, the gravest first."""
    kept = Problem("feed", "is rejected; the one in use stays", f"mend what follows; it is kept as {version.dataset.id}")
    grave = [found for found in version.findings if found["outcome"] == "reject"] or list(version.findings)
    return [
        kept,
        *(
            Problem(
                ", ".join(filter(None, (found["file"], f"row {found['row']}" if found["row"] else ""))),
                found["message"],
                found["mend"],
            )
            for found in grave[:_MOST_TOLD]
        ),
    ]


@json_router.get("/timetables/versions")
def get_versions(context: ContextDep, actor: AgencyDep) -> list[VersionOut]:
    """All versions of all feeds, the main one's first, the newest first."""
    return [VersionOut.of(one) for one in list_feeds(context, actor)]


@json_router.get("/timetables/versions/{version_id}")
def get_version(context: ContextDep, actor: AgencyDep, version_id: PathIdentifier) -> VersionDetailOut:
    """One version, with what was found in it."""
    return VersionDetailOut.seen(read_feed_version(context, actor, version_id))


@json_router.get("/timetables/versions/{version_id}/preview")
def get_preview(context: ContextDep, actor: AgencyDep, version_id: PathIdentifier) -> PreviewOut:
    """What it would bring, and change."""
    dataset = read_feed_version(context, actor, version_id).dataset
    seen = preview_feed(context, actor, dataset)
    if seen is None:
        raise ConflictError("this version cannot be used: it was rejected, or its files are gone")
    changes = look_at_changes(context, actor, dataset)
    told = None if changes is None else changes.changes.to_json()
    return PreviewOut.of(seen, told, list_hurt(context, actor, dataset))


@json_router.post("/timetables/versions/{version_id}/use")
def post_use(context: ContextDep, actor: AgencyDep, version_id: PathIdentifier, body: UseRequest) -> VersionOut:
    """Put it into use at once, or plan it for a day."""
    if body.on is not None:
        return VersionOut.of(plan_feed(context, actor, version_id, body.on))
    return VersionOut.of(use_feed(context, actor, version_id))


@json_router.delete("/timetables/versions/{version_id}/use", status_code=204, response_class=Response)
def delete_use(context: ContextDep, actor: AgencyDep, version_id: PathIdentifier) -> None:
    """Plan it no longer; one that is in use is used no longer, and the agency's other feeds stay."""
    dataset = read_feed_version(context, actor, version_id).dataset
    if dataset.in_use:
        withdraw_feed(context, actor, dataset.feed)
    else:
        plan_feed(context, actor, version_id, None)


@json_router.post("/timetables/versions/{version_id}/back")
def post_back(context: ContextDep, actor: AgencyDep, version_id: PathIdentifier) -> VersionOut:
    """From this version, which is in use, back to the one that was in use before it."""
    dataset = read_feed_version(context, actor, version_id).dataset
    earlier = find_earlier_feed(context, actor, dataset.feed)
    if not dataset.in_use or earlier is None:
        raise ConflictError("this version is not in use, or there was none before it")
    return VersionOut.of(use_feed(context, actor, earlier.id))


@json_router.delete("/timetables/versions/{version_id}", status_code=204, response_class=Response)
def delete_version(context: ContextDep, actor: AgencyDep, version_id: PathIdentifier) -> None:
    """Delete a version that was never used."""
    remove_feed_version(context, actor, version_id)


@json_router.get("/timetables/rules")
def get_rules(context: ContextDep, actor: AgencyDep) -> RulesBody:
    """Which feed counts for lines that several deliver."""
    return RulesBody(rules=look_at_feeds(context, actor).rules)


@json_router.post("/timetables/rules")
def post_rules(context: ContextDep, actor: AgencyDep, body: RulesBody) -> RulesBody:
    """Say which feed counts; it holds at once."""
    save_feed_rules(context, actor, body.rules.replace("\r\n", "\n"))
    return body
