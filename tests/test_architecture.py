"""The shape of the project, held by tests; every check is shown to fail on a tree with a planted fault."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGES = ("api", "gtfs", "mobility", "routing", "seed")
ENGINES = ("gtfs", "routing")
AT_THE_ROOT = (*PACKAGES, "docker", "tests", "pyproject.toml", "README.md")

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
NINE_TENTHS_OF_FILES = 350
NINE_TENTHS_OF_FUNCTIONS = 25

WORDS_THAT_SAY_NOTHING = {"manager", "helper", "helpers", "util", "utils", "common", "core", "misc"}
NAMES_WITH_TOO_MANY_MEANINGS = {"Event", "Call", "Operator", "User", "Client", "Task", "Job", "Order", "Tour"}
WALL_CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.localtime"}


class Source(NamedTuple):
    """One Python file of the product: its path from the root, its text and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def is_generated(self) -> bool:
        return "migrations" in self.path.parts


def sources(root: Path) -> Iterator[Source]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield Source(path.relative_to(root), text, ast.parse(text, str(path)))


def functions(source: Source) -> Iterator[tuple[str, int]]:
    """Name and length in lines (docstring not counted) of each function of a file."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node) is not None and first.end_lineno is not None
            docstring = first.end_lineno - first.lineno + 1 if documented and first.end_lineno is not None else 0
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def ninth_decile(lengths: list[int]) -> int:
    return sorted(lengths)[int(0.9 * (len(lengths) - 1))] if lengths else 0


# Checks: each takes the root of a tree and returns what is wrong with it, one line each.


def missing_at_the_root(root: Path) -> list[str]:
    return [f"{name} is missing at the root" for name in AT_THE_ROOT if not (root / name).exists()]


def python_in_docker(root: Path) -> list[str]:
    return [f"{path.relative_to(root)}: no Python in docker/" for path in (root / "docker").rglob("*.py")]


def long_files(root: Path) -> list[str]:
    lengths = {source.path: len(source.text.splitlines()) for source in sources(root) if not source.is_generated}
    found = [f"{path}: {length} lines, at most {LONGEST_FILE}" for path, length in lengths.items() if length > LONGEST_FILE]
    tail = ninth_decile(list(lengths.values()))
    return found + ([f"nine tenths of all files: {tail} lines"] if tail > NINE_TENTHS_OF_FILES else [])


def long_functions(root: Path) -> list[str]:
    found, lengths = [], []
    for source in sources(root):
        for name, length in functions(source) if not source.is_generated else ():
            lengths.append(length)
            if length > LONGEST_FUNCTION:
                found.append(f"{source.path}: {name} has {length} lines, at most {LONGEST_FUNCTION}")
    tail = ninth_decile(lengths)
    return found + ([f"nine tenths of all functions: {tail} lines"] if tail > NINE_TENTHS_OF_FUNCTIONS else [])


def names_of_the_standard_library(root: Path) -> list[str]:
    found = []
    for source in sources(root):
        name = source.path.parent.name if source.path.name == "__init__.py" else source.path.stem
        if name in sys.stdlib_module_names and not name.startswith("__"):
            found.append(f"{source.path}: the standard library has a module {name!r}")
    return found


def packages_not_as_listed(root: Path) -> list[str]:
    listed = set(tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    present = {".".join(source.path.parent.parts) for source in sources(root)}
    return [f"{name} is not listed in pyproject.toml" for name in sorted(present - listed)] + [
        f"{name} is listed in pyproject.toml and does not exist" for name in sorted(listed - present)
    ]


def packages_without_init(root: Path) -> list[str]:
    present = {source.path.parent for source in sources(root)}
    return [f"{folder} has no __init__.py" for folder in sorted(present) if not (root / folder / "__init__.py").exists()]


def empty_names(root: Path) -> list[str]:
    """Names that say nothing: of files and classes, of functions, and of classes that exist to be inherited from (``Base…``)."""
    found, inherited = [], set()
    for source in sources(root):
        found += [f"{source.path}: the file's name"] if words_of(source.path.stem) & WORDS_THAT_SAY_NOTHING else []
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                inherited |= {ast.unparse(base).split(".")[-1] for base in node.bases}
                ambiguous = source.path.parts[0] not in ENGINES and node.name in NAMES_WITH_TOO_MANY_MEANINGS
                if words_of(node.name) & WORDS_THAT_SAY_NOTHING or ambiguous:
                    found.append(f"{source.path}: class {node.name}")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in {"process", "handle"}:
                found.append(f"{source.path}: function {node.name}")
    defined = {node.name for source in sources(root) for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)}
    return found + [f"class {name}" for name in sorted(inherited & defined) if re.match(r"Base([A-Z]|$)", name)]


def words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def http_statuses(root: Path) -> list[str]:
    """How errors are answered is decided in api/errors.py alone: no HTTPException, named status or number from 400 elsewhere."""
    found = []
    for source in sources(root):
        if source.path.parts[0] != "api" or source.path == Path("api/errors.py"):
            continue
        for node in ast.walk(source.tree):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name in {"HTTPException", "HTTPStatus"} or name.startswith("HTTP_"):
                found.append(f"{source.path}:{getattr(node, 'lineno', 0)}: {name}")
            elif isinstance(node, ast.keyword) and node.arg in {"status_code", "status"} and is_error_status(node.value):
                found.append(f"{source.path}:{node.value.lineno}: {node.arg}={ast.unparse(node.value)}")
    return found


def is_error_status(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value >= 400


def wall_clocks(root: Path) -> list[str]:
    """The time of day is read where a command begins and handed on from there, so that simulations and tests can hold it."""
    found = []
    for source in sources(root):
        if source.path == Path("mobility/setting_up.py") or source.path.name in {
            "cli.py",
            "check_command.py",
            "journey_command.py",
        }:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and ".".join(ast.unparse(node.func).split(".")[-2:]) in WALL_CLOCKS:
                found += [f"{source.path}:{node.lineno}: {ast.unparse(node.func)}"]
    return found


def broken_contracts(root: Path) -> list[str]:
    """Names of the import-linter contracts that do not hold, with the output when it could not run at all."""
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    run = subprocess.run([sys.executable, "-c", command], cwd=root, capture_output=True, text=True, check=False, timeout=120)
    output = re.sub(r"\x1b\[[0-9;]*m", "", run.stdout)
    broken = re.findall(r"^(.*) BROKEN", output, re.MULTILINE)
    return broken or ([output + run.stderr] if run.returncode else [])


CHECKS: tuple[Callable[[Path], list[str]], ...] = (
    missing_at_the_root,
    python_in_docker,
    long_files,
    long_functions,
    names_of_the_standard_library,
    packages_not_as_listed,
    packages_without_init,
    empty_names,
    http_statuses,
    wall_clocks,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_shape_holds(check: Callable[[Path], list[str]]) -> None:
    assert check(CHECKOUT) == []


def test_imports_run_one_way_only() -> None:
    assert broken_contracts(CHECKOUT) == []


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A tree with the real pyproject.toml and every package and module it names, all empty: nothing wrong with it yet."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    for package in settings["setuptools"]["packages"]:
        (tmp_path / package.replace(".", "/")).mkdir(parents=True, exist_ok=True)
        (tmp_path / package.replace(".", "/") / "__init__.py").touch()
    floors = [floor for contract in settings["importlinter"]["contracts"] for floor in contract.get("layers", ())]
    for name in (name.strip(" ()") for floor in floors for name in re.split(r"[|:]", floor)):
        folder = tmp_path / name.replace(".", "/")
        if not folder.is_dir():
            folder.with_suffix(".py").touch()
    (tmp_path / "docker").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "README.md").touch()
    (tmp_path / "pyproject.toml").write_bytes((CHECKOUT / "pyproject.toml").read_bytes())
    return tmp_path


FAULTS = [
    (python_in_docker, "docker/start.py", ""),
    (long_files, "routing/long.py", "x = 1\n" * 401),
    (long_functions, "routing/long.py", "def f() -> None:\n" + "    x = 1\n" * 61),
    (names_of_the_standard_library, "mobility/calendar.py", ""),
    (names_of_the_standard_library, "gtfs/queue/__init__.py", ""),
    (packages_not_as_listed, "gtfs/new/__init__.py", ""),
    (packages_without_init, "gtfs/new/reading.py", ""),
    (empty_names, "mobility/booking_utils.py", ""),
    (empty_names, "mobility/a.py", "class RunManager: ..."),
    (empty_names, "mobility/a.py", "class BaseRun: ...\n\nclass NightRun(BaseRun): ..."),
    (empty_names, "mobility/a.py", "class User: ..."),
    (empty_names, "mobility/a.py", "async def process() -> None: ..."),
    (http_statuses, "api/rides.py", "from fastapi import HTTPException\nraise HTTPException(detail='no')"),
    (http_statuses, "api/rides.py", "answer = Response(status_code=404)"),
    (http_statuses, "api/rides.py", "code = status.HTTP_404_NOT_FOUND"),
    (wall_clocks, "mobility/a.py", "import datetime\nnow = datetime.datetime.now(tz=None)"),
    (wall_clocks, "mobility/a.py", "from datetime import date\nday = date.today()"),
]


@pytest.mark.parametrize(("check", "path", "text"), FAULTS, ids=lambda value: getattr(value, "__name__", str(value)[:24]))
def test_each_check_sees_a_planted_fault(check: Callable[[Path], list[str]], path: str, text: str, bare: Path) -> None:
    assert check(bare) == []
    (bare / path).parent.mkdir(exist_ok=True)
    (bare / path).write_text(text)
    assert len(check(bare)) >= 1


def test_each_missing_folder_is_seen(tmp_path: Path) -> None:
    assert len(missing_at_the_root(tmp_path)) == len(AT_THE_ROOT)


def test_a_listed_package_that_is_gone_is_seen(bare: Path) -> None:
    text = (bare / "pyproject.toml").read_text()
    (bare / "pyproject.toml").write_text(text.replace('"seed",\n]', '"seed",\n    "seed.gone",\n]', 1))
    assert packages_not_as_listed(bare) == ["seed.gone is listed in pyproject.toml and does not exist"]


def test_words_inside_words_and_a_vehicles_base_are_no_fault(bare: Path) -> None:
    (bare / "routing" / "scored.py").write_text("class Commonwealth: ...\nclass Base: ...\ndef processed() -> None: ...")
    assert empty_names(bare) == []


PLANTED_IMPORTS = [
    ("routing/travel.py", "import mobility.domain"),
    ("gtfs/__init__.py", "import api"),
    ("mobility/errors.py", "import seed"),
    ("mobility/domain/places.py", "import mobility.store"),
    ("mobility/store/memory.py", "import mobility.actions"),
    ("routing/travel.py", "import sqlalchemy"),
    ("gtfs/__init__.py", "import fastapi"),
    ("mobility/domain/places.py", "import pydantic"),
]


@pytest.mark.parametrize(("path", "line"), PLANTED_IMPORTS, ids=str)
def test_an_import_the_wrong_way_is_seen(path: str, line: str, bare: Path) -> None:
    (bare / path).write_text(line + "\n")
    assert len(broken_contracts(bare)) >= 1
