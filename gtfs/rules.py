"""The table code → outcome, with the sentences for it.

*accept*: loads whole, nothing changed. *repair*: loads after a named repair, or without what cannot be used. *reject*: cannot be
used safely. The severity is for reading; only the outcome decides. ``{subject}`` stands for the value or name concerned.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    ACCEPT = "accept"
    REPAIR = "repair"
    REJECT = "reject"


class Severity(StrEnum):
    INFO = "info"
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


def _reject(message: str, mend: str, message_de: str, mend_de: str) -> Rule:
    return Rule(Outcome.REJECT, Severity.ERROR, message, mend, message_de, mend_de)


def _drop(message: str, mend: str, message_de: str, mend_de: str) -> Rule:
    """Something is left out: passengers lose something."""
    return Rule(Outcome.REPAIR, Severity.ERROR, message, mend, message_de, mend_de)


def _repair(message: str, mend: str, message_de: str, mend_de: str) -> Rule:
    """Something is read as it was surely meant: passengers lose nothing."""
    return Rule(Outcome.REPAIR, Severity.WARNING, message, mend, message_de, mend_de)


def _accept(message: str, mend: str, message_de: str, mend_de: str) -> Rule:
    return Rule(Outcome.ACCEPT, Severity.WARNING, message, mend, message_de, mend_de)


_PACK = "Pack the .txt files of the feed, and nothing else, into one ordinary zip file."
_PACK_DE = "Packen Sie die .txt-Dateien des Fahrplans, und nur diese, in eine gewöhnliche Zip-Datei."
_LARGE = "Send only what belongs to the timetable; an operator can raise the limit in the settings."
_LARGE_DE = "Senden Sie nur, was zum Fahrplan gehört; der Betreiber kann die Grenze in den Einstellungen anheben."
_EXPORT = "Correct it in the timetable program and export again."
_EXPORT_DE = "Bitte im Fahrplanprogramm berichtigen und neu exportieren."

ARCHIVE_RULES: dict[str, Rule] = {
    "file_unreadable": _reject(
        "The file cannot be read: {subject}.",
        "Check the path and the permissions.",
        "Die Datei ist nicht lesbar: {subject}.",
        "Pfad und Leserechte prüfen.",
    ),
    "not_a_zip": _reject("This is not a zip file.", _PACK, "Das ist keine Zip-Datei.", _PACK_DE),
    "zip_damaged": _reject(
        "The zip file is damaged: {subject}.",
        "Pack it again, or upload it again.",
        "Die Zip-Datei ist beschädigt: {subject}.",
        "Neu packen oder neu hochladen.",
    ),
    "zip_encrypted": _reject(
        "The file is encrypted.", "Pack it without a password.", "Die Datei ist verschlüsselt.", "Ohne Kennwort packen."
    ),
    "zip_method": _reject(
        "The file is packed in a way that is not read here ({subject}).",
        _PACK,
        "Die Datei ist auf eine Art gepackt, die hier nicht gelesen wird ({subject}).",
        _PACK_DE,
    ),
    "zip_unsafe_name": _reject(
        "The zip file holds a name that points outside: {subject}.",
        _PACK,
        "Die Zip-Datei enthält einen Namen, der nach außen zeigt: {subject}.",
        _PACK_DE,
    ),
    "zip_link": _reject(
        "The zip file holds a link instead of a file.",
        _PACK,
        "Die Zip-Datei enthält eine Verknüpfung statt einer Datei.",
        _PACK_DE,
    ),
    "zip_duplicate_name": _reject(
        "The zip file holds this name twice; which one is meant cannot be known.",
        _PACK,
        "Die Zip-Datei enthält diesen Namen zweimal; welcher gilt, ist nicht erkennbar.",
        _PACK_DE,
    ),
    "zip_nested": _reject(
        "The zip file holds another archive: {subject}.", _PACK, "Die Zip-Datei enthält ein weiteres Archiv: {subject}.", _PACK_DE
    ),
    "zip_overlap": _reject("Parts of the zip file overlap.", _PACK, "Teile der Zip-Datei überlappen sich.", _PACK_DE),
    "zip_bomb": _reject(
        "The file would grow beyond measure when unpacked ({subject}).",
        _LARGE,
        "Die Datei würde beim Entpacken übermäßig groß ({subject}).",
        _LARGE_DE,
    ),
    "zip_too_large": _reject("Too large: {subject}.", _LARGE, "Zu groß: {subject}.", _LARGE_DE),
    "zip_too_many_files": _reject(
        "The zip file holds {subject} files.", _PACK, "Die Zip-Datei enthält {subject} Dateien.", _PACK_DE
    ),
    "several_feeds": _reject(
        "The zip file holds several feeds, in folders {subject}.",
        "Send one feed per zip file.",
        "Die Zip-Datei enthält mehrere Fahrpläne, in den Ordnern {subject}.",
        "Je Zip-Datei ein Fahrplan.",
    ),
    "nul_bytes": _reject(
        "The file holds zero bytes; it is not text.", _EXPORT, "Die Datei enthält Nullbytes; das ist kein Text.", _EXPORT_DE
    ),
    "line_too_long": _reject(
        "A line or field is longer than {subject} bytes.",
        _EXPORT,
        "Eine Zeile oder ein Feld ist länger als {subject} Bytes.",
        _EXPORT_DE,
    ),
    "too_many_columns": _reject("The file has {subject} columns.", _EXPORT, "Die Datei hat {subject} Spalten.", _EXPORT_DE),
    "too_many_rows": _reject(
        "The file has more than {subject} rows.", _LARGE, "Die Datei hat mehr als {subject} Zeilen.", _LARGE_DE
    ),
    "folder_exists": _reject(
        "The folder for the import exists already: {subject}.",
        "Choose a new folder for each import.",
        "Der Ordner für den Import besteht schon: {subject}.",
        "Je Import einen neuen Ordner wählen.",
    ),
    "cannot_store": _reject(
        "The import could not be stored: {subject}.",
        "Check free space and permissions; nothing was changed.",
        "Der Import konnte nicht gespeichert werden: {subject}.",
        "Freien Platz und Rechte prüfen; es wurde nichts verändert.",
    ),
    "not_an_import": _reject(
        "This folder holds no complete import of this version: {subject}.",
        "Import the feed again.",
        "Dieser Ordner enthält keinen vollständigen Import dieser Version: {subject}.",
        "Den Fahrplan neu importieren.",
    ),
    "fetch_refused": _reject(
        "This address is not fetched: {subject}.",
        "Name a public http or https address, or upload the file.",
        "Diese Adresse wird nicht abgerufen: {subject}.",
        "Eine öffentliche http- oder https-Adresse angeben oder die Datei hochladen.",
    ),
    "fetch_failed": _reject(
        "The feed could not be fetched: {subject}.",
        "Try the address in a browser, or upload the file.",
        "Der Fahrplan konnte nicht abgerufen werden: {subject}.",
        "Die Adresse im Browser versuchen oder die Datei hochladen.",
    ),
}

CONTENT_REJECTS: dict[str, Rule] = {
    "file_missing": _reject(
        "The feed has no {subject}; without it no journey can be planned.",
        _EXPORT,
        "Im Fahrplan fehlt {subject}; ohne sie ist keine Auskunft möglich.",
        _EXPORT_DE,
    ),
    "calendar_missing": _reject(
        "The feed has neither calendar.txt nor calendar_dates.txt; nobody knows on which days it runs.",
        _EXPORT,
        "Im Fahrplan fehlen calendar.txt und calendar_dates.txt; die Verkehrstage sind unbekannt.",
        _EXPORT_DE,
    ),
    "column_missing": _reject(
        "The file has no column {subject}.", _EXPORT, "In der Datei fehlt die Spalte {subject}.", _EXPORT_DE
    ),
    "timezone_unknown": _reject(
        'The agency\'s time zone "{subject}" is not known; no time can be told.',
        "Use a name such as Europe/Berlin.",
        'Die Zeitzone "{subject}" ist unbekannt; es lässt sich keine Uhrzeit nennen.',
        "Einen Namen wie Europe/Berlin verwenden.",
    ),
    "nothing_usable": _reject(
        "No trip of this feed can be used.", _EXPORT, "Keine Fahrt dieses Fahrplans ist nutzbar.", _EXPORT_DE
    ),
    "mostly_unusable": _reject(
        "More than half of the rows cannot be used ({subject}).",
        _EXPORT,
        "Mehr als die Hälfte der Zeilen ist nicht nutzbar ({subject}).",
        _EXPORT_DE,
    ),
    "too_many_departures": _reject(
        "frequencies.txt would make more than {subject} departures.",
        _EXPORT,
        "frequencies.txt ergäbe mehr als {subject} Abfahrten.",
        _EXPORT_DE,
    ),
}

REPAIRS: dict[str, Rule] = {
    "nested_folder": _repair(
        'The files lie in the folder "{subject}"; read from there.',
        _PACK,
        'Die Dateien liegen im Ordner "{subject}"; von dort gelesen.',
        _PACK_DE,
    ),
    "file_name_case": _repair(
        "Read as {subject}.", "Write file names in small letters.", "Gelesen als {subject}.", "Dateinamen klein schreiben."
    ),
    "encoding_converted": _repair(
        "The file is not UTF-8; read as {subject}.",
        "Export as UTF-8, so that names stay right.",
        "Die Datei ist nicht UTF-8; gelesen als {subject}.",
        "Als UTF-8 exportieren, damit Namen stimmen.",
    ),
    "separator_converted": _repair(
        "Columns are separated by {subject}, not by commas; read so.",
        _EXPORT,
        "Spalten sind durch {subject} statt durch Kommas getrennt; so gelesen.",
        _EXPORT_DE,
    ),
    "ragged_rows": _repair(
        "A row has more cells than the header; the surplus is left out.",
        "Put cells that hold a comma in double quotes.",
        "Eine Zeile hat mehr Felder als die Kopfzeile; die überzähligen entfallen.",
        "Felder mit Komma in Anführungszeichen setzen.",
    ),
    "stray_quote": _repair(
        "A double quote is not closed; read to the end of the line.",
        _EXPORT,
        "Ein Anführungszeichen ist nicht geschlossen; bis zum Zeilenende gelesen.",
        _EXPORT_DE,
    ),
    "column_twice": _repair(
        "The column {subject} comes twice; the first is used.",
        _EXPORT,
        "Die Spalte {subject} kommt doppelt vor; die erste gilt.",
        _EXPORT_DE,
    ),
    "draft_column": _repair(
        "Old name of a GTFS-Flex column; read as {subject}.",
        "Use the names of the adopted GTFS-Flex.",
        "Alter Name einer GTFS-Flex-Spalte; gelesen als {subject}.",
        "Die Namen des beschlossenen GTFS-Flex verwenden.",
    ),
    "draft_reference": _repair(
        'stop_id names the area or stop group "{subject}"; read as such.',
        "Use location_id or location_group_id.",
        'stop_id nennt das Gebiet oder die Haltegruppe "{subject}"; so gelesen.',
        "location_id oder location_group_id verwenden.",
    ),
    "draft_group_members": _repair(
        "Members of a stop group stand in location_groups.txt; read as location_group_stops.txt.",
        "Use location_group_stops.txt.",
        "Mitglieder einer Haltegruppe stehen in location_groups.txt; als location_group_stops.txt gelesen.",
        "location_group_stops.txt verwenden.",
    ),
    "flex_single_stop_time": _repair(
        "The on-demand trip {subject} has one row; read as boarding and alighting in the same area.",
        "Write two rows per on-demand trip.",
        "Die Bedarfsfahrt {subject} hat nur eine Zeile; gelesen als Ein- und Ausstieg im selben Gebiet.",
        "Je Bedarfsfahrt zwei Zeilen schreiben.",
    ),
    "parent_missing": _repair(
        'The parent station "{subject}" is not in stops.txt; the stop stands alone.',
        _EXPORT,
        'Die Station "{subject}" fehlt in stops.txt; die Haltestelle steht für sich.',
        _EXPORT_DE,
    ),
    "coordinate_from_parent": _repair(
        "The stop {subject} has no position; its station's is used.",
        _EXPORT,
        "Die Haltestelle {subject} hat keine Lage; die der Station gilt.",
        _EXPORT_DE,
    ),
    "time_half_missing": _repair(
        "Only one of arrival and departure is given; used for both.",
        "Give both times.",
        "Nur Ankunft oder Abfahrt ist angegeben; gilt für beide.",
        "Beide Zeiten angeben.",
    ),
    "agency_unknown": _repair(
        'The agency "{subject}" is not in agency.txt; the line is shown without one.',
        _EXPORT,
        'Das Unternehmen "{subject}" fehlt in agency.txt; die Linie erscheint ohne.',
        _EXPORT_DE,
    ),
    "value_unusable": _repair(
        'The value "{subject}" is not allowed here; the usual one is used.',
        _EXPORT,
        'Der Wert "{subject}" ist hier nicht erlaubt; der übliche gilt.',
        _EXPORT_DE,
    ),
    "row_value_unusable": _drop(
        'The value "{subject}" is not allowed here; the row is left out.',
        _EXPORT,
        'Der Wert "{subject}" ist hier nicht erlaubt; die Zeile entfällt.',
        _EXPORT_DE,
    ),
    "id_missing": _drop("A row without {subject} is left out.", _EXPORT, "Eine Zeile ohne {subject} entfällt.", _EXPORT_DE),
    "id_twice": _drop(
        'The id "{subject}" comes twice; the first row is used.',
        _EXPORT,
        'Die Kennung "{subject}" kommt doppelt vor; die erste Zeile gilt.',
        _EXPORT_DE,
    ),
    "stop_unknown": _drop(
        'The stop "{subject}" does not exist; the row is left out, passengers will not see this halt.',
        _EXPORT,
        'Die Haltestelle "{subject}" gibt es nicht; die Zeile entfällt, Fahrgäste sehen diesen Halt nicht.',
        _EXPORT_DE,
    ),
    "trip_unknown": _drop(
        'The trip "{subject}" does not exist; the row is left out.',
        _EXPORT,
        'Die Fahrt "{subject}" gibt es nicht; die Zeile entfällt.',
        _EXPORT_DE,
    ),
    "route_unknown": _drop(
        'The line "{subject}" does not exist; the row is left out.',
        _EXPORT,
        'Die Linie "{subject}" gibt es nicht; die Zeile entfällt.',
        _EXPORT_DE,
    ),
    "service_unknown": _drop(
        'The calendar "{subject}" does not exist; the trip never runs.',
        _EXPORT,
        'Den Verkehrskalender "{subject}" gibt es nicht; die Fahrt verkehrt nie.',
        _EXPORT_DE,
    ),
    "reference_unknown": _drop(
        "{subject} does not exist; the row is left out.", _EXPORT, "{subject} gibt es nicht; die Zeile entfällt.", _EXPORT_DE
    ),
    "coordinate_unusable": _drop(
        "The stop {subject} has no usable position; it is left out.",
        _EXPORT,
        "Die Haltestelle {subject} hat keine brauchbare Lage; sie entfällt.",
        _EXPORT_DE,
    ),
    "date_unusable": _drop(
        'The date "{subject}" cannot be read; the row is left out.',
        "Write dates as 20261231.",
        'Das Datum "{subject}" ist nicht lesbar; die Zeile entfällt.',
        "Daten als 20261231 schreiben.",
    ),
    "time_unusable": _drop(
        'The time "{subject}" cannot be read; treated as missing.',
        "Write times as 07:05:00.",
        'Die Uhrzeit "{subject}" ist nicht lesbar; sie gilt als fehlend.',
        "Zeiten als 07:05:00 schreiben.",
    ),
    "sequence_unusable": _drop(
        'The stop_sequence "{subject}" is not a number; the row is left out.',
        _EXPORT,
        'Die stop_sequence "{subject}" ist keine Zahl; die Zeile entfällt.',
        _EXPORT_DE,
    ),
    "sequence_twice": _drop(
        "The trip {subject} has the same stop_sequence twice; the first is used.",
        _EXPORT,
        "Die Fahrt {subject} hat eine stop_sequence doppelt; die erste gilt.",
        _EXPORT_DE,
    ),
    "end_time_missing": _drop(
        "The trip {subject} has no time at its first or last halt; that halt is left out.",
        _EXPORT,
        "Die Fahrt {subject} hat am ersten oder letzten Halt keine Zeit; der Halt entfällt.",
        _EXPORT_DE,
    ),
    "time_runs_back": _drop(
        "On the trip {subject} time runs backwards; the trip is left out.",
        "Write times after midnight as 24:10:00 and so on.",
        "Auf der Fahrt {subject} laufen die Zeiten rückwärts; die Fahrt entfällt.",
        "Zeiten nach Mitternacht als 24:10:00 usw. schreiben.",
    ),
    "frequency_unusable": _drop(
        "The frequency of trip {subject} cannot be used; the row is left out.",
        _EXPORT,
        "Die Taktangabe der Fahrt {subject} ist nicht nutzbar; die Zeile entfällt.",
        _EXPORT_DE,
    ),
    "geojson_unusable": _drop(
        "locations.geojson cannot be used: {subject}.", _EXPORT, "locations.geojson ist nicht nutzbar: {subject}.", _EXPORT_DE
    ),
    "area_unusable": _drop(
        "The area {subject} has no usable outline; it is left out.",
        _EXPORT,
        "Das Gebiet {subject} hat keinen brauchbaren Umriss; es entfällt.",
        _EXPORT_DE,
    ),
}

ACCEPTS: dict[str, Rule] = {
    "trip_without_ride": _accept("The trip {subject} has fewer than two halts; nobody can ride it.", _EXPORT,
                                 "Die Fahrt {subject} hat weniger als zwei Halte; niemand kann sie nutzen.", _EXPORT_DE),
    "timezones_differ": _accept("Agencies have different time zones; all times are read in {subject}.", _EXPORT,
                                "Die Unternehmen haben verschiedene Zeitzonen; alle Zeiten gelten in {subject}.", _EXPORT_DE),
    "file_empty": _accept("The file is empty.", "Leave it out.", "Die Datei ist leer.", "Weglassen."),
    "feed_expired": _accept("The last day of this timetable is {subject}.", "Import the next timetable.",
                            "Der letzte Tag dieses Fahrplans ist der {subject}.", "Den nächsten Fahrplan importieren."),
}  # fmt: skip

RULES: dict[str, Rule] = {**ARCHIVE_RULES, **CONTENT_REJECTS, **REPAIRS, **ACCEPTS}
