"""The container files: they cannot be run here, so what they refer to is held against what exists."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from api.app import app
from mobility.cli import app as mobility_commands
from mobility.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
DOCKER = CHECKOUT / "docker"
IMAGE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (DOCKER / "compose.yml").read_text(encoding="utf-8")
PACKAGES = {"api", "gtfs", "mobility", "routing", "seed"}


def test_every_package_is_copied_and_let_through() -> None:
    copied = {line.split()[1] for line in IMAGE.splitlines() if line.startswith("COPY ") and "--from" not in line}
    let_through = {line.lstrip("!") for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied >= PACKAGES
    assert let_through == PACKAGES | {"requirements.lock", "requirements-uv.lock"}


def test_installed_by_hash_and_run_without_rights() -> None:
    assert IMAGE.count("--require-hashes") == 2
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", IMAGE, re.MULTILINE)


def test_no_secret_has_a_default() -> None:
    for name in ("POSTGRES_PASSWORD", "MOBILITY_SECRET"):
        assert set(re.findall(rf"\$\{{{name}(.{{2}})", COMPOSE)) == {":?"}
        assert name not in IMAGE
        assert f"{name}=\n" in (DOCKER / "env.example").read_text()


def test_ports_are_open_to_this_machine_only() -> None:
    ports = re.findall(r"ports: \[(.*)\]", COMPOSE)
    assert ports == ['"127.0.0.1:${PORT:-8000}:8000"']


def test_commands_exist() -> None:
    cli = typer.main.get_command(mobility_commands)
    named = re.findall(r"\[python, -m, mobility, (\w+)\]", COMPOSE)
    assert named == ["migrate", "worker"]
    assert set(named) <= set(getattr(cli, "commands", {}))


def test_the_health_check_asks_an_endpoint_that_exists() -> None:
    asked = re.findall(r"127\.0\.0\.1:\{os\.environ\['PORT'\]\}(/\w*)", IMAGE)
    assert len(asked) == 1
    assert "get" in app.openapi()["paths"][asked[0]]


def test_settings_it_sets_exist() -> None:
    known = {f"MOBILITY_{name}".upper() for name in Settings.model_fields}
    assert set(re.findall(r"MOBILITY_[A-Z_]+", IMAGE + COMPOSE + (DOCKER / "env.example").read_text())) <= known
