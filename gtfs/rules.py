"""The table code → outcome, with the sentences for it. ``{subject}`` stands for the value or name concerned."""

from __future__ import annotations

from gtfs.archive_rules import ARCHIVE_RULES
from gtfs.outcomes import EXPORT, EXPORT_DE, LARGE, LARGE_DE, PACK, PACK_DE, Outcome, Rule, Severity, accept, drop, reject, repair
from gtfs.validator_rules import VALIDATOR_RULES

__all__ = ["RULES", "Outcome", "Rule", "Severity"]

CONTENT_REJECTS: dict[str, Rule] = {
    "not_readable": reject(
        "The feed could not be read ({subject}).",
        "Send the feed to whoever maintains this service.",
        "Der Fahrplan ließ sich nicht lesen ({subject}).",
        "Den Fahrplan an die Betreuung dieses Dienstes senden.",
    ),
    "file_missing": reject(
        "The feed has no {subject}; without it no journey can be planned.",
        EXPORT,
        "Im Fahrplan fehlt {subject}; ohne sie ist keine Auskunft möglich.",
        EXPORT_DE,
    ),
    "calendar_missing": reject(
        "The feed has neither calendar.txt nor calendar_dates.txt; nobody knows on which days it runs.",
        EXPORT,
        "Im Fahrplan fehlen calendar.txt und calendar_dates.txt; die Verkehrstage sind unbekannt.",
        EXPORT_DE,
    ),
    "column_missing": reject("The file has no column {subject}.", EXPORT, "In der Datei fehlt die Spalte {subject}.", EXPORT_DE),
    "timezone_unknown": reject(
        'The agency\'s time zone "{subject}" is not known; no time can be told.',
        "Use a name such as Europe/Berlin.",
        'Die Zeitzone "{subject}" ist unbekannt; es lässt sich keine Uhrzeit nennen.',
        "Einen Namen wie Europe/Berlin verwenden.",
    ),
    "nothing_usable": reject("No trip of this feed can be used.", EXPORT, "Keine Fahrt dieses Fahrplans ist nutzbar.", EXPORT_DE),
    "mostly_unusable": reject(
        "More than half of the rows cannot be used ({subject}).",
        EXPORT,
        "Mehr als die Hälfte der Zeilen ist nicht nutzbar ({subject}).",
        EXPORT_DE,
    ),
    "formula_cell": reject(
        'A cell holds a formula that a spreadsheet would run: "{subject}".',
        "Correct the cell: names and ids do not begin with = + - or @ and a command.",
        'Ein Feld enthält eine Formel, die eine Tabellenkalkulation ausführen würde: "{subject}".',
        "Das Feld berichtigen: Namen und Kennungen beginnen nicht mit = + - oder @ und einem Befehl.",
    ),
    "key_loop": reject(
        '"{subject}" refers, by way of others, to itself.',
        EXPORT,
        '"{subject}" verweist über andere auf sich selbst.',
        EXPORT_DE,
    ),
    "positions_swapped": reject(
        "Latitude and longitude are exchanged ({subject} stops).",
        "Exchange the columns stop_lat and stop_lon.",
        "Breite und Länge sind vertauscht ({subject} Haltestellen).",
        "Die Spalten stop_lat und stop_lon vertauschen.",
    ),
    "trip_too_long": reject(
        "The trip {subject} has more halts than any vehicle can make.",
        EXPORT,
        "Die Fahrt {subject} hat mehr Halte, als ein Fahrzeug schafft.",
        EXPORT_DE,
    ),
    "areas_unreadable": reject(
        "The areas of the on-demand service cannot be read ({subject}); it would vanish for passengers.",
        "Export locations.geojson again, as GeoJSON.",
        "Die Gebiete des Bedarfsverkehrs sind nicht lesbar ({subject}); er verschwände für die Fahrgäste.",
        "locations.geojson neu exportieren, als GeoJSON.",
    ),
    "areas_too_large": reject(
        "The outlines of the areas have more than {subject} corners.",
        "Simplify the outlines; a corner every 20 metres is enough.",
        "Die Umrisse der Gebiete haben mehr als {subject} Ecken.",
        "Die Umrisse vereinfachen; eine Ecke alle 20 Meter genügt.",
    ),
    "too_heavy": reject(
        "Reading this feed takes more than a feed of this size may ({subject}).",
        LARGE,
        "Diesen Fahrplan zu lesen braucht mehr, als ein Fahrplan dieser Größe darf ({subject}).",
        LARGE_DE,
    ),
    "overlay_unusable": reject(
        "The overlay file cannot be used: {subject}.",
        "How it is written stands in docs/feeds.md.",
        "Das Beiblatt ist nicht nutzbar: {subject}.",
        "Wie es zu schreiben ist, steht in docs/feeds.md.",
    ),
    "repair_unknown": reject(
        'There is no repair "{subject}".',
        "The codes stand in docs/feeds.md.",
        'Die Berichtigung "{subject}" gibt es nicht.',
        "Die Namen stehen in docs/feeds.md.",
    ),
    "too_many_departures": reject(
        "frequencies.txt would make more than {subject} departures.",
        EXPORT,
        "frequencies.txt ergäbe mehr als {subject} Abfahrten.",
        EXPORT_DE,
    ),
}

