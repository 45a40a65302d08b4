"""What a ride costs, as data, and the price of one ride worked out from it: whole euro cents, part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mobility.domain.riders import Fellow, Party

SEVERELY_DISABLED = "severely_disabled_pass"
"""The group of those who ride free by §§ 228 ff. SGB IX, with whoever has to come along."""


WHOLE = 100
"""Per cent."""


class Pays(StrEnum):
    """What is left to pay with a concession: NOTHING, a REDUCED fare, or the SURCHARGE alone (a pass covers the fare)."""

    NOTHING = "nothing"
    REDUCED = "reduced"
    SURCHARGE = "surcharge"


@dataclass(frozen=True, slots=True)
class Concession:
    """Who pays less: riders of ``group``, and who says so or says an age from ``from_age`` to ``to_age`` (both included, None: no limit).

    ``percent`` is what a REDUCED fare is of the full one. ``escort_free``: an assistant of such a rider pays nothing.
    """

    group: str
    pays: Pays
    percent: int = 100
    from_age: int | None = None
    to_age: int | None = None
    escort_free: bool = False

    def holds_for(self, age: int | None, groups: frozenset[str]) -> bool:
        """Whether somebody has it. Without an age limit nobody's age counts."""
        if self.group in groups:
            return True
        if age is None or (self.from_age is None and self.to_age is None):
            return False
        return (self.from_age or 0) <= age <= (age if self.to_age is None else self.to_age)


@dataclass(frozen=True, slots=True)
class Band:
    """The fare of direct ways of at most ``up_to_m`` metres."""

    up_to_m: int
    cents: int


@dataclass(frozen=True, slots=True)
class ZoneFare:
    """The fare between two zones of the service, both ways; within one where they are the same."""

    zones: frozenset[str]
    cents: int


