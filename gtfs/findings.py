"""What a check found, in plain words, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gtfs.phrases import in_german
from gtfs.rules import RULES, Outcome, Severity

ROW = "_row"
"""Column of a table as read with the record's number, the header being row 1."""

_LONGEST_SUBJECT = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing found in one file: the first place and how often (``count``).

    ``row`` is the record's number with the header as row 1 (None: the file as a whole).
    """

    code: str
    severity: Severity
    outcome: Outcome
    file: str
    row: int | None
    subject: str
    message: str
    mend: str
    message_de: str
    mend_de: str
    count: int = 1

    @classmethod
    def of(cls, code: str, file: str = "", row: int | None = None, subject: str = "") -> Finding:
        """The finding of a code of :data:`gtfs.rules.RULES`; ``subject`` is the value or name its sentence speaks of."""
        rule = RULES[code]
        subject = _plain(subject)
        german = in_german(subject)
        return cls(
            code=code,
            severity=rule.severity,
            outcome=rule.outcome,
            file=_plain(file),
            row=row,
            subject=subject,
            message=rule.message.replace("{subject}", subject),
            mend=rule.mend.replace("{subject}", subject),
            message_de=rule.message_de.replace("{subject}", german),
            mend_de=rule.mend_de.replace("{subject}", german),
        )

    def __str__(self) -> str:
        place = self.file + (f", row {self.row}" if self.row is not None else "")
        times = f" ({self.count} times, this is the first)" if self.count > 1 else ""
        return f"{place}{': ' if place else ''}{self.message}{times} {self.mend}".strip()

    def to_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Finding:
        """What :meth:`to_json` made."""
        return cls(**(told | {"severity": Severity(told["severity"]), "outcome": Outcome(told["outcome"])}))


@dataclass(slots=True)
class Findings:
    """Collects findings; the same code in the same file is kept once and counted. Those of codes in ``without`` reject the feed."""

    without: frozenset[str] = frozenset()

    _found: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def add(self, code: str, file: str = "", row: int | None = None, subject: str = "", count: int = 1) -> None:
        """Add ``count`` occurrences, the first of them at ``row``."""
        if count < 1:
            return
        old = self._found.get((code, file))
        new = old or self._judged(Finding.of(code, file, row, subject))
        self._found[code, file] = replace(new, count=(old.count if old else 0) + count)

    def _judged(self, finding: Finding) -> Finding:
        return replace(finding, outcome=Outcome.REJECT) if finding.code in self.without else finding

    def to_list(self) -> list[Finding]:
        """The gravest first, else in the order found."""
        order = {Outcome.REJECT: 0, Outcome.REPAIR: 1, Outcome.ACCEPT: 2}
        return sorted(self._found.values(), key=lambda finding: order[finding.outcome])


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The answer to "can this feed be used?". ``counts`` says what is in it (stops, routes, trips, stop_times …)."""

    findings: tuple[Finding, ...]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """The gravest outcome of all findings; ACCEPT without any."""
        found = {finding.outcome for finding in self.findings}
        return next((outcome for outcome in (Outcome.REJECT, Outcome.REPAIR) if outcome in found), Outcome.ACCEPT)

    def with_findings(self, more: Iterable[Finding]) -> CheckReport:
        """The report with more findings, after its own."""
        return CheckReport((*self.findings, *more), self.counts)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> CheckReport:
        """What :meth:`to_json` made."""
        return cls(tuple(Finding.from_json(found) for found in told["findings"]), dict(told["counts"]))

    def to_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "outcome": self.outcome.value,
            "findings": [finding.to_json() for finding in self.findings],
            "counts": self.counts,
        }


def _plain(text: str) -> str:
    """One short line without control characters, whatever the feed holds."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1] + "…"
