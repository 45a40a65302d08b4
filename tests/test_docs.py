"""The docs say what is there, all of it, and nothing that is not there."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import pkgutil
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
from typer.core import TyperGroup

import mobility.domain
from api.app import app
from mobility.domain.requests import Reason
from mobility.settings import Settings

CHECKOUT = Path(__file__).resolve().parent.parent
DOCS = {
    path.relative_to(CHECKOUT): path.read_text(encoding="utf-8")
    for path in [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]
}
PAGES = "\n".join(DOCS.values())
WITH_COMMANDS = ("mobility", "routing", "gtfs", "seed")

LEAVES_A_TRACE = re.compile(
    r"(?<![\w.])/wor[k]/|/tmp/[w]\b|(?<![\w.])/roo[t]/|/hom[e]/\w+|/Users/\w+"  # somebody's machine
    r"|pypi\.org|pythonhosted\.org|npmjs\.(org|com)|jsdelivr\.net|unpkg\.com|crates\.io|docker\.io/"  # registries, foreign servers
)


def code_in(text: str) -> list[str]:
    """Lines of code blocks, and code spans, of a Markdown text."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", prose)


CODE = code_in(PAGES)


# make


def targets(makefile: str) -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def targets_named(code: list[str]) -> set[str]:
    return {name for line in code for name in re.findall(r"\bmake ([a-z-]+)", line.split("  #")[0])}


def test_every_make_target_is_in_the_docs_and_the_other_way_round() -> None:
    assert targets_named(CODE) == targets((CHECKOUT / "Makefile").read_text(encoding="utf-8"))


# commands


def command_of(package: str) -> Any:
    """What ``python -m package`` runs: a command or group of Click as Typer ships it (it has no public type)."""
    for name in (f"{package}.cli", f"{package}.__main__"):
        if importlib.util.find_spec(name) is not None:
            module = importlib.import_module(name)
            return typer.main.get_command(next(v for v in vars(module).values() if isinstance(v, typer.Typer)))
    pytest.fail(f"python -m {package} does not exist")


def paths(command: Any, path: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from () if child.hidden else paths(child, f"{path} {name}")
    else:
        yield path


def commands_named(package: str, code: list[str]) -> set[str]:
    """``python -m package word word`` as far as the words can be commands."""
    found = set()
    for line in code:
        for rest in re.findall(rf"-m {package}\b(?!\.)(.*)", line.split("  #")[0]):
            words = re.match(r"(?: [a-z][a-z-]*(?![\w./=]))*", rest)
            found.add(f"python -m {package}{words.group() if words else ''}")
    return found


def not_a_command(named: str, known: set[str]) -> bool:
    """True unless some known command is the beginning of it (its arguments follow), or it is the beginning of one (a group)."""
    return not any(f"{named} ".startswith(f"{path} ") or f"{path} ".startswith(f"{named} ") for path in known)


@pytest.mark.parametrize("package", WITH_COMMANDS)
def test_every_command_is_in_the_docs_and_the_other_way_round(package: str) -> None:
    known = set(paths(command_of(package), f"python -m {package}"))
    named = commands_named(package, CODE)
    assert {path for path in known if not any(f"{line} ".startswith(f"{path} ") for line in named)} == set()
    assert {line for line in named if not_a_command(line, known)} == set()


def test_options_in_the_docs_exist() -> None:
    wrong = []
    for line in CODE:
        match = re.search(rf"-m ({'|'.join(WITH_COMMANDS)})\b(?!\.)(.*)", line.split("  #")[0])
        if match and importlib.util.find_spec(f"{match[1]}.cli"):
            wrong += [f"{line}: {option}" for option in unknown_options(command_of(match[1]), shlex.split(match[2]))]
    assert wrong == []


def unknown_options(command: Any, words: list[str]) -> list[str]:
    while isinstance(command, TyperGroup) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    return [word for word in words if word.startswith("--") and word.split("=")[0] not in known]


# settings


def settings() -> dict[str, str | None]:
    """Environment variable and default of every setting; None where the default is worked out."""
    prefix = Settings.model_config.get("env_prefix", "")
    found = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = alias if isinstance(alias, str) else f"{prefix}{name}".upper()
        found[variable] = str(field.default) if isinstance(field.default, int | str) and field.default != "" else None
    return found


def rows_of(page: str, heading: str = "") -> dict[str, list[str]]:
    """The rows of the first table after a heading, by the code in their first cell."""
    table = re.search(r"(?:^\|.*\n)+", page[page.index(heading) :], re.MULTILINE)
    rows = [re.split(r"(?<!\\)\|", line.strip("| \n")) for line in (table.group() if table else "").splitlines()[2:]]
    return {row[0].strip().strip("`"): [cell.strip() for cell in row[1:]] for row in rows}


def test_every_setting_is_in_the_docs_and_the_other_way_round() -> None:
    rows = rows_of(DOCS[Path("docs/settings.md")])
    assert set(rows) == set(settings())
    assert {name: rows[name][0] for name, default in settings().items() if default is not None} == {
        name: f"`{default}`" for name, default in settings().items() if default is not None
    }


def test_no_setting_is_named_that_does_not_exist() -> None:
    tools = set(rows_of(DOCS[Path("docs/settings.md")], "Read by tools"))
    compose = (CHECKOUT / "docker" / "compose.yml").read_text() + (CHECKOUT / "docker" / "env.example").read_text()
    assert set(re.findall(r"\bMOBILITY_[A-Z_]+", PAGES + compose)) <= set(settings()) | tools


# endpoints


def endpoints() -> set[str]:
    return {f"{method.upper()} {path}" for path, item in app.openapi()["paths"].items() for method in item}


def endpoints_named(code: list[str]) -> set[str]:
    return {
        f"{method} {path}" for line in code for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.-]*)", line)
    }


