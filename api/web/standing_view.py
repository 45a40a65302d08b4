"""A standing order as the desk and its rider read it, and the form's fields for its days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from api.web.forms import Form
from api.web.language import Language, day, translator
from mobility.actions.context import Context
from mobility.actions.keep_standing_order import list_standing_orders, read_standing_order
from mobility.domain.accounts import Actor
from mobility.domain.service_days import format_time
from mobility.domain.services import DayKind
from mobility.domain.standing_orders import EndCause, Pause, StandingOrder, StandingRide

Texts = Callable[[str], str]
_WEEK = [kind for kind in DayKind if kind is not DayKind.HOLIDAY]


@dataclass(frozen=True, slots=True)
class ShownDay:
    """One day to come: ``booking_id`` leads to the ride, empty where there is none."""

    when: str
    booking_id: str


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """Sentences about one order; ``rests`` are its pauses to come with their words."""

    order: StandingOrder
    says: str
    until: str
    rests: Sequence[tuple[Pause, str]]
    days: Sequence[ShownDay]
    ended: str


def weekdays(_: Texts) -> list[tuple[str, str]]:
    """The days of the week as form values, with their names."""
    names = (_("Montag"), _("Dienstag"), _("Mittwoch"), _("Donnerstag"), _("Freitag"), _("Samstag"), _("Sonntag"))
    return [(kind.value, name) for kind, name in zip(_WEEK, names, strict=True)]


def shown_orders(context: Context, actor: Actor, rider_id: str | None, language: Language, today: date) -> list[ShownOrder]:
    """All of one rider's."""
    orders = list_standing_orders(context, actor, rider_id)
    return [_shown(*read_standing_order(context, actor, order.id), language, today) for order in orders]


def days_of(form: Form) -> frozenset[DayKind]:
    """The ticked days."""
    ticked = form.texts("days")
    return frozenset(kind for kind in _WEEK if kind.value in ticked)


def _shown(order: StandingOrder, rides: Sequence[StandingRide], language: Language, today: date) -> ShownOrder:
    _ = translator(language)
    names = dict(weekdays(_))
    on = ", ".join(names[kind.value] for kind in _WEEK if kind in order.days)
    says = _("{days}, Ankunft bis {time}") if order.arrives else _("{days}, Abfahrt ab {time}")
    told = says.format(days=on, time=format_time(order.at_s))
    if order.back_s is not None:
        told += " · " + _("zurück ab {time}").format(time=format_time(order.back_s))
    until = _("bis auf Weiteres") if order.last_day is None else _("bis {day}").format(day=day(order.last_day, language))
    rests = [(pause, _between(pause, language)) for pause in order.pauses if pause.last_day >= today]
    days = [ShownDay(day(ride.day, language), ride.booking_id or "") for ride in rides if ride.day >= today]
    ended = {None: "", EndCause.ASKED_FOR: _("beendet"), EndCause.NO_SHOWS: _("beendet, weil mehrmals niemand da war")}
    return ShownOrder(order, told, until, rests, days, ended[order.end_cause])


def _between(pause: Pause, language: Language) -> str:
    first, last = day(pause.first_day, language), day(pause.last_day, language)
    return first if first == last else f"{first} – {last}"
