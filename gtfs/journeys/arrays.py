"""The arrays the journey search reads and writes."""

from __future__ import annotations

from typing import NamedTuple

from gtfs.timetable import BoolArray, ByteArray, IntArray

NEVER = 2**31 - 1
"""A time that is not reached."""

BOARDED, ALIGHTED, DEPARTURE = range(3)
"""How one got to where one alights: positions of boarding and alighting on the line, the departure taken."""


class Halts(NamedTuple):
    """A timetable as the search reads it, forwards or mirrored in time.

    ``first``, ``length`` int32[T]: halts of a trip; ``stop``, ``arrival``, ``departure`` int32[H]; ``board``, ``alight`` uint8[H]:
    whether that is allowed.
    """

    first: IntArray
    length: IntArray
    stop: IntArray
    arrival: IntArray
    departure: IntArray
    board: ByteArray
    alight: ByteArray


class Departures(NamedTuple):
    """When trips run: trip t has the offsets first[t]:first[t+1]."""

    first: IntArray
    offset: IntArray


class Lines(NamedTuple):
    """The departures of some days. With L lines, N departures, S stops:

    ``line_first`` int32[L+1]: departures of a line, the earliest first; ``trip``, ``halt``, ``offset`` int32[N]: the trip, the
    position of its first halt, what is added to its times; ``stop_first`` int32[S+1], ``stop_line``, ``stop_position``: where one
    may board at a stop.
    """

    line_first: IntArray
    trip: IntArray
    halt: IntArray
    offset: IntArray
    stop_first: IntArray
    stop_line: IntArray
    stop_position: IntArray


class Changes(NamedTuple):
    """``at`` int32[S]: seconds to change at a stop (NEVER: not possible); walks from stop s: ``to``, ``seconds`` first[s]:first[s+1]."""

    at: IntArray
    first: IntArray
    to: IntArray
    seconds: IntArray


class Ways(NamedTuple):
    """Ways from the last stop to the goal. ``stop`` int32[E]; way e takes ``walk`` seconds at any time (NEVER: not), and its rides
    are ``ready``, ``arrival`` first[e]:first[e+1]: whoever is there by ``ready`` (ascending) can be at the goal by ``arrival``.
    """

    stop: IntArray
    walk: IntArray
    first: IntArray
    ready: IntArray
    arrival: IntArray


class Network(NamedTuple):
    """What is searched; ``usable`` bool[S]: stops at which the rider can board and alight."""

    lines: Lines
    halts: Halts
    changes: Changes
    ways: Ways
    usable: BoolArray


class Labels(NamedTuple):
    """What a search knows, by round (K + 1 of them) and stop or way.

    ``ready`` int32[K+1, S]: when one can board, ``via`` the stop alighted at before; ``alighted`` int32[K+1, S]: when one alights,
    ``ride`` int32[K+1, S, 3] how (:data:`BOARDED` …); ``stops`` int32[S]: those alighted at in a round. ``best_ready``, ``best_alighted`` int32[K+1, S], ``best_goal`` int32[K+1, E]:
    the least of this search and of those before it, with so many rounds or fewer.
    """

    ready: IntArray
    via: IntArray
    alighted: IntArray
    ride: IntArray
    stops: IntArray
    best_ready: IntArray
    best_alighted: IntArray
    best_goal: IntArray
