"""What a finding leads to.

*accept*: loads whole, nothing changed. *repair*: loads after a named repair, or without what cannot be used. *reject*: cannot be
used safely. The severity is for reading; only the outcome decides (:mod:`gtfs.rules` is the table).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    ACCEPT = "accept"
    REPAIR = "repair"
    REJECT = "reject"


class Severity(StrEnum):
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one code means: outcome, severity, and the sentences in English and German."""

    outcome: Outcome
    severity: Severity
    message: str
    mend: str
    message_de: str
    mend_de: str


def reject(message: str, mend: str, message_de: str, mend_de: str) -> Rule:
    return Rule(Outcome.REJECT, Severity.ERROR, message, mend, message_de, mend_de)


def drop(message: str, mend: str, message_de: str, mend_de: str) -> Rule:
    """Something is left out: passengers lose something."""
    return Rule(Outcome.REPAIR, Severity.ERROR, message, mend, message_de, mend_de)


def repair(message: str, mend: str, message_de: str, mend_de: str) -> Rule:
    """Something is read as it was surely meant: passengers lose nothing."""
    return Rule(Outcome.REPAIR, Severity.WARNING, message, mend, message_de, mend_de)


def accept(message: str, mend: str, message_de: str, mend_de: str) -> Rule:
    return Rule(Outcome.ACCEPT, Severity.WARNING, message, mend, message_de, mend_de)


EXPORT = "Correct it in the timetable program and export again."
EXPORT_DE = "Bitte im Fahrplanprogramm berichtigen und neu exportieren."
PACK = "Pack the .txt files of the feed, and nothing else, into one ordinary zip file."
PACK_DE = "Packen Sie die .txt-Dateien des Fahrplans, und nur diese, in eine gewöhnliche Zip-Datei."
LARGE = "Send only what belongs to the timetable; an operator can raise the limit in the settings."
LARGE_DE = "Senden Sie nur, was zum Fahrplan gehört; der Betreiber kann die Grenze in den Einstellungen anheben."
