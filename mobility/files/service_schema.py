"""The service file as models: one class per section, one field per key, and how each becomes the domain's noun."""

from __future__ import annotations

from typing import Annotated, Self

import shapely
from pydantic import AfterValidator, Field, model_validator

from mobility.domain.fleet import Acceptance, BreakRule, CredentialKind, Vehicle
from mobility.domain.places import Place, Zone
from mobility.domain.services import (
    Access,
    BookingRules,
    Carrier,
    Duty,
    Fairness,
    Hours,
    LegalBasis,
    LineRules,
    PromiseRules,
    RideRules,
    ServiceForm,
    StaffingRules,
    VolunteerRules,
)
from mobility.files.connection_schema import ConnectionKeys
from mobility.files.explanations import FieldError
from mobility.files.field_types import (
    Cents,
    Clock,
    Day,
    Days,
    Factor,
    FeedId,
    FilePart,
    Groups,
    Id,
    Land,
    Latitude,
    Longitude,
    Needs,
    NeedWord,
    Point,
    Telephone,
    Timezone,
    Words,
    all_days,
    refuse_swapped,
)
from mobility.files.parallel_schema import ParallelKeys
from mobility.files.tariff_schema import CeilingKeys, TariffKeys

WEEK_MIN = 7 * 24 * 60
_MAX_EXTENT_DEGREES = 4.0