REPAIRS: dict[str, Rule] = {
    "zip_surrounded": repair(
        "{subject} bytes before or after the zip file do not belong to it; they are passed over.",
        PACK,
        "{subject} Bytes vor oder nach der Zip-Datei gehören nicht zu ihr; sie werden übergangen.",
        PACK_DE,
    ),
    "nested_folder": repair(
        'The files lie in the folder "{subject}"; read from there.',
        PACK,
        'Die Dateien liegen im Ordner "{subject}"; von dort gelesen.',
        PACK_DE,
    ),
    "file_name_case": repair(
        "Read as {subject}.", "Write file names in small letters.", "Gelesen als {subject}.", "Dateinamen klein schreiben."
    ),
    "encoding_converted": repair(
        "The file is not UTF-8; read as {subject}.",
        "Export as UTF-8, so that names stay right.",
        "Die Datei ist nicht UTF-8; gelesen als {subject}.",
        "Als UTF-8 exportieren, damit Namen stimmen.",
    ),
    "separator_converted": repair(
        "Columns are separated by {subject}, not by commas; read so.",
        EXPORT,
        "Spalten sind durch {subject} statt durch Kommas getrennt; so gelesen.",
        EXPORT_DE,
    ),
    "ragged_rows": repair(
        "A row has more cells than the header; the surplus is left out.",
        "Put cells that hold a comma in double quotes.",
        "Eine Zeile hat mehr Felder als die Kopfzeile; die überzähligen entfallen.",
        "Felder mit Komma in Anführungszeichen setzen.",
    ),
    "stray_quote": repair(
        "A double quote is not closed; read to the end of the line.",
        EXPORT,
        "Ein Anführungszeichen ist nicht geschlossen; bis zum Zeilenende gelesen.",
        EXPORT_DE,
    ),
    "column_twice": repair(
        "The column {subject} comes twice; the first is used.",
        EXPORT,
        "Die Spalte {subject} kommt doppelt vor; die erste gilt.",
        EXPORT_DE,
    ),
    "draft_column": repair(
        "Old name of a GTFS-Flex column; read as {subject}.",
        "Use the names of the adopted GTFS-Flex.",
        "Alter Name einer GTFS-Flex-Spalte; gelesen als {subject}.",
        "Die Namen des beschlossenen GTFS-Flex verwenden.",
    ),
    "draft_reference": repair(
        'stop_id names the area or stop group "{subject}"; read as such.',
        "Use location_id or location_group_id.",
        'stop_id nennt das Gebiet oder die Haltegruppe "{subject}"; so gelesen.',
        "location_id oder location_group_id verwenden.",
    ),
    "draft_group_members": repair(
        "Members of a stop group stand in location_groups.txt; read as location_group_stops.txt.",
        "Use location_group_stops.txt.",
        "Mitglieder einer Haltegruppe stehen in location_groups.txt; als location_group_stops.txt gelesen.",
        "location_group_stops.txt verwenden.",
    ),
    "flex_single_stop_time": repair(
        "The on-demand trip {subject} has one row; read as boarding and alighting in the same area.",
        "Write two rows per on-demand trip.",
        "Die Bedarfsfahrt {subject} hat nur eine Zeile; gelesen als Ein- und Ausstieg im selben Gebiet.",
        "Je Bedarfsfahrt zwei Zeilen schreiben.",
    ),
    "parent_missing": repair(
        'The parent station "{subject}" is not in stops.txt; the stop stands alone.',
        EXPORT,
        'Die Station "{subject}" fehlt in stops.txt; die Haltestelle steht für sich.',
        EXPORT_DE,
    ),
    "coordinate_from_parent": repair(
        "The stop {subject} has no position; its station's is used.",
        EXPORT,
        "Die Haltestelle {subject} hat keine Lage; die der Station gilt.",
        EXPORT_DE,
    ),
    "time_half_missing": repair(
        "Only one of arrival and departure is given; used for both.",
        "Give both times.",
        "Nur Ankunft oder Abfahrt ist angegeben; gilt für beide.",
        "Beide Zeiten angeben.",
    ),
    "agency_unknown": repair(
        'The agency "{subject}" is not in agency.txt; the line is shown without one.',
        EXPORT,
        'Das Unternehmen "{subject}" fehlt in agency.txt; die Linie erscheint ohne.',
        EXPORT_DE,
    ),
    "value_unusable": repair(
        'The value "{subject}" is not allowed here; the usual one is used.',
        EXPORT,
        'Der Wert "{subject}" ist hier nicht erlaubt; der übliche gilt.',
        EXPORT_DE,
    ),
    "row_value_unusable": drop(
        'The value "{subject}" is not allowed here; the row is left out.',
        EXPORT,
        'Der Wert "{subject}" ist hier nicht erlaubt; die Zeile entfällt.',
        EXPORT_DE,
    ),
    "id_missing": drop("A row without {subject} is left out.", EXPORT, "Eine Zeile ohne {subject} entfällt.", EXPORT_DE),
    "id_twice": drop(
        'The id "{subject}" comes twice; the first row is used.',
        EXPORT,
        'Die Kennung "{subject}" kommt doppelt vor; die erste Zeile gilt.',
        EXPORT_DE,
    ),
    "stop_unknown": drop(
        'The stop "{subject}" does not exist; the row is left out, passengers will not see this halt.',
        EXPORT,
        'Die Haltestelle "{subject}" gibt es nicht; die Zeile entfällt, Fahrgäste sehen diesen Halt nicht.',
        EXPORT_DE,
    ),
    "trip_unknown": drop(
        'The trip "{subject}" does not exist; the row is left out.',
        EXPORT,
        'Die Fahrt "{subject}" gibt es nicht; die Zeile entfällt.',
        EXPORT_DE,
    ),
    "route_unknown": drop(
        'The line "{subject}" does not exist; the row is left out.',
        EXPORT,
        'Die Linie "{subject}" gibt es nicht; die Zeile entfällt.',
        EXPORT_DE,
    ),
    "service_unknown": drop(
        'The calendar "{subject}" does not exist; the trip never runs.',
        EXPORT,
        'Den Verkehrskalender "{subject}" gibt es nicht; die Fahrt verkehrt nie.',
        EXPORT_DE,
    ),
    "reference_unknown": drop(
        "{subject} does not exist; the row is left out.", EXPORT, "{subject} gibt es nicht; die Zeile entfällt.", EXPORT_DE
    ),
    "coordinate_unusable": drop(
        "The stop {subject} has no usable position; it is left out.",
        EXPORT,
        "Die Haltestelle {subject} hat keine brauchbare Lage; sie entfällt.",
        EXPORT_DE,
    ),
    "date_unusable": drop(
        'The date "{subject}" cannot be read; the row is left out.',
        "Write dates as 20261231.",
        'Das Datum "{subject}" ist nicht lesbar; die Zeile entfällt.',
        "Daten als 20261231 schreiben.",
    ),
    "time_unusable": drop(
        'The time "{subject}" cannot be read; treated as missing.',
        "Write times as 07:05:00.",
        'Die Uhrzeit "{subject}" ist nicht lesbar; sie gilt als fehlend.',
        "Zeiten als 07:05:00 schreiben.",
    ),
    "sequence_unusable": drop(
        'The stop_sequence "{subject}" is not a number; the row is left out.',
        EXPORT,
        'Die stop_sequence "{subject}" ist keine Zahl; die Zeile entfällt.',
        EXPORT_DE,
    ),
    "sequence_twice": drop(
        "The trip {subject} has the same stop_sequence twice; the first is used.",
        EXPORT,
        "Die Fahrt {subject} hat eine stop_sequence doppelt; die erste gilt.",
        EXPORT_DE,
    ),
    "end_time_missing": drop(
        "The trip {subject} has no time at its first or last halt; that halt is left out.",
        EXPORT,
        "Die Fahrt {subject} hat am ersten oder letzten Halt keine Zeit; der Halt entfällt.",
        EXPORT_DE,
    ),
    "time_runs_back": drop(
        "On the trip {subject} time runs backwards; the trip is left out.",
        "Write times after midnight as 24:10:00 and so on.",
        "Auf der Fahrt {subject} laufen die Zeiten rückwärts; die Fahrt entfällt.",
        "Zeiten nach Mitternacht als 24:10:00 usw. schreiben.",
    ),
    "calendar_shifted": repair(
        "The timetable has ended; moved by {subject} weeks as asked for. Holidays are wrong.",
        "For demonstrations only; import the next timetable.",
        "Der Fahrplan ist abgelaufen; wie verlangt um {subject} Wochen verschoben. Feiertage stimmen nicht.",
        "Nur zum Vorführen; den nächsten Fahrplan importieren.",
    ),
    "overlay_applied": repair(
        "The overlay marks lines as on-demand (trips): {subject}. They no longer count as buses that simply come.",
        "Nothing needs to be done.",
        "Das Beiblatt kennzeichnet Linien als Bedarfsverkehr (Fahrten): {subject}. Sie gelten nicht mehr als Busse, die von selbst kommen.",
        "Es ist nichts zu tun.",
    ),
    "overlay_line_unknown": drop(
        'The overlay names the line "{subject}", which has no trips here; passengers may wait for a bus that nobody ordered.',
        "Write the line as it is called in routes.txt now.",
        'Das Beiblatt nennt die Linie "{subject}", die hier keine Fahrten hat; Fahrgäste warten vielleicht auf einen Bus, den niemand bestellt hat.',
        "Die Linie so nennen, wie sie jetzt in routes.txt heißt.",
    ),
    "date_far": repair(
        'The date "{subject}" lies beyond all plans; read as the last or first day that is kept here.',
        "Write the last day that is planned.",
        'Das Datum "{subject}" liegt jenseits aller Planung; gelesen als letzter oder erster hier geführter Tag.',
        "Den letzten geplanten Tag angeben.",
    ),
    "mark_inside": repair(
        "A byte-order mark stands in the middle of the text; it is left out.",
        EXPORT,
        "Mitten im Text steht ein Byte-Order-Mark; es entfällt.",
        EXPORT_DE,
    ),
    "area_mended": repair(
        "The outline of the area {subject} touches or crosses itself; read without that.",
        "Repair the outline in the map program.",
        "Der Umriss des Gebiets {subject} berührt oder kreuzt sich; ohne das gelesen.",
        "Den Umriss im Kartenprogramm bereinigen.",
    ),
    "frequency_unusable": drop(
        "The frequency of trip {subject} cannot be used; the row is left out.",
        EXPORT,
        "Die Taktangabe der Fahrt {subject} ist nicht nutzbar; die Zeile entfällt.",
        EXPORT_DE,
    ),
    "area_unusable": drop(
        "The area {subject} has no usable outline; it is left out.",
        EXPORT,
        "Das Gebiet {subject} hat keinen brauchbaren Umriss; es entfällt.",
        EXPORT_DE,
    ),
}

ACCEPTS: dict[str, Rule] = {
    "trip_without_ride": accept("The trip {subject} has fewer than two halts; nobody can ride it.", EXPORT,
                                 "Die Fahrt {subject} hat weniger als zwei Halte; niemand kann sie nutzen.", EXPORT_DE),
    "timezones_differ": accept("Agencies have different time zones; all times are read in {subject}.", EXPORT,
                                "Die Unternehmen haben verschiedene Zeitzonen; alle Zeiten gelten in {subject}.", EXPORT_DE),
    "file_empty": accept("The file is empty.", "Leave it out.", "Die Datei ist leer.", "Weglassen."),
    "feed_expired": accept("The last day of this timetable is {subject}.", "Import the next timetable.",
                            "Der letzte Tag dieses Fahrplans ist der {subject}.", "Den nächsten Fahrplan importieren."),
}  # fmt: skip

OWN_RULES: dict[str, Rule] = {**ARCHIVE_RULES, **CONTENT_REJECTS, **REPAIRS, **ACCEPTS}
RULES: dict[str, Rule] = {**OWN_RULES, **VALIDATOR_RULES}
