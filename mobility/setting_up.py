"""From settings to a running context: database (private one when none is named), migrations, secret, network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from gtfs.limits import LIMITS
from mobility.actions.context import Context, read_secret
from mobility.actions.telling_live import LiveRules
from mobility.domain.privacy import Retention
from mobility.domain.riders import Channel
from mobility.errors import InvalidInputError, Problem
from mobility.planning.network import Networks
from mobility.settings import Settings
from mobility.store.migrations import migrate
from mobility.store.opening import database
from mobility.store.postgres import PostgresStore
from routing.streets.geocoders import Geocoder, GeocoderError, geocoder_named


@contextmanager
def context_at(url: str, settings: Settings) -> Iterator[Context]:
    """A context on the database at ``url``, migrated; closes its connections at the end."""
    migrate(url)
    store = PostgresStore(url, pool_size=settings.threads + 2)
    try:
        yield Context(
            store=store,
            networks=Networks(settings.datasets, _geocoder(settings)),
            clock=lambda: datetime.now(UTC),
            secret=read_secret(settings.secret, settings.data),
            datasets=settings.datasets,
            offer_seconds=settings.offer_seconds,
            channels=channels_of(settings),
            residents_register=settings.residents_register,
            code_countries=settings.countries,
            feed_limits=LIMITS.changed(settings.feed_limits),
            retention=Retention(
                *(
                    timedelta(days=days)
                    for days in (settings.keep_rides_days, settings.keep_notices_days, settings.keep_answers_days)
                )
            ),
            kept_feed_bytes=settings.kept_feed_megabytes * 1_000_000,
            public_url=(settings.public_url or f"http://localhost:{settings.port}").rstrip("/"),
            publish_positions=settings.publish_positions,
            call_secret=settings.call_secret,
            live=LiveRules(settings.realtime_max_age_seconds),
        )
    finally:
        store.close()


def _geocoder(settings: Settings) -> Geocoder | None:
    if settings.geocoder is None:
        return None
    try:
        return geocoder_named(settings.geocoder, allow_private=settings.geocoder_private)
    except GeocoderError as error:
        raise InvalidInputError(Problem("MOBILITY_GEOCODER", str(error), "see docs/settings.md")) from None


def channels_of(settings: Settings) -> frozenset[Channel]:
    """The channels by which this installation sends; the worker makes a sender for each."""
    has = {
        Channel.EMAIL: settings.smtp_url is not None,
        Channel.SMS: settings.sms_url is not None or settings.sms_folder is not None,
    }
    return frozenset(channel for channel, configured in has.items() if configured)


@contextmanager
def opened(settings: Settings) -> Iterator[Context]:
    """A context on the database the settings name, or on a private one."""
    with database(settings) as url, context_at(url, settings) as context:
        yield context
