"""Simulations that planners order from a page: kept in the database, worked on one at a time by a process of their own.

The wishes file and the results of each lie in ``simulations/ID`` below the data folder, next to the imports.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from mobility.actions.context import Context, new_id
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.office import Simulation, SimulationState
from mobility.errors import ConflictError, InvalidInputError, MobilityError, NotAllowedError, NotFoundError, Problem
from mobility.simulation.order import SimulationCancelledError, SimulationOrder, SimulationResult
from mobility.simulation.scenes import scene_of, with_more_vehicles
from mobility.simulation.simulating import invent_wishes, read_result, read_wishes, simulate

MOST_WISHES, MOST_VEHICLES, MOST_OPEN = 2000, 50, 5
_HORIZON = timedelta(days=400)
_DEAD_AFTER = timedelta(minutes=3)
_TOLD_EVERY_S = 1.0
_PLANNERS = (Role.PLANNER, Role.AGENCY, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be simulated: ``demand`` invented wishes by ``seed``, or those of ``wishes`` (the content of a file, and its name)."""

    service_ids: tuple[str, ...]
    day: date
    demand: int = 0
    seed: int = 1
    more_vehicles: int = 0
    wishes: bytes = b""
    wishes_name: str = ""


def folder_of(context: Context, simulation_id: str) -> Path:
    """Where its files lie."""
    return context.datasets.parent / "simulations" / simulation_id


def order_simulation(context: Context, actor: Actor, wanted: Wanted) -> Simulation:
    """Order one; what cannot be simulated is said at once, and nothing of it stays.

    Raises:
        NotAllowedError: not a planner's role.
        InvalidInputError: numbers, day, service or file that cannot be; with the row of the file.
        ConflictError: too many wait already.
        UnavailableError: no streets imported yet.
    """
    _check(context, actor, wanted)
    made = Simulation(
        id=new_id(),
        agency_id=actor.agency_id,
        ordered_by=actor.account_id,
        ordered_at=context.clock(),
        service_ids=wanted.service_ids,
        day=wanted.day,
        demand=0 if wanted.wishes else wanted.demand,
        seed=wanted.seed,
        wishes_file=wanted.wishes_name[:100] if wanted.wishes else "",
        more_vehicles=wanted.more_vehicles,
    )
    folder = folder_of(context, made.id)
    folder.mkdir(mode=0o700, parents=True)
    try:
        if wanted.wishes:
            (folder / "wishes.csv").write_bytes(wanted.wishes)
        _order_of(context, made)
        _queue(context, actor, made)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return made


def _queue(context: Context, actor: Actor, made: Simulation) -> None:
    with context.store.transaction() as tx:
        if sum(one.is_open for one in tx.list_simulations(actor)) >= MOST_OPEN:
            raise ConflictError(f"{MOST_OPEN} simulations wait or run already; wait for one, or cancel one")
        tx.add_simulation(made)


def again(context: Context, actor: Actor, simulation_id: str) -> Simulation:
    """Order the same once more. Raises as :func:`order_simulation`, and NotFoundError when its wishes have gone."""
    old = find_simulation(context, actor, simulation_id)
    file = folder_of(context, old.id) / "wishes.csv"
    try:
        wishes = file.read_bytes() if old.wishes_file else b""
    except FileNotFoundError:
        raise NotFoundError("wishes: not found") from None
    wanted = Wanted(old.service_ids, old.day, old.demand, old.seed, old.more_vehicles, wishes, old.wishes_file)
    return order_simulation(context, actor, wanted)


def list_simulations(context: Context, actor: Actor) -> list[Simulation]:
    """The agency's, newest first."""
    _check_role(actor)
    with context.store.transaction() as tx:
        return tx.list_simulations(actor)


def find_simulation(context: Context, actor: Actor, simulation_id: str) -> Simulation:
    """One of the agency's.

    Raises:
        NotFoundError: the agency has no such.
    """
    _check_role(actor)
    with context.store.transaction() as tx:
        return tx.get_simulation(actor, simulation_id)


def result_of(context: Context, simulation: Simulation) -> SimulationResult:
    """Its results.

    Raises:
        NotFoundError: it is not done.
    """
    if simulation.state is not SimulationState.DONE:
        raise NotFoundError("simulation: no results yet")
    return read_result(folder_of(context, simulation.id) / "out")


def cancel_simulation(context: Context, actor: Actor, simulation_id: str) -> None:
    """Let it be; one that has ended stays as it is."""
    _check_role(actor)
    with context.store.transaction() as tx:
        simulation = tx.lock_simulation(actor, simulation_id)
        if simulation.is_open:
            tx.save_simulation(replace(simulation, state=SimulationState.CANCELLED, finished_at=context.clock()))


def delete_simulation(context: Context, actor: Actor, simulation_id: str) -> None:
    """Remove it with its files.

    Raises:
        ConflictError: it waits or runs.
    """
    _check_role(actor)
    with context.store.transaction() as tx:
        if tx.lock_simulation(actor, simulation_id).is_open:
            raise ConflictError("this simulation waits or runs; cancel it first")
        tx.delete_simulation(actor, simulation_id)
    shutil.rmtree(folder_of(context, simulation_id), ignore_errors=True)


