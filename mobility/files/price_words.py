"""A price part by part, as a rider would say it, in German and English."""

from __future__ import annotations

from collections.abc import Sequence

from mobility.domain.tariffs import PartKind, PricePart
from mobility.files.plain_texts import Language
from mobility.files.plain_words import group_name, price

_TEXTS: dict[Language, dict[PartKind, tuple[str, str]]] = {
    "de": {
        PartKind.FARE: ("1 Person: {each}.", "{persons} Personen, jede {each}: {cents}."),
        PartKind.FELLOW: ("1 Person, die mitfährt: {each}.", "{persons} Personen, die mitfahren, jede {each}: {cents}."),
        PartKind.REDUCED: ("1 Person ermäßigt ({group}): {each}.", "{persons} Personen ermäßigt ({group}), jede {each}: {cents}."),
        PartKind.TICKET: ("1 Person hat schon eine Fahrkarte ({group}).", "{persons} Personen haben schon eine Fahrkarte ({group})."),
        PartKind.FREE: ("1 Person fährt frei ({group}).", "{persons} Personen fahren frei ({group})."),
        PartKind.ESCORT: ("1 Begleitperson fährt frei.", "{persons} Begleitpersonen fahren frei."),
        PartKind.SURCHARGE: ("Zuschlag: {each}.", "Zuschlag für {persons} Personen, jede {each}: {cents}."),
        PartKind.GROUP: ("Weil Sie eine Gruppe sind, zahlen Sie {off} weniger.",) * 2,
        PartKind.SHARED: ("Weil Sie die Fahrt mit anderen teilen, zahlen Sie {off} weniger.",) * 2,
        PartKind.CEILING: ("Alle Fahrgäste zusammen dürfen nicht mehr zahlen, als die Fahrt kostet. Sie zahlen {off} weniger.",) * 2,
    },
    "en": {
        PartKind.FARE: ("1 person: {each}.", "{persons} people, {each} each: {cents}."),
        PartKind.FELLOW: ("1 person who comes along: {each}.", "{persons} people who come along, {each} each: {cents}."),
        PartKind.REDUCED: ("1 person at a reduced fare ({group}): {each}.", "{persons} people at a reduced fare ({group}), {each} each: {cents}."),
        PartKind.TICKET: ("1 person has a ticket already ({group}).", "{persons} people have a ticket already ({group})."),
        PartKind.FREE: ("1 person rides free ({group}).", "{persons} people ride free ({group})."),
        PartKind.ESCORT: ("1 assistant rides free.", "{persons} assistants ride free."),
        PartKind.SURCHARGE: ("Surcharge: {each}.", "Surcharge for {persons} people, {each} each: {cents}."),
        PartKind.GROUP: ("As you are a group, you pay {off} less.",) * 2,
        PartKind.SHARED: ("As you share the ride with others, you pay {off} less.",) * 2,
        PartKind.CEILING: ("All passengers together may not pay more than the ride costs. You pay {off} less.",) * 2,
    },
}  # fmt: skip
TRAIN_EXTRA: dict[Language, str] = {
    "de": "Der Preis ist der für unsere Fahrten. Die Fahrkarte für Bus und Bahn kommt dazu, wenn Sie keine haben.",
    "en": "The price is that of our rides. The ticket for bus and train comes on top, unless you have one.",
}
"""What a price does not hold, where trains and buses are part of a journey."""


def price_told(parts: Sequence[PricePart], language: Language) -> list[str]:
    """A sentence for each part, in their order."""
    return [_told(part, language) for part in parts]


def _told(part: PricePart, language: Language) -> str:
    one, many = _TEXTS[language][part.kind]
    return (one if part.persons == 1 else many).format(
        persons=part.persons,
        each=price(max(0, part.each_cents), language),
        cents=price(max(0, part.cents), language),
        off=price(max(0, -part.cents), language),
        group=group_name(part.group, language),
    )
