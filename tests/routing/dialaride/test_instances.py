"""Benchmark files: read, refused in one line, solved, and judged by a check that shares nothing with the search."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import networkx as nx
import pytest
from typer.testing import CliRunner

from routing.cli import app
from routing.dialaride import referee, solving
from routing.dialaride.hybrid import Effort
from routing.dialaride.instances import Instance, InstanceError, read_cordeau, read_li_lim

RIDES = 12


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve rides for three vehicles of three places, in Cordeau's form of 2006."""
    dice = random.Random(4)
    rows = [f"3 {RIDES} 480 3 30", "0 0.0 0.0 0 0 0 480"]
    ends = [(dice.uniform(-9, 9), dice.uniform(-9, 9)) for _ in range(2 * RIDES)]
    for k, (x, y) in enumerate(ends, start=1):
        opens = dice.randint(60, 400)
        window = (opens, opens + 15) if (k <= RIDES) == (k % RIDES < RIDES // 2) else (0, 1440)
        rows.append(f"{k} {x:.3f} {y:.3f} 3 {1 if k <= RIDES else -1} {window[0]} {window[1]}")
    path = tmp_path_factory.mktemp("darp") / "town.txt"
    path.write_text("\n".join([*rows, f"{2 * RIDES + 1} 0.0 0.0 0 0 0 480"]) + "\n")
    return path


def by_negative_cycle(instance: Instance, route: list[int]) -> bool:
    """True when the simple temporal network of the route is consistent: it has no negative cycle (networkx decides)."""
    stops = [instance.nodes[0], *(instance.nodes[n] for n in route), instance.nodes[0]]
    net: nx.DiGraph[object] = nx.DiGraph()
    for k, stop in enumerate(stops):
        net.add_edge("zero", k, weight=stop.latest)
        net.add_edge(k, "zero", weight=-stop.earliest)
        if k:
            before = stops[k - 1]
            drive = math.dist((before.x, before.y), (stop.x, stop.y))
            net.add_edge(k, k - 1, weight=-(drive + (before.service if k > 1 else 0)))
    if math.isfinite(instance.max_duration):
        net.add_edge(0, len(stops) - 1, weight=instance.max_duration)
    for a, number in enumerate(route, start=1):
        node = instance.nodes[number]
        if node.load > 0 and math.isfinite(instance.max_ride):
            net.add_edge(a, route.index(node.partner) + 1, weight=node.service + instance.max_ride)
    return not nx.negative_edge_cycle(net)


def test_solved_by_both_engines_and_judged_apart(town: Path, tmp_path: Path) -> None:
    instance, distances = read_cordeau(town), {}
    for engine, more in (("hybrid", ["--iterations", "3000", "--threads", "1"]), ("ortools", ["--seconds", "2"])):
        out = tmp_path / f"{engine}.json"
        run = CliRunner().invoke(app, ["darp", str(town), "--seed", "3", "--engine", engine, "--out", str(out), *more])
        assert run.exit_code == 0, run.output
        answer = json.loads(out.read_text())
        assert set(answer) == {"instance", "distance", "routes", "cpu_seconds", "engine", "seed"}
        assert answer["engine"] == engine
        assert sorted(n for route in answer["routes"] for n in route) == list(range(1, 2 * RIDES + 1))
        assert all(by_negative_cycle(instance, route) for route in answer["routes"])
        legs = sum(
            math.dist((instance.nodes[a].x, instance.nodes[a].y), (instance.nodes[b].x, instance.nodes[b].y))
            for route in answer["routes"]
            for a, b in zip([0, *route], [*route, 0], strict=True)
        )
        assert answer["distance"] == pytest.approx(legs, abs=1e-5)
        distances[engine] = answer["distance"]
    assert distances["hybrid"] <= distances["ortools"] + 1e-6


def test_the_referee_agrees_with_negative_cycles(town: Path) -> None:
    instance, dice, seen = read_cordeau(town), random.Random(1), {True: 0, False: 0}
    pairs = [(a.number, b.number) for a, b in instance.pairs()]
    for _ in range(600):
        route: list[int] = []
        for pickup, dropoff in sorted(dice.sample(pairs, dice.choice([1, 2, 2, 3])), key=lambda pair: _opens(instance, pair)):
            first = dice.randint(max(0, len(route) - 2), len(route))
            route.insert(first, pickup)
            route.insert(dice.randint(first + 1, len(route)), dropoff)
        expected = by_negative_cycle(instance, route)
        seen[expected] += 1
        assert (referee.service_times(instance, [instance.nodes[n] for n in route]) is not None) == expected, route
    assert min(seen.values()) > 50


def _opens(instance: Instance, pair: tuple[int, int]) -> float:
    return max(instance.nodes[n].earliest for n in pair)


def test_what_is_wrong_with_a_solution_is_said(town: Path) -> None:
    instance = read_cordeau(town)
    alone = [[a.number, b.number] for a, b in instance.pairs()]
    assert any("routes for 3 vehicles" in fault for fault in referee.faults(instance, alone))
    assert "once each" in referee.faults(instance, alone[:2])[0]
    backwards = [[b, a] for a, b in alone]
    assert any("not followed by its delivery" in fault for fault in referee.faults(instance, backwards))
    crowded = [[*range(1, RIDES + 1), *range(RIDES + 1, 2 * RIDES + 1)]]
    assert any("aboard after visit" in fault for fault in referee.faults(instance, crowded))


@pytest.mark.parametrize(
    ("mend", "expected"),
    [
        (lambda _: [], "line 1: expected"),
        (lambda lines: ["2 twelve 480 3 30", *lines[1:]], "line 1: expected 5 numbers"),
        (lambda lines: lines[:-3], "line 1: expected"),
        (lambda lines: [*lines[:4], "4 1.0 2.0 3", *lines[5:]], "line 5: expected 7 numbers"),
        (lambda lines: [*lines[:4], lines[5], *lines[5:]], "line 5: expected visit number 3"),
        (lambda lines: [*lines[:4], "3 1.0 2.0 3 1 90 80", *lines[5:]], "line 5: expected a window that opens before"),
        (lambda lines: [*lines[:4], "3 1.0 2.0 3 0 80 90", *lines[5:]], "line 5: expected a partner"),
        (lambda lines: [*lines[:4], "3 1.0 nan 3 1 80 90", *lines[5:]], "line 5: expected 7 numbers"),
    ],
)
def test_an_unreadable_file_is_refused_in_one_line(town: Path, tmp_path: Path, mend: object, expected: str) -> None:
    assert callable(mend)
    broken = tmp_path / "broken.txt"
    broken.write_text("\n".join(mend(town.read_text().splitlines())) + "\n")
    with pytest.raises(InstanceError, match=expected):
        read_cordeau(broken)
    run = CliRunner().invoke(app, ["darp", str(broken), "--out", str(tmp_path / "never.json")])
    assert run.exit_code == 1
    assert run.output.strip().count("\n") == 0
    assert expected in run.output
    assert not (tmp_path / "never.json").exists()


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten rides in two corners, wide windows, in Li & Lim's form: one vehicle can do it, eight there are."""
    dice = random.Random(2)
    rows, rides = ["8\t6\t1", "0\t0\t0\t0\t0\t400\t0\t0\t0"], 10
    for k in range(1, 2 * rides + 1):
        x, y = (20 if k % 2 else -20) + dice.randint(-4, 4), dice.randint(-4, 4)
        pickup, delivery = (0, k + rides) if k <= rides else (k - rides, 0)
        rows.append(f"{k}\t{x}\t{y}\t{2 if k <= rides else -2}\t0\t380\t2\t{pickup}\t{delivery}")
    path = tmp_path_factory.mktemp("pdptw") / "parcels.txt"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_fewest_vehicles_first(parcels: Path, tmp_path: Path) -> None:
    instance, answers = read_li_lim(parcels), []
    for number in range(2):
        out = tmp_path / f"{number}.json"
        options = ["--iterations", "1500", "--threads", "1", "--seed", "4", "--out", str(out)]
        run = CliRunner().invoke(app, ["pdptw", str(parcels), *options])
        assert run.exit_code == 0, run.output
        answers.append(json.loads(out.read_text()))
    answer = answers[0]
    assert answer["routes"] == answers[1]["routes"], "one thread, one seed, one answer"
    assert answer["vehicles"] == len(answer["routes"]) == 1
    assert sorted(n for route in answer["routes"] for n in route) == list(range(1, 21))
    assert all(by_negative_cycle(instance, route) for route in answer["routes"])


def test_the_way_there_is_told(town: Path, parcels: Path) -> None:
    for solve, instance, word in (
        (solving.solve_hybrid, read_cordeau(town), "distance"),
        (solving.solve_fleet, read_li_lim(parcels), "vehicles"),
    ):
        told: list[tuple[float, str]] = []
        effort = Effort(60, steps=400, seed=1)
        solve(instance, effort, lambda share, found, told=told: told.append((share, found)))  # type: ignore[misc]
        assert len(told) > 3
        assert told == sorted(told, key=lambda one: one[0])
        assert all(word in found or "left out" in found for _, found in told)


def test_a_file_of_the_other_form_is_refused(town: Path, parcels: Path) -> None:
    for read, path in ((read_cordeau, parcels), (read_li_lim, town)):
        with pytest.raises(InstanceError, match="line 1: expected"):
            read(path)
