"""The people file as models: one class per section, one field per key."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from mobility.domain.accounts import Role
from mobility.domain.fleet import Acceptance, Credential, CredentialKind, Driver, Employment, ReachedBy
from mobility.domain.places import Place
from mobility.domain.riders import Channel, Rider
from mobility.files.explanations import FieldError
from mobility.files.field_types import Clock, Day, Days, FeedId, FilePart, Groups, Id, Needs, Telephone, Words
from mobility.files.service_schema import PointKeys, VehicleKeys

MIN_PASSWORD_LENGTH = 10
_EMAIL = re.compile(r"[^\s@<>\",;:]{1,64}@[^\s@<>\",;:]{1,180}\.[^\s@<>\",;:.]{2,60}")


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise FieldError("not an e-mail address", "write it as name@example.org")
    return text


def _environment_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise FieldError("not the name of an environment variable", "such as DESK_PASSWORD")
    return text


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
EnvironmentName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_environment_name)]


class HomeKeys(PointKeys):
    name: Words | None = None
    stop: FeedId | None = None

    def noun(self) -> Place:
        return Place(self.lon, self.lat, self.name or "", self.stop)


class RiderKeys(FilePart):
    id: Id
    name: Words
    telephone: Telephone | None = None
    email: Email | None = None
    language: Literal["de", "en"] = "de"
    channel: Annotated[Channel, Field(strict=False)] = Channel.CALL_BACK
    needs: Needs = Field(default_factory=list)
    groups: Groups = Field(default_factory=list)
    max_walk_m: int | None = Field(default=None, ge=0, le=5000)
    home: HomeKeys | None = None

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if self.channel is Channel.EMAIL and self.email is None:
            raise FieldError('channel = "email" needs an e-mail address', "add the key email or change channel")
        if self.channel is not Channel.EMAIL and self.telephone is None:
            raise FieldError(f'channel = "{self.channel}" needs a telephone number', "add the key telephone or change channel")
        return self

    def noun(self, agency_id: str) -> Rider:
        return Rider(
            id=self.id,
            agency_id=agency_id,
            name=self.name,
            telephone=self.telephone or "",
            email=self.email or "",
            language=self.language,
            channel=self.channel,
            needs=frozenset(self.needs),
            groups=frozenset(self.groups),
            max_walk_m=self.max_walk_m,
            home=self.home.noun() if self.home else None,
        )


class DriverKeys(FilePart):
    id: Id
    provider: Id
    name: Words
    telephone: Telephone
    employment: Annotated[Employment, Field(strict=False)] = Employment.EMPLOYED
    acceptance: Annotated[Acceptance, Field(strict=False)] = Acceptance.ROSTERED
    reached_by: Annotated[ReachedBy, Field(strict=False)] = ReachedBy.LIVE
    abilities: Needs = Field(default_factory=list)
    max_km_per_day: int | None = Field(default=None, ge=1, le=1000)
    credentials: dict[Annotated[CredentialKind, Field(strict=False)], Day] = Field(default_factory=dict)
    stand_by: bool = False
    home: HomeKeys | None = None
    vehicle: VehicleKeys | None = None

    @model_validator(mode="after")
    def _own_car_starts_somewhere(self) -> Self:
        if self.vehicle is not None and self.home is None:
            raise FieldError("an own vehicle starts at home, and home is missing", "add home = { name = …, lon = …, lat = … }")
        return self

    def noun(self, agency_id: str) -> Driver:
        return Driver(
            id=self.id,
            agency_id=agency_id,
            provider_id=self.provider,
            name=self.name,
            telephone=self.telephone,
            employment=self.employment,
            acceptance=self.acceptance,
            reached_by=self.reached_by,
            home=self.home.noun() if self.home else None,
            vehicle=self.vehicle.noun() if self.vehicle else None,
            abilities=frozenset(self.abilities),
            max_metres_per_day=None if self.max_km_per_day is None else self.max_km_per_day * 1000,
            credentials=tuple(Credential(kind, until) for kind, until in sorted(self.credentials.items())),
            stand_by=self.stand_by,
        )


class ShiftKeys(FilePart):
    driver: Id
    service: Id
    date: Day | None = None
    days: Days | None = None
    start: Clock
    end: Clock

    @model_validator(mode="after")
    def _once_or_weekly(self) -> Self:
        if (self.date is None) == (self.days is None):
            raise FieldError(
                "needs either date or days", 'write date = 2026-06-01 for one day, or days = ["mon-fri"] for every week'
            )
        return self


class AccountKeys(FilePart):
    id: Id
    name: Words
    role: Annotated[Role, Field(strict=False)]
    password: Annotated[SecretStr, Field(min_length=MIN_PASSWORD_LENGTH, max_length=200)] | None = None
    password_env: EnvironmentName | None = None
    rider: Id | None = None
    driver: Id | None = None
    provider: Id | None = None
    locked: bool | None = None

    @model_validator(mode="after")
    def _fits_its_role(self) -> Self:
        if (self.password is None) == (self.password_env is None):
            raise FieldError("needs either password or password_env", "better password_env, the name of an environment variable")
        linked: dict[str, str | None] = {"rider": self.rider, "driver": self.driver, "provider": self.provider}
        wanted = str(self.role) if str(self.role) in linked else None
        if wanted and linked[wanted] is None:
            raise FieldError(f'role = "{self.role}" needs the key {wanted}', f"add {wanted} with the id it stands for")
        for key, value in linked.items():
            # a dispatcher may be bound to one provider, as may a driver
            if value is not None and key != wanted and not (key == "provider" and self.role in {Role.DISPATCHER, Role.DRIVER}):
                raise FieldError(f'{key} is not used with role = "{self.role}"', "remove it or change role")
        return self


class PeopleKeys(FilePart):
    """The whole people file."""

    riders: list[RiderKeys] = Field(default_factory=list, max_length=50_000)
    drivers: list[DriverKeys] = Field(default_factory=list, max_length=5000)
    shifts: list[ShiftKeys] = Field(default_factory=list, max_length=50_000)
    accounts: list[AccountKeys] = Field(default_factory=list, max_length=5000)
