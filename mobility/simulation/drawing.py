"""A small chart as SVG: a frame with axes, bars and lines in it, a legend, and words for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10

INK, FAINT, GRID, PAPER = "#1f2937", "#6b7280", "#e5e7eb", "#ffffff"
COLOURS = ("#1b6ca8", "#e08e0b", "#b3261e", "#7a5195", "#2f7d5b", "#8a6d3b", "#4b5563", "#c2549d")
"""Told apart by people who see few colours, too: they differ in lightness; the first is for what went well."""

_FONT = 'font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif" font-size="13"'
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960, 110, 32, 96, 56


@dataclass(slots=True)
class Chart:
    """``x`` and ``y`` are the ranges shown; ``height`` is that of the plot alone, in pixels."""

    title: str
    says: str
    x: tuple[float, float]
    y: tuple[float, float]
    height: int = 320
    _parts: list[str] = field(default_factory=list)
    _legend: list[tuple[str, str]] = field(default_factory=list)

    def across(self, x: float) -> float:
        """Pixels from the left."""
        low, high = self.x
        return LEFT + (WIDTH - LEFT - RIGHT) * (x - low) / ((high - low) or 1)

    def down(self, y: float) -> float:
        """Pixels from the top."""
        low, high = self.y
        return TOP + self.height * (1 - (y - low) / ((high - low) or 1))

    def box(self, x: tuple[float, float], y: tuple[float, float], colour: str, words: str, gap: float = 0.0) -> None:
        """A filled rectangle; ``words`` appear beside the pointer, ``gap`` pixels stay free on both sides."""
        left, right, top, bottom = self.across(x[0]) + gap, self.across(x[1]) - gap, self.down(y[1]), self.down(y[0])
        size = f'x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 0.5):.1f}" height="{max(bottom - top, 0):.1f}"'
        self._parts.append(f'<rect {size} fill="{colour}"><title>{escape(words)}</title></rect>')

    def mark(self, x: float, words: str, line: int) -> None:
        """A dashed vertical line with words at its top; ``line`` keeps several from lying on each other."""
        at = self.across(x)
        self._parts.append(
            f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{TOP + self.height}" stroke="{INK}" stroke-dasharray="4 4"/>'
        )
        left = at > WIDTH * 0.7
        self._text(at - 6 if left else at + 6, TOP + 14 + 18 * line, words, INK, "end" if left else "start", outlined=True)

    def columns(self, ticks: Sequence[tuple[float, str]], label: str) -> None:
        """Words below the plot."""
        for x, words in ticks:
            self._text(self.across(x), TOP + self.height + 20, words, FAINT, "middle")
        self._text(LEFT + (WIDTH - LEFT - RIGHT) / 2, TOP + self.height + 44, label, INK, "middle")

    def rows(self, ticks: Sequence[tuple[float, str]], *, grid: bool = True) -> None:
        """Words left of the plot, with lines across it."""
        lines = []
        for y, words in ticks:
            at = self.down(y)
            if grid:
                lines.append(f'<line x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}" stroke="{GRID}"/>')
            self._text(LEFT - 8, at + 4, words, FAINT, "end")
        self._parts[:0] = lines

    def note(self, x: float, y: float, words: str, colour: str = INK) -> None:
        """Words within the plot."""
        self._text(self.across(x) + 6, self.down(y) + 4, words, colour)

    def legend(self, entries: Sequence[tuple[str, str]]) -> None:
        """(colour, words) above the plot."""
        self._legend += entries

    def svg(self) -> str:
        """The finished picture."""
        height = TOP + self.height + BOTTOM
        label = escape(f"{self.title}. {self.says}", quote=True)
        key, at = [], float(LEFT)
        for colour, words in self._legend:
            key.append(f'<rect x="{at:.0f}" y="68" width="12" height="12" fill="{colour}"/>')
            key.append(f'<text x="{at + 18:.0f}" y="79" fill="{INK}">{escape(words)}</text>')
            at += 34 + 7.2 * len(words)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {_FONT} role="img" aria-label="{label}">',
                f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
                f'<text x="{LEFT}" y="32" font-size="20" font-weight="600" fill="{INK}">{escape(self.title)}</text>',
                f'<text x="{LEFT}" y="54" fill="{FAINT}">{escape(self.says)}</text>',
                *key,
                *self._parts,
                "</svg>\n",
            ]
        )

    def _text(self, x: float, y: float, words: str, colour: str, anchor: str = "start", *, outlined: bool = False) -> None:
        line = ' stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if outlined else ""
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}"{line}>{escape(words)}</text>')


def ticks(most: float, wanted: int = 5) -> list[float]:
    """Round numbers from 0 to at least ``most``."""
    if most <= 0:
        return [0.0, 1.0]
    raw = most / wanted
    power = 10 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    step = max(step, 1)
    return [step * number for number in range(ceil(most / step) + 1)]
