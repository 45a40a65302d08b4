"""A village written by hand, and real extracts imported once per session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from routing.streets.importing import import_streets
from routing.streets.streets import Streets

STEP = 0.001
WEST, SOUTH = 12.0, 53.0


@dataclass
class Sketch:
    """Writes .osm: nodes on a lattice of 0.001 degrees, ways through them, relations."""

    nodes: dict[int, str] = field(default_factory=dict)
    ways: list[str] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)

    def node(self, ref: int, column: float, row: float, **tags: str) -> None:
        lon, lat = WEST + column * STEP, SOUTH + row * STEP
        self.nodes[ref] = f'<node id="{ref}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{_tags(tags)}</node>'

    def way(self, ref: int, refs: Iterable[int], **tags: str) -> None:
        points = "".join(f'<nd ref="{node}"/>' for node in refs)
        self.ways.append(f'<way id="{ref}" version="1">{points}{_tags(tags)}</way>')

    def restriction(self, kind: str, *members: tuple[str, int, str]) -> None:
        rows = "".join(f'<member type="{kind_}" ref="{ref}" role="{role}"/>' for kind_, ref, role in members)
        number = 900 + len(self.relations)
        self.relations.append(
            f'<relation id="{number}" version="1">{rows}{_tags({"type": "restriction", "restriction": kind})}</relation>'
        )

    def write(self, file: Path) -> Path:
        body = "".join(self.nodes[ref] for ref in sorted(self.nodes)) + "".join(self.ways) + "".join(self.relations)
        file.write_text(f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{body}</osm>', encoding="utf-8")
        return file


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key.replace('__', ':'))} v={quoteattr(value)}/>" for key, value in tags.items())


@pytest.fixture
def sketch() -> Sketch:
    return Sketch()


@pytest.fixture
def place() -> Callable[[float, float], tuple[float, float]]:
    """Degrees of a lattice point."""
    return lambda column, row: (WEST + column * STEP, SOUTH + row * STEP)


@pytest.fixture
def imported(tmp_path: Path) -> Callable[[Sketch], Streets]:
    """Import a sketch and load it."""

    def load(drawn: Sketch) -> Streets:
        import_streets(drawn.write(tmp_path / "sketch.osm"), tmp_path / "streets")
        return Streets.load(tmp_path / "streets")

    return load


@pytest.fixture(scope="session", params=["heidelberg", "north-bayreuth", "liechtenstein"])
def real_folder(request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each real extract, imported."""
    folder = tmp_path_factory.mktemp("real") / str(request.param)
    import_streets(shared_data / "osm" / f"{request.param}.osm.pbf", folder)
    return folder


@pytest.fixture(scope="session")
def real_streets(real_folder: Path) -> Streets:
    return Streets.load(real_folder)