def next_to_run(context: Context) -> str | None:
    """The id of the one to be worked on now; None while another runs. A running one not heard of for minutes has died, and is said to have."""
    now = context.clock()
    with context.store.transaction() as tx:
        waiting = tx.lock_open_simulations()
        for one in waiting:
            if one.state is SimulationState.RUNNING and now - (one.seen_at or one.ordered_at) > _DEAD_AFTER:
                tx.save_simulation(replace(one, state=SimulationState.FAILED, finished_at=now, problem="broken off"))
            elif one.state is SimulationState.RUNNING:
                return None
        return next((one.id for one in waiting if one.state is SimulationState.QUEUED), None)


def run_simulation(context: Context, simulation_id: str, is_unwanted: Callable[[], bool] = lambda: False) -> None:
    """Work on one that waits, from its beginning to its end; whatever goes wrong is written down with it. Nothing happens when somebody else
    has begun it. ``is_unwanted``: to be broken off, because whoever started this process is gone.
    """
    simulation = _begin(context, simulation_id)
    if simulation is None:
        return
    progress = _Progress(context, simulation, is_unwanted)
    try:
        simulate(_order_of(context, simulation), progress.tell, progress.is_cancelled)
    except SimulationCancelledError:
        _end(context, simulation, SimulationState.FAILED, "broken off")
    except MobilityError as error:
        _end(context, simulation, SimulationState.FAILED, str(error).splitlines()[0][:300])
    except Exception:
        _end(context, simulation, SimulationState.FAILED, "this is our mistake; it has been written down")
        raise
    else:
        _end(context, simulation, SimulationState.DONE, "")


class _Progress:
    """What is told is written down about once a second; a page that cancelled is noticed as often."""

    def __init__(self, context: Context, simulation: Simulation, is_unwanted: Callable[[], bool]) -> None:
        self._context, self._simulation, self._is_unwanted = context, simulation, is_unwanted
        self._told = 0.0
        self._cancelled = False

    def tell(self, _: str, done: int, total: int) -> None:
        if time.monotonic() - self._told < _TOLD_EVERY_S:
            return
        self._told = time.monotonic()
        self._cancelled = self._is_unwanted() or not _note(self._context, self._simulation, done, total)

    def is_cancelled(self) -> bool:
        return self._cancelled


def _begin(context: Context, simulation_id: str) -> Simulation | None:
    now = context.clock()
    with context.store.transaction() as tx:
        found = next((one for one in tx.lock_open_simulations() if one.id == simulation_id), None)
        if found is None or found.state is not SimulationState.QUEUED:
            return None
        begun = replace(found, state=SimulationState.RUNNING, started_at=now, seen_at=now)
        tx.save_simulation(begun)
    return begun


def _note(context: Context, simulation: Simulation, done: int, total: int) -> bool:
    """Whether it is still wanted."""
    with context.store.transaction() as tx:
        now = tx.lock_simulation(system_actor(simulation.agency_id), simulation.id)
        if now.state is not SimulationState.RUNNING:
            return False
        tx.save_simulation(replace(now, done=done, total=total, seen_at=context.clock()))
    return True


def _end(context: Context, simulation: Simulation, state: SimulationState, problem: str) -> None:
    """One cancelled meanwhile stays so."""
    with context.store.transaction() as tx:
        now = tx.lock_simulation(system_actor(simulation.agency_id), simulation.id)
        if now.state is SimulationState.RUNNING:
            tx.save_simulation(replace(now, state=state, problem=problem, finished_at=context.clock()))


def _order_of(context: Context, simulation: Simulation) -> SimulationOrder:
    folder = folder_of(context, simulation.id)
    scene = scene_of(context, simulation.agency_id, simulation.day, simulation.service_ids)
    if simulation.more_vehicles:
        scene = with_more_vehicles(scene, simulation.service_ids[0], simulation.day, simulation.more_vehicles)
    if simulation.wishes_file:
        wishes = read_wishes(folder / "wishes.csv", scene, simulation.day)
        if len(wishes) > MOST_WISHES:
            raise InvalidInputError(Problem("wishes", f"are {len(wishes)}", f"at most {MOST_WISHES} at a time from here"))
    else:
        wishes = invent_wishes(scene, simulation.day, simulation.demand, simulation.seed)
    return SimulationOrder(scene, simulation.day, wishes, folder / "out")


def _check(context: Context, actor: Actor, wanted: Wanted) -> None:
    _check_role(actor)
    if not wanted.service_ids:
        raise InvalidInputError(Problem("service", "is missing", "choose at least one"))
    if abs(wanted.day - context.clock().date()) > _HORIZON:
        raise InvalidInputError(Problem("day", "is more than 400 days away", "check the year"))
    if not wanted.wishes and not 1 <= wanted.demand <= MOST_WISHES:
        raise InvalidInputError(Problem("demand", "cannot be", f"give 1 to {MOST_WISHES} wishes, or a file"))
    if not 0 <= wanted.more_vehicles <= MOST_VEHICLES:
        raise InvalidInputError(Problem("more_vehicles", "cannot be", f"give 0 to {MOST_VEHICLES}"))
    if not 0 <= wanted.seed < 2**31:
        raise InvalidInputError(Problem("seed", "cannot be", "give a whole number from 0"))


def _check_role(actor: Actor) -> None:
    if actor.role not in _PLANNERS:
        raise NotAllowedError(f"the role {actor.role.value} does not simulate")
