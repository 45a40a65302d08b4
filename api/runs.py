"""Runs and their manifests; what drivers report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.auth import ActorDep, ContextDep
from api.fields import Body, Identifier, Instant, Moment, PathIdentifier, QueryDay, aware
from api.strict_json import StrictJsonRoute
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.hand_out_manifest import acknowledge_manifest, issue_manifest, read_manifest
from mobility.actions.local_time import agency_zone
from mobility.actions.read_runs import list_runs
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.rescues import Rescue, RescueCause
from mobility.domain.runs import Run
from mobility.manifests.manifest import Manifest
from mobility.manifests.pdf import manifest_pdf

router = APIRouter(tags=["runs"], route_class=StrictJsonRoute)

Language = Annotated[str, Query(pattern="^(de|en)$", alias="language")]


class ProgressIn(Body):
    """A driver's report; ``at`` is when it happened (now when left out)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "delayed", "delay_s": 1200}]})

    kind: Annotated[ProgressKind, Field(strict=False)]
    at: Moment | None = None
    leg_id: Identifier | None = None
    delay_s: Annotated[int, Field(ge=0, le=6 * 3600)] = 0


class RunOut(BaseModel):
    """A run without its riders."""

    id: str
    service_id: str
    day: date
    vehicle: str
    driver_id: str | None
    acceptance: str
    starts_at: Instant
    ends_at: Instant
    visits: int
    rides: int
    delay_s: int
    revision: int
    manifest_issued_at: Instant | None
    manifest_acknowledged_at: Instant | None
    changed_since_manifest: bool

    @classmethod
    def of(cls, run: Run) -> Self:
        """From the domain."""
        issue = run.manifest
        return cls(
            id=run.id,
            service_id=run.service_id,
            day=run.day,
            vehicle=run.vehicle.name,
            driver_id=run.driver_id,
            acceptance=run.acceptance.value,
            starts_at=run.starts_at,
            ends_at=run.ends_at,
            visits=len(run.visits),
            rides=len(run.leg_ids),
            delay_s=run.delay_s,
            revision=run.revision,
            manifest_issued_at=None if issue is None else issue.issued_at,
            manifest_acknowledged_at=None if issue is None else issue.acknowledged_at,
            changed_since_manifest=issue is not None and issue.revision < run.revision,
        )


class RescueIn(Body):
    """Why the run cannot be driven (on)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cause": "breakdown"}]})

    cause: Annotated[RescueCause, Field(strict=False)]


class RescuedRideOut(BaseModel):
    """What became of one ride: the run that takes it now (null: the desk sees to it), and how much later than promised."""

    booking_id: str
    leg_id: str
    run_id: str | None
    late_s: int
    was_aboard: bool


class RescueOut(BaseModel):
    """A rescue, its rides in the order they were seen to. ``owner`` is the account that sees to the rides without a run."""

    run_id: str
    cause: str
    declared_at: Instant
    owner: str
    rides: list[RescuedRideOut]

    @classmethod
    def of(cls, rescue: Rescue) -> Self:
        """From the domain."""
        return cls(
            run_id=rescue.run_id,
            cause=rescue.cause.value,
            declared_at=rescue.declared_at,
            owner=rescue.owner,
            rides=[RescuedRideOut(**asdict(ride)) for ride in rescue.rides],
        )


@router.get("/runs")
def get_runs(day: QueryDay, context: ContextDep, actor: ActorDep) -> list[RunOut]:
    """The runs of a service day that the actor may see."""
    return [RunOut.of(run) for run in list_runs(context, actor, day)]


@router.get("/runs/{run_id}/manifest")
def get_manifest(run_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> Manifest:
    """The manifest as data; its times are local to the service, with their offset."""
    return read_manifest(context, actor, run_id)


@router.get("/runs/{run_id}/manifest.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def get_manifest_pdf(run_id: PathIdentifier, context: ContextDep, actor: ActorDep, language: Language = "de") -> Response:
    """The manifest to print. Printing alone binds nobody: POST …/manifest/issue records that it was handed out."""
    pdf = manifest_pdf(read_manifest(context, actor, run_id), context.clock(), language)
    headers = {"Content-Disposition": 'inline; filename="manifest.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/runs/{run_id}/manifest/issue")
def post_issue(run_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> RunOut:
    """The manifest was printed or read out; a driver without live contact now has to acknowledge every change."""
    return RunOut.of(issue_manifest(context, actor, run_id))


@router.post("/runs/{run_id}/manifest/acknowledge")
def post_acknowledge(run_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> RunOut:
    """The driver has the run as it is now."""
    return RunOut.of(acknowledge_manifest(context, actor, run_id))


@router.post("/runs/{run_id}/progress")
def post_progress(run_id: PathIdentifier, body: ProgressIn, context: ContextDep, actor: ActorDep) -> RunOut:
    """Boarded, alighted, nobody came, halt passed, or late by so many seconds."""
    at = aware(body.at or context.clock(), agency_zone(context, actor))
    return RunOut.of(report_progress(context, actor, run_id, Progress(body.kind, at, body.leg_id, body.delay_s)))


@router.post("/runs/{run_id}/rescue")
def post_rescue(run_id: PathIdentifier, body: RescueIn, context: ContextDep, actor: ActorDep) -> RescueOut:
    """The vehicle has broken down, or nobody is there to drive: the run is withdrawn and its riders are moved."""
    return RescueOut.of(declare_rescue(context, actor, run_id, body.cause))
