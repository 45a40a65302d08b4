"""The arrays the journey search reads and writes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtfs.timetable import BoolArray, ByteArray, IntArray

WordArray = NDArray[np.uint32]

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
    may board at a stop. ``leaves_first`` int32[L], ``leaves``: when its n departures leave position p, at leaves_first + n p. Lines from ``live_line`` on are not those of the timetable: they point to other halts.
    """

    line_first: IntArray
    trip: IntArray
    halt: IntArray
    offset: IntArray
    stop_first: IntArray
    stop_line: IntArray
    stop_position: IntArray
    leaves_first: IntArray
    leaves: IntArray
    live_line: int


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
    """What is searched; ``live``: the halts of lines from ``lines.live_line`` on; ``usable`` bool[S]: stops at which the rider can
    board and alight. ``hops`` uint8[S]: how many rides it takes at the least from there to the goal; ``limit`` int32[S, K+1], or empty:
    when one must have alighted with so many rides more.
    """

    lines: Lines
    halts: Halts
    live: Halts
    changes: Changes
    ways: Ways
    usable: BoolArray
    hops: ByteArray
    limit: IntArray


class Connections(NamedTuple):
    """The departures of some lines cut into rides from one halt to the next, by time of departure. With C of them and S stops:

    ``time`` int32[G], ascending: when any leave; at time g it is first[g]:first[g+1]. ``origin``, ``target`` uint32[C]: stops, S where
    one cannot board or alight; ``arrival`` int32[C]; ``ride`` uint32[C]: the departure of the lines, ``position`` int32[C] of
    boarding. ``rides``: how many departures there are.
    """

    time: IntArray
    first: IntArray
    origin: WordArray
    target: WordArray
    arrival: IntArray
    ride: WordArray
    position: IntArray
    rides: int


class Labels(NamedTuple):
    """What a search knows, by stop and round (room for K + 1 of them: those of a stop lie beside each other).

    ``ready`` int32[S, K+1]: when one can board, ``via`` the stop alighted at before; ``alighted`` int32[S, K+1]: when one alights,
    ``ride`` int32[S, K+1, 3] how (:data:`BOARDED` …); ``best_ready``, ``best_alighted`` int32[S, K+1], ``best_goal`` int32[K+1, E]:
    the least of this search and of those before it, with so many rounds or fewer.

    ``touched`` int32[2, S]: the stops of this search, and of those before it, of which anything is known, ``touches`` int32[2] of them;
    ``known`` uint8[S]: whether a stop is among them (1: of this search, 2: of any). What is not known is NEVER.
    """

    ready: IntArray
    via: IntArray
    alighted: IntArray
    ride: IntArray
    best_ready: IntArray
    best_alighted: IntArray
    touched: IntArray
    touches: IntArray
    known: ByteArray
    best_goal: IntArray


def new_labels(stops: int, rounds: int) -> Labels:
    """Room for searches of so many rounds that know nothing; ``best_goal`` is for each search to bring."""
    shape = stops, rounds + 1
    ready, alighted, best_ready, best_alighted = (np.full(shape, NEVER, np.int32) for _ in range(4))
    return Labels(
        ready=ready,
        via=np.empty(shape, np.int32),
        alighted=alighted,
        ride=np.empty((*shape, 3), np.int32),
        best_ready=best_ready,
        best_alighted=best_alighted,
        touched=np.empty((2, stops), np.int32),
        touches=np.zeros(2, np.int32),
        known=np.zeros(stops, np.uint8),
        best_goal=np.empty((0, 0), np.int32),
    )