def _ring(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A checked outer ring, first point not repeated."""
    ring = points[:-1] if points[0] == points[-1] else points
    if len(ring) < 3:
        raise FieldError("an area needs at least three different points", "write its corners in order: [[lon, lat], …]")
    polygon = shapely.Polygon(ring)
    if not polygon.is_valid:
        raise FieldError(f"not a usable area: {shapely.is_valid_reason(polygon)}", "the outline must not cross or touch itself")
    west, south, east, north = polygon.bounds
    if max(east - west, north - south) > _MAX_EXTENT_DEGREES:
        raise FieldError("larger than a county", f"at most {_MAX_EXTENT_DEGREES:g} degrees across; is a digit missing?")
    return ring


Ring = Annotated[list[Point], Field(min_length=3, max_length=10_000), AfterValidator(_ring)]


class PointKeys(FilePart):
    lon: Longitude
    lat: Latitude

    @model_validator(mode="after")
    def _refuse_swapped(self) -> Self:
        refuse_swapped(self.lon, self.lat)
        return self


class CarrierKeys(FilePart):
    id: Id
    name: Words
    telephone: Telephone

    def noun(self) -> Carrier:
        return Carrier(self.id, self.name, self.telephone)


class ZoneKeys(FilePart):
    id: Id
    name: Words
    polygon: Ring

    def noun(self) -> Zone:
        return Zone(self.id, self.name, tuple(self.polygon))


class StopKeys(PointKeys):
    id: FeedId
    name: Words
    outside_because: Words | None = None

    def noun(self) -> Place:
        return Place(self.lon, self.lat, self.name, self.id)


class HoursKeys(FilePart):
    days: Days
    start: Clock
    end: Clock

    def noun(self) -> Hours:
        return Hours(all_days(self.days), self.start, self.end)


class BookingKeys(FilePart):
    min_notice_min: int = Field(ge=0, le=2 * WEEK_MIN)
    max_days_ahead: int = Field(ge=0, le=365)
    cancel_notice_min: int = Field(default=0, ge=0, le=WEEK_MIN)
    call_notice_min: int = Field(default=15, ge=0, le=WEEK_MIN)

    def noun(self) -> BookingRules:
        return BookingRules(self.min_notice_min * 60, self.max_days_ahead, self.cancel_notice_min * 60, self.call_notice_min * 60)


class PromiseKeys(FilePart):
    pickup_early_min: int = Field(ge=0, le=60)
    pickup_late_min: int = Field(ge=0, le=120)
    dropoff_late_min: int = Field(ge=0, le=120)
    narrow_before_min: int | None = Field(default=None, ge=10, le=2 * 24 * 60)
    narrow_to_min: int | None = Field(default=None, ge=5, le=180)

    def noun(self) -> PromiseRules:
        return PromiseRules(
            pickup_early_s=self.pickup_early_min * 60,
            pickup_late_s=self.pickup_late_min * 60,
            dropoff_late_s=self.dropoff_late_min * 60,
            narrow_before_s=None if self.narrow_before_min is None else self.narrow_before_min * 60,
            narrow_to_s=None if self.narrow_to_min is None else self.narrow_to_min * 60,
        )


class RideKeys(FilePart):
    max_factor: Factor
    max_extra_min: int = Field(ge=0, le=240)
    max_walk_m: int = Field(ge=0, le=5000)
    max_wait_min: int = Field(ge=0, le=24 * 60)
    near_wait_min: int = Field(default=20, ge=0, le=24 * 60)
    boarding_s: int = Field(default=60, ge=0, le=900)
    wheelchair_boarding_s: int = Field(default=240, ge=0, le=1800)
    boarding_extra_s: dict[NeedWord, Annotated[int, Field(ge=0, le=900)]] = Field(default_factory=dict)

    def noun(self) -> RideRules:
        return RideRules(
            max_factor=self.max_factor,
            max_extra_s=self.max_extra_min * 60,
            max_walk_m=self.max_walk_m,
            max_wait_s=self.max_wait_min * 60,
            boarding_s=self.boarding_s,
            wheelchair_boarding_s=self.wheelchair_boarding_s,
            near_wait_s=self.near_wait_min * 60,
            boarding_extra_s=tuple(sorted(self.boarding_extra_s.items())),
        )


class LineKeys(FilePart):
    route_id: FeedId
    max_late_min: int = Field(ge=0, le=120)
    only_trip_ids: list[FeedId] = Field(default_factory=list)

    def noun(self) -> LineRules:
        return LineRules(self.route_id, self.max_late_min * 60, frozenset(self.only_trip_ids))


class VolunteersKeys(FilePart):
    acceptance: Annotated[Acceptance, Field(strict=False)]
    eur_per_km: Cents
    answer_within_min: int = Field(ge=1, le=WEEK_MIN)
    confirm_before_min: int = Field(ge=0, le=WEEK_MIN)
    fairness: Annotated[Fairness, Field(strict=False)] = Fairness.OFF
    fairness_days: int = Field(default=28, ge=1, le=366)

    def noun(self) -> VolunteerRules:
        return VolunteerRules(
            acceptance=self.acceptance,
            cents_per_km=self.eur_per_km,
            answer_within_s=self.answer_within_min * 60,
            confirm_before_s=self.confirm_before_min * 60,
            fairness=self.fairness,
            fairness_days=self.fairness_days,
        )


class StaffingKeys(FilePart):
    stand_by_days: int = Field(ge=1, le=365)
    desk_days: int = Field(ge=0, le=365)

    @model_validator(mode="after")
    def _asked_before_the_desk(self) -> Self:
        if self.desk_days >= self.stand_by_days:
            raise FieldError("the desk would see to it before anybody was asked", "desk_days must be less than stand_by_days")
        return self

    def noun(self) -> StaffingRules:
        return StaffingRules(self.stand_by_days, self.desk_days)


class VehicleKeys(FilePart):
    id: Id
    name: Words
    seats: int = Field(ge=1, le=100)
    wheelchair_places: int = Field(default=0, ge=0, le=10)
    seats_per_wheelchair: int = Field(default=0, ge=0, le=10)
    large_wheelchair_places: int | None = Field(default=None, ge=0, le=10)
    stowage_places: int | None = Field(default=None, ge=0, le=50)
    equipment: Needs = Field(default_factory=list)

    @model_validator(mode="after")
    def _folding_seats_exist(self) -> Self:
        if self.wheelchair_places * self.seats_per_wheelchair > self.seats:
            raise FieldError(
                "the wheelchair places fold more seats than there are", "lower seats_per_wheelchair or wheelchair_places"
            )
        if (self.large_wheelchair_places or 0) > self.wheelchair_places:
            raise FieldError(
                "more large wheelchair places than wheelchair places", "at most wheelchair_places, of which they are some"
            )
        return self

    def noun(self) -> Vehicle:
        return Vehicle(
            id=self.id,
            name=self.name,
            seats=self.seats,
            wheelchair_places=self.wheelchair_places,
            seats_per_wheelchair=self.seats_per_wheelchair,
            equipment=frozenset(self.equipment),
            large_wheelchair_places=self.large_wheelchair_places,
            stowage_places=self.stowage_places,
        )


class BaseKeys(FilePart):
    """Where a duty begins and ends: a stop of this file, or a point."""

    stop: FeedId | None = None
    name: Words | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        point = (self.lon, self.lat)
        if (self.stop is None) == (None in point) or (self.stop is not None and point != (None, None)):
            raise FieldError("neither a stop nor a point", 'write { stop = "marktplatz" } or { name = "…", lon = …, lat = … }')
        if self.lon is not None and self.lat is not None:
            refuse_swapped(self.lon, self.lat)
        return self


class BreakKeys(FilePart):
    earliest: Clock
    latest: Clock
    duration_min: int = Field(ge=1, le=480)

    def noun(self) -> BreakRule:
        return BreakRule(self.earliest, self.latest, self.duration_min * 60)


class DutyKeys(FilePart):
    id: Id
    vehicle: Id
    days: Days
    start: Clock
    end: Clock
    base: BaseKeys
    breaks: list[BreakKeys] = Field(default_factory=list)
    trip_ids: list[FeedId] = Field(default_factory=list)
    ends_anywhere: bool = False

    def noun(self, stops: dict[str, Place]) -> Duty:
        return Duty(
            id=self.id,
            vehicle_id=self.vehicle,
            days=all_days(self.days),
            start_s=self.start,
            end_s=self.end,
            base=self._base_place(stops),
            breaks=tuple(part.noun() for part in self.breaks),
            trip_ids=tuple(self.trip_ids),
            ends_anywhere=self.ends_anywhere,
        )

    def _base_place(self, stops: dict[str, Place]) -> Place:
        if self.base.stop is not None:
            return stops[self.base.stop]
        if self.base.lon is None or self.base.lat is None:
            raise AssertionError("BaseKeys lets nothing else through")
        return Place(self.base.lon, self.base.lat, self.base.name or "")


class ServiceKeys(FilePart):
    """The whole service file."""

    id: Id
    name: Words
    form: Annotated[ServiceForm, Field(strict=False)]
    access: Annotated[Access, Field(strict=False)]
    legal_basis: Annotated[LegalBasis, Field(strict=False)]
    timezone: Timezone
    holidays: Land
    needs: Needs = Field(default_factory=list)
    eligible_groups: Groups = Field(default_factory=list)
    use_feed_stops: bool = False
    walk_up_seats: int = Field(default=0, ge=0, le=50)
    lock_before_min: int = Field(default=10, ge=0, le=240)
    closed_on: list[Day] = Field(default_factory=list, max_length=400)
    driver_credentials: list[Annotated[CredentialKind, Field(strict=False)]] = Field(default_factory=list, max_length=20)
    carrier: CarrierKeys
    zones: list[ZoneKeys] = Field(default_factory=list, max_length=500)
    stops: list[StopKeys] = Field(default_factory=list, max_length=10_000)
    hours: Annotated[list[HoursKeys], Field(min_length=1, max_length=100)]
    booking: BookingKeys
    promise: PromiseKeys
    ride: RideKeys
    tariff: TariffKeys
    parallel: ParallelKeys = ParallelKeys(before_min=0, after_min=0, max_walk_m=0)
    connection: ConnectionKeys = ConnectionKeys()
    vehicles: list[VehicleKeys] = Field(default_factory=list, max_length=200)
    duties: list[DutyKeys] = Field(default_factory=list, max_length=1000)
    line: LineKeys | None = None
    volunteers: VolunteersKeys | None = None
    ceiling: CeilingKeys | None = None
    staffing: StaffingKeys | None = None
