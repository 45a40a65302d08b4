"""The sections ``[tariff]`` and ``[ceiling]`` of a service file: what a ride costs, and what passengers may pay at most without a permit."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from mobility.domain.services import Ceiling, LegalBasis
from mobility.domain.tariffs import Band, Concession, GroupPrice, Pays, Tariff, ZoneFare
from mobility.files.explanations import FieldError
from mobility.files.field_types import Cents, FilePart, Groups, Id, Metres

Percent = Annotated[int, Field(ge=0, le=100)]
Age = Annotated[int, Field(ge=0, le=120)]
_PUBLIC_LINES = (LegalBasis.LINE, LegalBasis.ON_DEMAND_LINE)


class BandKeys(FilePart):
    up_to_km: Metres
    eur: Cents

    def noun(self) -> Band:
        return Band(self.up_to_km, self.eur)


class ZoneFareKeys(FilePart):
    between: Annotated[list[Id], Field(min_length=2, max_length=2)]
    eur: Cents

    def noun(self) -> ZoneFare:
        return ZoneFare(frozenset(self.between), self.eur)


class ConcessionKeys(FilePart):
    group: Id
    pays: Annotated[Pays, Field(strict=False)]
    percent: Percent | None = None
    from_age: Age | None = None
    to_age: Age | None = None
    escort_free: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.percent is None) == (self.pays is Pays.REDUCED):
            raise FieldError("percent goes with reduced", 'pays = "reduced" needs percent, other words have none')
        if self.from_age is not None and self.to_age is not None and self.to_age < self.from_age:
            raise FieldError("to_age is below from_age", "correct one of them")
        return self

    def noun(self) -> Concession:
        percent = 100 if self.percent is None else self.percent
        return Concession(self.group, self.pays, percent, self.from_age, self.to_age, self.escort_free)


class GroupPriceKeys(FilePart):
    persons: int = Field(ge=2, le=50)
    eur: Cents

    def noun(self) -> GroupPrice:
        return GroupPrice(self.persons, self.eur)


class TariffKeys(FilePart):
    base_eur: Cents
    eur_per_km: Cents = 0
    max_eur: Cents | None = None
    free_groups: Groups = Field(default_factory=list)
    assistants_free: bool = False
    severely_disabled_free: bool | None = None
    surcharge_eur: Cents = 0
    bands: list[BandKeys] = Field(default_factory=list, max_length=50)
    zone_fares: list[ZoneFareKeys] = Field(default_factory=list, max_length=1000)
    concessions: list[ConcessionKeys] = Field(default_factory=list, max_length=50)
    fellow_percent: Percent = 100
    shared_percent: Percent = 100
    group_price: GroupPriceKeys | None = None

    def noun(self, basis: LegalBasis) -> Tariff:
        """The free ride of severely disabled people is the law on public lines, and elsewhere for the service to decide."""
        by_law = basis in _PUBLIC_LINES
        return Tariff(
            base_cents=self.base_eur,
            cents_per_km=self.eur_per_km,
            max_cents=self.max_eur,
            free_groups=frozenset(self.free_groups),
            assistants_free=self.assistants_free,
            bands=tuple(band.noun() for band in self.bands),
            zone_fares=tuple(fare.noun() for fare in self.zone_fares),
            surcharge_cents=self.surcharge_eur,
            concessions=tuple(concession.noun() for concession in self.concessions),
            severely_disabled_free=by_law if self.severely_disabled_free is None else self.severely_disabled_free,
            fellow_percent=self.fellow_percent,
            shared_percent=self.shared_percent,
            group=None if self.group_price is None else self.group_price.noun(),
        )


class CeilingKeys(FilePart):
    eur_per_km: Cents = 30
    refund_eur_per_km: Cents = 30
    prices_down: bool = True

    def noun(self) -> Ceiling:
        return Ceiling(self.eur_per_km, self.refund_eur_per_km, self.prices_down)