@dataclass(frozen=True, slots=True)
class GroupPrice:
    """All fares of a party of at least ``persons`` together are at most ``cents``."""

    persons: int
    cents: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices in euro cents. The fare of one person is that of the two zones; else that of the first of ``bands`` as long as the direct way
    (of the last, where it is longer); else ``base_cents`` and ``cents_per_km`` for each kilometre begun; and at most ``max_cents``.

    ``surcharge_cents`` is paid by each person beside the fare. Who is of ``free_groups``, or (``severely_disabled_free``) has the pass of
    §§ 228 ff. SGB IX, pays nothing, nor does his assistant; with ``assistants_free`` no assistant pays. ``fellow_percent`` is what
    everybody after the first person of a booking pays of the fare, ``shared_percent`` what all pay of it on a ride that they share with
    another booking. Of several percentages the lowest counts for a person; the one for shared rides comes on top.
    """

    base_cents: int
    cents_per_km: int = 0
    max_cents: int | None = None
    free_groups: frozenset[str] = frozenset()
    assistants_free: bool = False
    bands: tuple[Band, ...] = ()
    zone_fares: tuple[ZoneFare, ...] = ()
    surcharge_cents: int = 0
    concessions: tuple[Concession, ...] = ()
    severely_disabled_free: bool = False
    fellow_percent: int = 100
    shared_percent: int = 100
    group: GroupPrice | None = None

    @property
    def all_concessions(self) -> tuple[Concession, ...]:
        """With those that are said in short."""
        free = self.free_groups | ({SEVERELY_DISABLED} if self.severely_disabled_free else frozenset())
        return (*self.concessions, *(Concession(group, Pays.NOTHING, escort_free=True) for group in sorted(free)))

    def fare_cents(self, way: PricedWay) -> int:
        """What one person pays who has no concession, without the surcharge."""
        if way.zones is not None:
            for fare in self.zone_fares:
                if fare.zones == frozenset(way.zones):
                    return self._at_most(fare.cents)
        if self.bands:
            return self._at_most(next((band.cents for band in self.bands if way.direct_m <= band.up_to_m), self.bands[-1].cents))
        return self._at_most(self.base_cents + self.cents_per_km * -(-way.direct_m // 1000))

    @property
    def is_flat(self) -> bool:
        """Whether every way has the same fare."""
        return not (self.cents_per_km or self.bands or self.zone_fares)

    @property
    def is_free(self) -> bool:
        """Whether nobody ever pays anything."""
        fares = [
            self.base_cents,
            self.cents_per_km,
            *(band.cents for band in self.bands),
            *(fare.cents for fare in self.zone_fares),
        ]
        return not any(fares) and not self.surcharge_cents

    @property
    def told_cents(self) -> int:
        """What somebody without any concession pays where all ways cost the same, or at the least by kilometre."""
        return self._at_most(self.base_cents) + self.surcharge_cents

    def _at_most(self, cents: int) -> int:
        return cents if self.max_cents is None else min(cents, self.max_cents)


@dataclass(frozen=True, slots=True)
class PricedWay:
    """What a ride's price depends on: metres of the direct way, the zones of both ends (None: one of them lies in no zone), and whether
    another booking is aboard on a part of it.
    """

    direct_m: int
    zones: tuple[str, str] | None = None
    shared: bool = False


class PartKind(StrEnum):
    """FARE full, of the first or all; FELLOW of who comes along; REDUCED, TICKET, FREE by a concession; ESCORT of an assistant; SURCHARGE;
    and what all get off: GROUP, SHARED, and CEILING (what the law lets all passengers pay together).
    """

    FARE = "fare"
    FELLOW = "fellow"
    REDUCED = "reduced"
    TICKET = "ticket"
    FREE = "free"
    ESCORT = "escort"
    SURCHARGE = "surcharge"
    GROUP = "group"
    SHARED = "shared"
    CEILING = "ceiling"


@dataclass(frozen=True, slots=True)
class PricePart:
    """So many ``persons`` pay ``each_cents``; negative for what is taken off, once. ``group`` is that of the concession."""

    kind: PartKind
    persons: int
    each_cents: int
    group: str = ""

    @property
    def cents(self) -> int:
        """What the part comes to."""
        return self.persons * self.each_cents


def total_cents(parts: Sequence[PricePart]) -> int:
    """What the party pays."""
    return sum(part.cents for part in parts)


def price_parts(tariff: Tariff, party: Party, groups: frozenset[str], way: PricedWay) -> tuple[PricePart, ...]:
    """What a party pays for a ride; ``groups`` are those of the rider, who is its first person.

    Of the others those count as they are described in ``party.fellows``, who is not described pays as a fellow; assistants are the last.
    """
    full = tariff.fare_cents(way)
    persons = [*_paying(tariff, party, groups, full)]
    parts = [PricePart(kind, count, cents, group) for (kind, cents, group), count in Counter(persons).items()]
    fares = total_cents(parts)
    saved = 0
    if tariff.group is not None and len(persons) >= tariff.group.persons and fares > tariff.group.cents:
        saved = fares - tariff.group.cents
        parts.append(PricePart(PartKind.GROUP, 1, -saved))
    if way.shared and (off := -(-(fares - saved) * (100 - tariff.shared_percent) // 100)):
        parts.append(PricePart(PartKind.SHARED, 1, -off))
    charged = sum(kind not in (PartKind.FREE, PartKind.ESCORT) for kind, _, _ in persons)
    if tariff.surcharge_cents and charged:
        parts.append(PricePart(PartKind.SURCHARGE, charged, tariff.surcharge_cents))
    return tuple(parts)


def lowered(parts: Sequence[PricePart], most_cents: int) -> tuple[PricePart, ...]:
    """The same price, at most ``most_cents`` (not negative): what is above is taken off, and said."""
    kept = [part for part in parts if part.kind is not PartKind.CEILING]
    above = total_cents(kept) - min(most_cents, total_cents(parts))
    return (*kept, PricePart(PartKind.CEILING, 1, -above)) if above > 0 else tuple(kept)


def _paying(tariff: Tariff, party: Party, groups: frozenset[str], full: int) -> Iterator[tuple[PartKind, int, str]]:
    """Kind, cents and concession's group of each person."""
    described: list[tuple[int | None, frozenset[str]]] = [(None, groups), *(_described(fellow) for fellow in party.fellows)]
    others = party.persons - party.assistants
    described = [*described, *[(None, frozenset[str]())] * party.persons][:others]
    for number, (age, of) in enumerate(described):
        yield _one(tariff, age, of, full, 100 if number == 0 else tariff.fellow_percent)
    helped = sum(any(one.escort_free and one.holds_for(*them) for one in tariff.all_concessions) for them in described)
    for number in range(party.assistants):
        free = tariff.assistants_free or number < helped
        yield (PartKind.ESCORT, 0, "") if free else _one(tariff, None, frozenset(), full, tariff.fellow_percent)


def _described(fellow: Fellow) -> tuple[int | None, frozenset[str]]:
    return fellow.age, frozenset({fellow.group}) if fellow.group else frozenset()


def _one(tariff: Tariff, age: int | None, groups: frozenset[str], full: int, percent: int) -> tuple[PartKind, int, str]:
    """The best for one person; a cent that is not whole is not paid."""
    ordinary = (PartKind.FELLOW if percent < 100 else PartKind.FARE, full * percent // 100, "")
    held = [one for one in tariff.all_concessions if one.holds_for(age, groups)]
    return min(
        (ordinary, *(_with(one, full) for one in held)),
        key=lambda each: (each[1] + _charge(tariff, each[0]), each[0] is PartKind.TICKET),
    )


def _charge(tariff: Tariff, kind: PartKind) -> int:
    return 0 if kind is PartKind.FREE else tariff.surcharge_cents


def _with(concession: Concession, full: int) -> tuple[PartKind, int, str]:
    if concession.pays is Pays.NOTHING:
        return PartKind.FREE, 0, concession.group
    if concession.pays is Pays.SURCHARGE:
        return PartKind.TICKET, 0, concession.group
    return PartKind.REDUCED, full * concession.percent // 100, concession.group
