"""``publish-feeds``: files that are there whole, and words for what it cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mobility import cli
from mobility.actions.context import Context
from mobility.actions.publish_feeds import FLEX, NOW, publication
from mobility.domain.accounts import Agency
from mobility.errors import InvalidInputError, NotFoundError
from mobility.publishing.writing import write_files
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, County, CountyFiles, open_county


@pytest.fixture
def county_here(county_files: CountyFiles, monkeypatch: pytest.MonkeyPatch) -> County:
    """The county that the command finds."""
    county = open_county(MemoryStore(), county_files)

    @contextmanager
    def opened() -> Iterator[Context]:
        yield county.context

    monkeypatch.setattr(cli, "_context", opened)
    return county


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli.app, ["publish-feeds", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_every_file_is_written_and_the_losses_are_told(county_here: County, tmp_path: Path) -> None:
    out = tmp_path / "feeds"
    said = run("--out", str(out), "--address", "https://data.example.org/rides/")
    told = publication(county_here.context, AGENCY, "https://data.example.org/rides")
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {*told.files, *NOW}
    assert (out / FLEX).read_bytes() == told.files[FLEX].content
    assert '"https://data.example.org/rides/gofs/zones.json"' in (out / "gofs" / "gofs.json").read_text()
    assert all(loss in said for loss in told.losses)
    assert "MOBILITY_PUBLIC_URL" in said, "addresses that lead to this machine are told"
    before = (out / FLEX).read_bytes()
    run("--out", str(out))
    assert (out / FLEX).read_bytes() == before
    assert not list(out.glob(".publishing-*"))
    with county_here.context.store.transaction() as tx:  # for some people only: no longer in GOFS
        bus = tx.get_service(county_here.desk, "auental-bus")
        tx.save_service(AGENCY, replace(bus, eligible_groups=frozenset({"senior"})), "")
    run("--out", str(out))
    assert list((out / "gofs").iterdir()) == [], "what is told no longer does not lie on"


def test_a_reader_never_finds_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails on the way, the old files stay as they were."""
    write_files(tmp_path, {"a": b"old", "gofs/b": b"old"})

    def full(_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("mobility.publishing.writing.os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_files(tmp_path, {"a": b"new", "gofs/b": b"new"})
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"old"}
    assert not list(tmp_path.glob(".publishing-*"))


@pytest.mark.usefixtures("county_here")
def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    runner = CliRunner()
    for arguments, expected in (
        (["--out", str(tmp_path / "file")], "is a file"),
        (["--out", str(tmp_path / "x"), "--address", "data.example.org"], "is no address"),
        (["--out", str(tmp_path / "x"), "--agency", "nowhere"], "is not an agency"),
    ):
        error = runner.invoke(cli.app, ["publish-feeds", *arguments]).exception
        assert isinstance(error, InvalidInputError)
        assert expected in str(error)
        assert not (tmp_path / "x").exists()


def test_an_agency_without_services_writes_nothing(county_here: County, tmp_path: Path) -> None:
    with county_here.context.store.transaction() as tx:
        tx.add_agency(Agency("leer", "Leerer Kreis"))
    error = CliRunner().invoke(cli.app, ["publish-feeds", "--out", str(tmp_path / "x"), "--agency", "leer"]).exception
    assert isinstance(error, NotFoundError)
    assert not (tmp_path / "x").exists()
