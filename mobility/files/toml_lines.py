"""Which line of a TOML text each key stands on.

``tomllib`` and ``tomlkit`` say where the syntax is wrong, but not where a value came from. This scanner only runs on text that
``tomllib`` has accepted, so it recognises what is there and judges nothing (grammar: TOML 1.0).
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
KEY_PART = r"""(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(rf"{KEY_PART}(?:[ \t]*\.[ \t]*{KEY_PART})*")
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|[^,\]}#\n]+",
    re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    """Line (from 1) of every table, key and array element of a valid TOML text whose lines end in line feeds.

    Paths are keys and array positions from the root, such as ``("hours", 0, "start")``. A table's line is that of its header.
    """
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[Path, int] = {(): 1}
        self._array_lengths: dict[Path, int] = {}
        self._newlines = [found.start() for found in re.finditer("\n", text)]

    def scan(self) -> None:
        table: Path = ()
        while self._next_character():
            if self.text.startswith("[[", self.position):
                table = self._array_header()
            elif self.text[self.position] == "[":
                table = self._table_header()
            else:
                self._key_and_value(table)

    def _array_header(self) -> Path:
        self.position += 2
        *parents, last = self._key()
        array = (*self._enter((), parents), last)
        self.lines.setdefault(array, self._line())
        index = self._array_lengths.get(array, 0)
        self._array_lengths[array] = index + 1
        self.lines[*array, index] = self._line()
        self._expect("]]")
        return (*array, index)

    def _table_header(self) -> Path:
        self.position += 1
        line = self._line()
        table = self._enter((), self._key())
        self.lines[table] = line
        self._expect("]")
        return table

    def _key_and_value(self, table: Path) -> None:
        line = self._line()
        path = self._enter(table, self._key())
        self.lines[path] = line
        self._expect("=")
        self._value(path)

    def _enter(self, table: Path, keys: list[str]) -> Path:
        """The path of dotted keys below a table; an array of tables on the way means its latest element."""
        path = table
        for key in keys:
            path = (*path, key)
            self.lines.setdefault(path, self._line())
            if path in self._array_lengths:
                path = (*path, self._array_lengths[path] - 1)
        return path

    def _value(self, path: Path) -> None:
        opening = self._next_character()
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._take(_SCALAR)

    def _array(self, path: Path) -> None:
        self.position += 1
        index = 0
        while self._next_character() != "]":
            self.lines[*path, index] = self._line()
            self._value((*path, index))
            index += 1
            self._skip_comma()
        self.position += 1

    def _inline_table(self, path: Path) -> None:
        self.position += 1
        while self._next_character() != "}":
            self._key_and_value(path)
            self._skip_comma()
        self.position += 1

    def _skip_comma(self) -> None:
        if self._next_character() == ",":
            self.position += 1

    def _key(self) -> list[str]:
        self._next_character()
        written = self._take(_KEY)
        if '"' not in written and "'" not in written:
            return [part.strip() for part in written.split(".")]
        keys: list[str] = []
        level: object = tomllib.loads(written + "=0")
        while isinstance(level, dict):
            key, level = next(iter(level.items()))
            keys.append(key)
        return keys

    def _next_character(self) -> str:
        """Skip white space and comments; the character found there, "" at the end."""
        self._take(_SPACE)
        return self.text[self.position : self.position + 1]

    def _expect(self, mark: str) -> None:
        self._next_character()
        self.position += len(mark)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.position)
        if found is None:
            raise ValueError(f"not TOML at line {self._line()}")
        self.position = found.end()
        return found.group()

    def _line(self) -> int:
        return bisect_right(self._newlines, self.position - 1) + 1
