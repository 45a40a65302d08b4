"""The locator against tomllib (which paths exist) and against the text itself (on which line a marker stands)."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.files.toml_lines import Path, key_lines

KEYS = st.sampled_from(["a", "b", "name", "1", "with space", "dot.ted", "ü", "[x]", "#", '"', "x = 1"])
NOISE = st.sampled_from(["", "\n", "# [table] \"quote' = [\n", "\n\n# '''\n", " \t\n"])
STYLES = st.sampled_from(
    ['"{}"', "'{}'", '"""{}"""', "'''{}'''", '"""\n[no] # \\""" "" {}"""', "'''\n#\n{} ]'''", '"#]\\"{}"', "'#[{}'"]
)
TREES = st.recursive(
    st.just(None),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


class Writer:
    """Writes a tree as TOML in drawn styles, every leaf a marker that stands once in the text."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.markers: dict[Path, str] = {}

    def leaf(self, path: Path) -> str:
        marker = f"m{len(self.markers)}m"
        self.markers[path] = marker
        return self.data.draw(STYLES).format(marker)

    def value(self, tree: Any, path: Path) -> str:
        if tree is None:
            return self.leaf(path)
        if isinstance(tree, list):
            parts = [f"{self.data.draw(NOISE)}{self.value(part, (*path, index))}" for index, part in enumerate(tree)]
            comma = self.data.draw(st.sampled_from(["", ","])) if parts else ""
            return f"[{','.join(parts)}{comma}{self.data.draw(NOISE)}]"
        return "{" + ", ".join(f"{self.key(key)} = {self.value(part, (*path, key))}" for key, part in tree.items()) + "}"

    def key(self, key: str) -> str:
        return key if key in {"a", "b", "name", "1"} and self.data.draw(st.booleans()) else tomlkit.key([key]).as_string()

    def table(self, tree: dict[str, Any], path: Path, header: str) -> str:
        text, later = "", ""
        for key, part in tree.items():
            below, name = (*path, key), self.key(key)
            dotted = f"{header}.{name}" if header else name
            if isinstance(part, dict) and self.data.draw(st.booleans()):
                later += f"{self.data.draw(NOISE)}[ {dotted} ]\n{self.table(part, below, dotted)}"
            elif isinstance(part, list) and part and all(isinstance(one, dict) for one in part):
                for index, one in enumerate(part):
                    later += f"[[{dotted}]] # x\n{self.table(one, (*below, index), dotted)}"
            else:
                text += f"{self.data.draw(NOISE)}{name} = {self.value(part, below)} # = [\n"
        return text + later


def paths_of(tree: Any, path: Path = ()) -> set[Path]:
    found = {path}
    if isinstance(tree, dict):
        for key, part in tree.items():
            found |= paths_of(part, (*path, key))
    if isinstance(tree, list):
        for index, part in enumerate(tree):
            found |= paths_of(part, (*path, index))
    return found


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, TREES, max_size=4), st.data())
def test_every_path_of_tomllib_has_its_line(tree: dict[str, Any], data: st.DataObject) -> None:
    writer = Writer(data)
    text = writer.table(tree, (), "")
    lines = key_lines(text)
    assert set(lines) == paths_of(tomllib.loads(text))
    for path, marker in writer.markers.items():
        marker_line = text.count("\n", 0, text.index(marker)) + 1
        first = lines[path]
        assert first <= marker_line <= first + 2  # multi-line strings begin up to two lines before their marker


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1", {("a",): 1}),
        ("\n\na.b.c = 1\na.b.d = [\n1,\n\n2]", {("a",): 3, ("a", "b"): 3, ("a", "b", "c"): 3, ("a", "b", "d", 1): 7}),
        ("[[x]]\n[x.y]\nk=1\n[[x]]\n[[x.z]]\n[[x.z]]\nk=2", {("x", 0, "y", "k"): 3, ("x", 1): 4, ("x", 1, "z", 1, "k"): 7}),
        ("[a.b]\nk=1\n[a]\nc=2", {("a",): 3, ("a", "b"): 1, ("a", "c"): 4}),
        ('"a\\u0062" = 1', {("ab",): 1}),
        ("d = 1979-05-27 07:32:00 # x\ne = 2", {("e",): 2}),
        ('s = """a\n""""\nt = 1', {("s",): 1, ("t",): 3}),
    ],
)
def test_lines_are_those_seen_by_eye(text: str, expected: dict[Path, int]) -> None:
    tomllib.loads(text)
    lines = key_lines(text)
    assert {path: lines[path] for path in expected} == expected