def test_every_endpoint_is_in_the_docs_and_the_other_way_round() -> None:
    assert endpoints_named(CODE) == endpoints()


def test_addresses_in_the_docs_are_answered() -> None:
    known = [re.sub(r"\{[^}]*\}", "[^/]+", getattr(route, "path", "")) for route in app.routes]
    known += [re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)) for path in app.openapi()["paths"]]
    named = {path for line in CODE for path in re.findall(r"127\.0\.0\.1:\d+(/[^\s\"'`?]*)", line)}
    assert {path for path in named if not any(re.fullmatch(pattern, path) for pattern in known)} == set()


# words


def domain_nouns() -> Iterator[tuple[str, type]]:
    for found in pkgutil.iter_modules(mobility.domain.__path__):
        module = importlib.import_module(f"mobility.domain.{found.name}")
        for name, value in vars(module).items():
            own = isinstance(value, type) and value.__module__ == module.__name__ and not name.startswith("_")
            if own and (dataclasses.is_dataclass(value) or issubclass(value, enum.Enum)):
                yield name, value


def test_every_noun_and_every_value_of_a_closed_list_is_in_the_glossary() -> None:
    words = set(re.findall(r"`([^`\n]+)`", DOCS[Path("docs/glossary.md")]))
    nouns = dict(domain_nouns())
    values = {str(member.value) for noun in nouns.values() if issubclass(noun, enum.Enum) for member in noun}
    assert (set(nouns) | values) - words == set()


def test_reasons_for_a_no_are_all_in_the_glossary_and_the_other_way_round() -> None:
    assert set(rows_of(DOCS[Path("docs/glossary.md")], "## Reasons for a no")) == {reason.value for reason in Reason}


# links, traces


def files_of_the_project() -> list[Path]:
    """Files under version control; without git, those of the folders that are."""
    command = ["git", "-c", f"safe.directory={CHECKOUT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True, text=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        folders = ("api", "docker", "docs", "gtfs", "mobility", "routing", "seed", "tests")
        inside = [path for folder in folders for path in (CHECKOUT / folder).rglob("*") if "__pycache__" not in path.parts]
        return [path for path in [*CHECKOUT.glob("*"), *inside] if path.is_file()]
    return [path for name in listing.split("\0") if name and (path := CHECKOUT / name).is_file()]


def broken_links(page: Path, text: str) -> list[str]:
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        linked = (page.parent / file).resolve() if file else page
        if not linked.exists() or (anchor and anchor not in anchors(linked.read_text(encoding="utf-8"))):
            found.append(f"{page.name}: {target}")
    return found


def anchors(text: str) -> set[str]:
    """Fragment names of a page's headings as forges make them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


def test_links_within_the_project_lead_somewhere() -> None:
    assert [link for page, text in DOCS.items() for link in broken_links(CHECKOUT / page, text)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+)", DOCS[Path("README.md")]))
    assert {str(page) for page in DOCS} - linked == {"README.md"}


def traces(text: str) -> list[str]:
    return [match.group() for match in LEAVES_A_TRACE.finditer(text)]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in files_of_the_project():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(CHECKOUT)}: {trace}" for trace in traces(text)]
    assert found == []


# The checks can fail.


def test_a_lost_target_is_seen() -> None:
    assert targets_named(["make demo PORT=1  # make nothing", "make gone"]) == {"demo", "gone"}
    assert targets("demo: x ## it\ninner:\n") == {"demo"}


def test_a_lost_command_is_seen() -> None:
    known = {"python -m mobility service check", "python -m mobility demo"}
    named = commands_named("mobility", [".venv/bin/python -m mobility service chek FILE", "python -m mobility demo --port 1"])
    assert {line for line in named if not_a_command(line, known)} == {"python -m mobility service chek"}
    assert commands_named("mobility", ["python -m mobility.store"]) == set()


def test_an_unknown_option_is_seen() -> None:
    app = typer.Typer()

    @app.command("go")
    def go(*, far: bool = False) -> None: ...

    @app.command("stay")
    def stay() -> None: ...

    assert unknown_options(typer.main.get_command(app), ["go", "--far=1", "--fra", "x"]) == ["--fra"]
    assert set(paths(typer.main.get_command(app), "x")) == {"x go", "x stay"}


def test_a_broken_link_is_seen() -> None:
    page = CHECKOUT / "README.md"
    assert broken_links(page, "[a](docs/gone.md) [b](CHANGELOG.md) [c](docs/glossary.md#nowhere) [d](https://example.org/)") == [
        "README.md: docs/gone.md",
        "README.md: docs/glossary.md#nowhere",
    ]
    assert broken_links(page, "[a](docs/glossary.md#reasons-for-a-no)") == []


@pytest.mark.parametrize(
    "parts", [("/work", "main/x"), ("/home", "anna/x"), ("/root", "x"), ("https://pypi", ".org/simple"), ("/tmp", "w")]
)
def test_a_trace_is_seen(parts: tuple[str, str]) -> None:
    separator = "" if parts[1].startswith(".") else "/"
    assert traces(f"see {separator.join(parts)}") != []


def test_a_missing_row_is_seen() -> None:
    page = "# A\n\n| x | y |\n|---|---|\n| `no` | 1 |\n\n## B\n\n| x | y |\n|---|---|\n| `one` | `2` | z |\n"
    assert rows_of(page) == {"no": ["1"]}
    assert rows_of(page, "## B") == {"one": ["`2`", "z"]}
