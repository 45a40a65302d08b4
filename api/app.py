"""The application: ``uvicorn api.app:app``."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI

from api import (
    bookings,
    call_backs,
    departures,
    driver_events,
    errors,
    feed_versions,
    feeds,
    group_bookings,
    health,
    line_refusals,
    live,
    missed_calls,
    offers,
    places,
    positions,
    riders,
    runs,
    services,
    sessions,
    standing_orders,
    tiles,
    timetables,
    train_words,
    trip_reports,
    trust,
    volunteering,
    waiting_list,
)
from api.attempts import Attempts
from api.description import describe
from api.limits import Limits
from api.pace import Pace
from api.web import (
    admin,
    admin_accounts,
    admin_people,
    admin_people_file,
    agency,
    board,
    desk,
    desk_call_backs,
    desk_duties,
    desk_offers,
    desk_privacy,
    desk_standing,
    desk_trains,
    desk_trust,
    desk_wishes,
    dispatch,
    dispatch_cash,
    dispatch_hand,
    dispatch_paper,
    dispatch_rescue,
    drive,
    drive_hours,
    pages,
    planner,
    simulations,
)
from api.web.refusals import for_whom_asks
from api.web.resident import about_me, booking, codes, my_places, passkeys, rides, rules, standing
from api.web.static_files import Static
from api.web.uploads import larger_bodies
from mobility.actions.context import Context
from mobility.actions.warm_up import warmed_up
from mobility.setting_up import opened
from mobility.settings import read_settings

ROUTERS = (
    sessions.router,
    places.router,
    tiles.router,
    offers.router,
    bookings.router,
    call_backs.router,
    standing_orders.router,
    waiting_list.router,
    runs.router,
    driver_events.router,
    positions.router,
    riders.router,
    trust.router,
    missed_calls.router,
    group_bookings.router,
    services.router,
    line_refusals.router,
    timetables.router,
    feed_versions.router,
    feed_versions.json_router,
    train_words.router,
    trip_reports.router,
    volunteering.router,
    live.router,
    departures.router,
    feeds.router,
    health.router,
)
"""What programs talk to: described in ``/openapi.json``."""
PAGES = (
    pages.router,
    codes.router,
    passkeys.router,
    booking.router,
    rides.router,
    standing.router,
    my_places.router,
    about_me.router,
    desk_trust.router,
    rules.router,
    board.router,
    planner.router,
    simulations.router,
    simulations.uploads,
    drive.router,
    drive_hours.router,
    dispatch.router,
    dispatch_hand.router,
    dispatch_cash.router,
    dispatch_paper.router,
    dispatch_rescue.router,
    agency.router,
    agency.uploads,
    admin.router,
    admin.uploads,
    admin_people.router,
    admin_people_file.router,
    admin_people_file.uploads,
    admin_accounts.router,
    desk.router,
    desk_offers.router,
    desk_privacy.router,
    desk_call_backs.router,
    desk_duties.router,
    desk_standing.router,
    desk_wishes.router,
    desk_trains.router,
)
"""What people see: a router per face, its routes are :class:`api.web.rendering.PageRoute`."""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    if isinstance(getattr(app.state, "context", None), Context):
        yield  # a test brought its own
        return
    settings = read_settings()
    anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
    with opened(settings) as context, warmed_up(context):
        app.state.context = replace(context, live=replace(context.live, beside=True))
        yield


def make_app(context: Context | None = None, most_at_once: int | None = None) -> FastAPI:
    """The application; ``context`` for tests, otherwise made from the settings at start."""
    made = FastAPI(
        title="Rural mobility",
        version=_version(),
        summary="Ride offers, bookings and manifests for community buses and volunteer drivers.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    if context is not None:
        made.state.context = context
    settings = read_settings()
    made.state.attempts = Attempts()
    made.state.following = Counter()
    made.state.pace = Pace(most=30, within=timedelta(minutes=1))
    errors.install(made, for_whom_asks)
    most = most_at_once or 4 * settings.threads
    made.add_middleware(Limits, most_at_once=most, told=for_whom_asks, larger=larger_bodies(settings))
    for router in (*ROUTERS, *PAGES):
        made.include_router(router)
    made.mount("/static", Static(directory=Path(__file__).parent / "web" / "static"), name="static")
    describe(made)
    return made


def _version() -> str:
    try:
        return version("rural-mobility")
    except PackageNotFoundError:
        return "development"


app = make_app()
