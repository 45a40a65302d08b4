"""What is wrong with a service or people file, in German. The files' own errors are English: commands and the API tell them so.

A sentence may hold ``{}``: what stands there (a key, a figure, a word of the file) is kept.
"""

from __future__ import annotations

import re
from functools import cache

from api.web.language import Language
from mobility.errors import Problem

GERMAN = {
    # the text as a whole
    "is missing": "fehlt",
    "is empty": "ist leer",
    "choose a file": "bitte eine Datei auswählen",
    "choose a file or write a text": "bitte eine Datei auswählen oder einen Text schreiben",
    "is larger than a service file can be": "ist größer, als eine Dienst-Datei sein kann",
    "is larger than a people file can be": "ist größer, als eine Personen-Datei sein kann",
    "is it the right file?": "ist es die richtige Datei?",
    "is it the right file? simplify the outlines of zones": "ist es die richtige Datei? Umrisse von Gebieten vereinfachen",
    "larger than {} kB": "größer als {} kB",
    "and {} more problems": "und {} weitere Fehler",
    "cannot be read: {}": "kann nicht gelesen werden: {}",
    "check the file's name": "den Namen der Datei prüfen",
    "not UTF-8 text": "kein Text in UTF-8",
    'save the file with the encoding "UTF-8"': "die Datei mit der Kodierung „UTF-8“ speichern",
    "save the file as UTF-8": "die Datei als UTF-8 speichern",
    "not valid Unicode text": "kein gültiger Unicode-Text",
    "the last admin cannot be taken away": "es bliebe niemand für die Verwaltung übrig",
    "nothing was changed": "es wurde nichts geändert",
    # TOML
    "not valid TOML: {}": "kein gültiges TOML: {}",
    "see https://toml.io": "siehe https://toml.io",
    "a number has too many digits": "eine Zahl hat zu viele Ziffern",
    "shorten it": "kürzen",
    "a key of more than fifty parts": "ein Schlüssel aus mehr als fünfzig Teilen",
    "write [section] lines instead of dots": "Zeilen mit [Abschnitt] statt Punkten schreiben",
    "lists or tables are nested too deeply": "Listen oder Tabellen sind zu tief verschachtelt",
    "compare with the documented examples": "mit den Beispielen in der Anleitung vergleichen",
    "texts and times stand in quotes, numbers do not; no leading zeros": "Texte und Zeiten stehen in Anführungszeichen, Zahlen nicht; "
    "keine führenden Nullen",
    "texts and times stand in quotes; one key on a line": "Texte und Zeiten stehen in Anführungszeichen; ein Schlüssel je Zeile",
    "close the text with a quotation mark on the same line": "den Text in derselben Zeile mit einem Anführungszeichen schließen",
    'write key = value, texts in quotes: name = "Rufbus"': 'Schlüssel = Wert, Texte in Anführungszeichen: name = "Rufbus"',
    "each key may stand there once only": "jeder Schlüssel darf nur einmal vorkommen",
    "close the list with ]": "die Liste mit ] schließen",
    "close the table with }": "die Tabelle mit } schließen",
    # keys and kinds of values
    "unknown key": "unbekannter Schlüssel",
    "did you mean {}?": "gemeint ist vielleicht {}?",
    'did you mean {}?; a span is written "mon-fri"': 'gemeint ist vielleicht {}? Eine Spanne schreibt man "mon-fri"',
    "allowed: {}": "erlaubt: {}",
    'allowed: {}; a span is written "mon-fri"': 'erlaubt: {}; eine Spanne schreibt man "mon-fri"',
    "allowed here: {}": "hier erlaubt: {}",
    "{} belongs at the top of the file, before the first [section]": "{} gehört an den Anfang der Datei, vor den ersten [Abschnitt]",
    "add the key {}": "den Schlüssel {} ergänzen",
    "not one of the allowed words": "keines der erlaubten Wörter",
    "expected text": "erwartet wird ein Text",
    "expected a whole number": "erwartet wird eine ganze Zahl",
    "expected true or false": "erwartet wird true oder false",
    "expected a list": "erwartet wird eine Liste",
    "expected a date": "erwartet wird ein Datum",
    "expected a table": "erwartet wird eine Tabelle",
    'write it in quotes, such as "text"': 'in Anführungszeichen schreiben, etwa "text"',
    "write digits without quotes and decimal places, such as 15": "Ziffern ohne Anführungszeichen und Nachkommastellen, etwa 15",
    "write true or false without quotes": "true oder false ohne Anführungszeichen schreiben",
    'write it in brackets, such as ["one", "two"]': 'in Klammern schreiben, etwa ["eins", "zwei"]',
    "write it without quotes, such as 2026-12-24": "ohne Anführungszeichen schreiben, etwa 2026-12-24",
    "too small": "zu klein",
    "too large": "zu groß",
    "too few entries": "zu wenige Einträge",
    "too many entries": "zu viele Einträge",
    "empty or too short": "leer oder zu kurz",
    "too long": "zu lang",
    "not usable": "nicht zu gebrauchen",
    "at least {} characters": "mindestens {} Zeichen",
    "at most {} characters": "höchstens {} Zeichen",
    "at least {}": "mindestens {}",
    "write a text": "einen Text schreiben",
    "holds a control character or a line break": "enthält ein Steuerzeichen oder einen Zeilenumbruch",
    "write it again by hand, on one line": "von Hand neu schreiben, in einer Zeile",
    "not usable as an id": "als Kennung nicht zu gebrauchen",
    "use letters without umlauts, digits, - _ . and begin with a letter or digit": "Buchstaben ohne Umlaute, Ziffern, - _ . verwenden, "
    "mit einem Buchstaben oder einer Ziffer beginnen",
    "not a day": "kein Tag",
    "not a date": "kein Datum",
    "write year-month-day without quotes, such as 2026-12-24": "Jahr-Monat-Tag ohne Anführungszeichen, etwa 2026-12-24",
    "not a likely year": "kein wahrscheinliches Jahr",
    "dates lie between {} and {}": "Daten liegen zwischen {} und {}",
    "not a likely price": "kein wahrscheinlicher Preis",
    "prices lie between 0 and {} euros": "Preise liegen zwischen 0 und {} Euro",
    "more than two decimal places": "mehr als zwei Nachkommastellen",
    "prices are told in whole cents, such as 2.50": "Preise stehen in ganzen Cent, etwa 2.50",
    "expected a number": "erwartet wird eine Zahl",
    "write {} as a number, such as 2.50": "{} als Zahl schreiben, etwa 2.50",
    "not a finite number": "keine endliche Zahl",
    "0, 0 lies in the Atlantic": "0, 0 liegt im Atlantik",
    "write the real coordinates: lon (east), then lat (north)": "die wirklichen Koordinaten schreiben: lon (Ost), dann lat (Nord)",
    "lon and lat look swapped": "lon und lat scheinen vertauscht",
    "lon (east, 5 to 16 in Germany) comes first, then lat (north, 46 to 56)": "erst lon (Ost, in Deutschland 5 bis 16), "
    "dann lat (Nord, 46 bis 56)",
    "expected a point of two numbers": "erwartet wird ein Punkt aus zwei Zahlen",
    "write [lon, lat], such as [8.781, 49.421]": "[lon, lat] schreiben, etwa [8.781, 49.421]",
    "write degrees without quotes, such as 8.781": "Grad ohne Anführungszeichen schreiben, etwa 8.781",
    "outside of -{} to {} degrees": "außerhalb von -{} bis {} Grad",
    "lon (east) first, then lat (north); decimal degrees (WGS 84)": "erst lon (Ost), dann lat (Nord); Dezimalgrad (WGS 84)",
    "not a time zone": "keine Zeitzone",
    "not a German Land": "kein deutsches Bundesland",
    "not the code of a German Land": "nicht das Kürzel eines deutschen Bundeslands",
    "one of {}": "eines von {}",
    "not a telephone number": "keine Telefonnummer",
    "not a possible telephone number": "keine mögliche Telefonnummer",
    "write it with its area code, such as +49 30 23125 001": "mit Vorwahl schreiben, etwa +49 30 23125 001",
    "not a likely factor": "kein wahrscheinlicher Faktor",
    "1 to 10; 1.5 means half as long again as the direct way": "1 bis 10; 1.5 heißt: anderthalbmal so lang wie der direkte Weg",
    "not a night": "keine Nacht",
    'write two times of the clock, such as { start = "20:00", end = "06:00" }': "zwei verschiedene Uhrzeiten, etwa "
    '{ start = "20:00", end = "06:00" }',
    "not a time": "keine Uhrzeit",
    'write hours and minutes in quotes, such as "06:30"; at most "47:59"': 'Stunden und Minuten in Anführungszeichen, etwa "06:30"; '
    'höchstens "47:59"',
    # people
    "overlaps shifts[{}] of the same driver": "überschneidet sich mit shifts[{}] derselben Fahrerin oder desselben Fahrers",
    "correct days or times": "Tage oder Zeiten berichtigen",
    "another account has this name": "eine andere Anmeldung hat diesen Namen",
    "names are typed at the sign-in: make them differ": "der Name wird beim Anmelden eingegeben: verschiedene wählen",
    "another driver's vehicle has this id": "das Fahrzeug von jemand anderem hat diese Kennung",
    "give each its own id": "jedem eine eigene Kennung geben",
    "no driver of this id in this file": "in dieser Datei ist keine Fahrerin und kein Fahrer mit dieser Kennung",
    "no rider of this id in this file": "in dieser Datei ist kein Fahrgast mit dieser Kennung",
    "correct it or add the driver": "berichtigen, oder die Person ergänzen",
    "correct it or add the rider": "berichtigen, oder den Fahrgast ergänzen",
    "the environment has no such variable": "eine solche Variable gibt es nicht",
    "set it before loading the file": "vor dem Laden der Datei setzen",
    "the password in this variable is too short": "das Passwort in dieser Variable ist zu kurz",
    "not an e-mail address": "keine E-Mail-Adresse",
    "write it as name@example.org": "als name@example.org schreiben",
    "not the name of an environment variable": "nicht der Name einer Umgebungsvariable",
    "such as DESK_PASSWORD": "etwa DESK_PASSWORD",
    'channel = "email" needs an e-mail address': 'channel = "email" braucht eine E-Mail-Adresse',
    "add the key email or change channel": "den Schlüssel email ergänzen oder channel ändern",
    'channel = "{}" needs a telephone number': 'channel = "{}" braucht eine Telefonnummer',
    "add the key telephone or change channel": "den Schlüssel telephone ergänzen oder channel ändern",
    "an own vehicle starts at home, and home is missing": "ein eigenes Fahrzeug startet zu Hause, und home fehlt",
    "add home = { name = …, lon = …, lat = … }": "home = { name = …, lon = …, lat = … } ergänzen",
    "needs either date or days": "braucht entweder date oder days",
    'write date = 2026-06-01 for one day, or days = ["mon-fri"] for every week': "date = 2026-06-01 für einen Tag, "
    'oder days = ["mon-fri"] für jede Woche',
    "needs either password or password_env": "braucht entweder password oder password_env",
    "better password_env, the name of an environment variable": "besser password_env, der Name einer Umgebungsvariable",
    'role = "{}" needs the key {}': 'role = "{}" braucht den Schlüssel {}',
    "add {} with the id it stands for": "{} mit der Kennung ergänzen, für die es steht",
    '{} is not used with role = "{}"': '{} gehört nicht zu role = "{}"',
    "remove it or change role": "entfernen oder role ändern",
    "no such service here": "einen solchen Dienst gibt es hier nicht",
    "no such driver here": "eine solche Person gibt es hier nicht",
    "load it first, or correct the id": "erst laden, oder die Kennung berichtigen",
    "its sign-in name is taken already": "der Name zum Anmelden ist schon vergeben",
    "choose another name": "einen anderen Namen wählen",
    # services
    'access = "{}" needs stops': 'access = "{}" braucht Haltestellen',
    "add [[stops]] or use_feed_stops = true": "[[stops]] oder use_feed_stops = true ergänzen",
    'access = "{}" needs an area': 'access = "{}" braucht ein Gebiet',
    "add [[zones]]": "[[zones]] ergänzen",
    "would mean every stop of the feed": "hieße jede Haltestelle des Fahrplans",
    "add [[zones]] that say which of them": "[[zones]] ergänzen, die sagen, welche davon",
    'door_to_door cannot be kept with access = "stop_to_stop"': 'door_to_door geht nicht mit access = "stop_to_stop"',
    "remove it or change access": "entfernen oder access ändern",
    "end is not after start": "end liegt nicht nach start",
    'for {} in the following night write "{}"': 'für {} in der folgenden Nacht "{}" schreiben',
    "correct start or end": "start oder end berichtigen",
    "longer than 24 hours": "länger als 24 Stunden",
    "no ride could ever be booked: max_days_ahead is shorter": "es könnte nie eine Fahrt gebucht werden: max_days_ahead ist kürzer",
    "raise max_days_ahead or lower min_notice_min": "max_days_ahead erhöhen oder min_notice_min senken",
    "a pickup to the second cannot be promised": "eine Abholung auf die Sekunde lässt sich nicht versprechen",
    "allow at least a minute early or late": "mindestens eine Minute früher oder später erlauben",
    "a ride booked at the last moment would have to be confirmed before it was booked": "eine zuletzt gebuchte Fahrt müsste zugesagt "
    "werden, bevor sie gebucht ist",
    "lower it below booking.min_notice_min = {}, or raise that": "unter booking.min_notice_min = {} senken, oder dieses erhöhen",
    "needs {} beside it": "braucht {} daneben",
    "add {}, or remove {}": "{} ergänzen, oder {} entfernen",
    "wider than the {} minutes it would narrow": "weiter als die {} Minuten, die enger werden sollen",
    "at most pickup_early_min + pickup_late_min": "höchstens pickup_early_min + pickup_late_min",
    "below base_eur": "unter base_eur",
    "the most one can pay is at least the base price": "der Höchstpreis ist mindestens der Grundpreis",
    "counts for nothing beside bands": "zählt neben bands nicht",
    "remove one of the two": "eines von beiden entfernen",
    "not longer than the band before": "nicht länger als die Stufe davor",
    "begin with the shortest band": "mit der kürzesten Stufe beginnen",
    "the group has a concession already": "die Gruppe hat schon eine Ermäßigung",
    "say all of it in one": "alles in einer sagen",
    "no zone of this id in this file": "kein Gebiet mit dieser Kennung in dieser Datei",
    "add it to [[zones]]": "unter [[zones]] ergänzen",
    "these zones have a fare already": "diese Gebiete haben schon einen Preis",
    "a fare holds both ways: write it once": "ein Preis gilt in beide Richtungen: einmal schreiben",
    "not allowed with this legal_basis": "mit dieser legal_basis nicht erlaubt",
    "remove the line: on public lines they ride free (§ 228 SGB IX)": "die Zeile entfernen: im Linienverkehr fahren sie frei (§ 228 SGB IX)",
    "a line has a timetable (§ 42 PBefG)": "eine Linie hat einen Fahrplan (§ 42 PBefG)",
    'use "pbefg_44", "pbefg_50" or "permit_free"': '"pbefg_44", "pbefg_50" oder "permit_free" nehmen',
    "rides between defined stops only (§ 44 PBefG)": "fährt nur zwischen bestimmten Haltestellen (§ 44 PBefG)",
    'use "stop_to_stop" or "stop_to_door", or legal_basis = "pbefg_50"': '"stop_to_stop" oder "stop_to_door" nehmen, oder '
    'legal_basis = "pbefg_50"',
    "pooled transport on demand has no timetable (§ 50 PBefG)": "gebündelter Bedarfsverkehr hat keinen Fahrplan (§ 50 PBefG)",
    'use "pbefg_42" or "pbefg_44"': '"pbefg_42" oder "pbefg_44" nehmen',
    "only who has ordered may ride (§ 50 PBefG)": "mitfahren darf nur, wer bestellt hat (§ 50 PBefG)",
    "remove it, or change legal_basis": "entfernen, oder legal_basis ändern",
    "too many for a car without a permit (§ 1 PBefG)": "zu viele für ein Auto ohne Genehmigung (§ 1 PBefG)",
    "at most {} beside the driver": "höchstens {} neben dem Fahrersitz",
    "a line needs a permit (§ 42 PBefG)": "eine Linie braucht eine Genehmigung (§ 42 PBefG)",
    "refunds more than driving costs": "erstattet mehr, als das Fahren kostet",
    "at most {}, or raise ceiling.refund_eur_per_km with the authority's word for it": "höchstens {}, oder ceiling.refund_eur_per_km "
    "erhöhen, wenn die Behörde es zusagt",
    "holds without a permit only": "gilt nur ohne Genehmigung",
    'remove it, or write legal_basis = "permit_free"': 'entfernen, oder legal_basis = "permit_free" schreiben',
    "percent goes with reduced": "percent gehört zu reduced",
    'pays = "reduced" needs percent, other words have none': 'pays = "reduced" braucht percent, andere Wörter haben keines',
    "to_age is below from_age": "to_age liegt unter from_age",
    "not a likely distance": "keine wahrscheinliche Entfernung",
    "above 0 and at most {} km": "über 0 und höchstens {} km",
    "more than three decimal places": "mehr als drei Nachkommastellen",
    "whole metres, such as 2.5": "ganze Meter, etwa 2.5",
    "wheelchair is promised, but no vehicle has wheelchair_places": "wheelchair ist versprochen, aber kein Fahrzeug hat wheelchair_places",
    "add places or remove the need": "Plätze ergänzen oder das Bedürfnis entfernen",
    "names a way twice": "nennt einen Weg zweimal",
    "name each once, in the order in which they are tried": "jeden einmal nennen, in der Reihenfolge, in der sie versucht werden",
    'does not end with "desk" or "taxi"': 'endet nicht mit "desk" oder "taxi"',
    "these always work: write one of them, as the last": "diese gehen immer: einen davon als letzten schreiben",
    "there is no later train after the last one": "nach dem letzten Zug kommt kein späterer",
    'remove "later_train"': '"later_train" entfernen',
    "a taxi needs a number to ring": "für ein Taxi fehlt die Nummer zum Anrufen",
    "the id is already that of {}[{}]": "die Kennung hat schon {}[{}]",
    'form = "{}" needs the section {}': 'form = "{}" braucht den Abschnitt {}',
    "add {} or change form": "{} ergänzen oder form ändern",
    'not used with form = "{}"': 'gehört nicht zu form = "{}"',
    "remove the section or change form": "den Abschnitt entfernen oder form ändern",
    "asks for a duty before rides of its day can be booked": "fragt nach einem Dienst, bevor Fahrten dieses Tages gebucht werden können",
    "the desk would see to it before anybody was asked": "die Leitstelle würde sich kümmern, bevor jemand gefragt wurde",
    "desk_days must be less than stand_by_days": "desk_days muss kleiner sein als stand_by_days",
    "volunteers' own hours are no duties: remove the section": "eigene Zeiten Ehrenamtlicher sind keine Dienste: den Abschnitt entfernen",
    "remove trip_ids or change form": "trip_ids entfernen oder form ändern",
    "puts the stop a hundred kilometres or so from all zones": "legt die Haltestelle um die hundert Kilometer neben alle Gebiete",
    "correct {}": "{} berichtigen",
    "lies outside of all zones": "liegt außerhalb aller Gebiete",
    'correct lon and lat, or say why: outside_because = "…"': 'lon und lat berichtigen, oder sagen warum: outside_because = "…"',
    '{}; a span is written "mon-fri"': '{}; eine Spanne schreibt man "mon-fri"',
    "overlaps hours[{}] on the same day": "überschneidet sich am selben Tag mit hours[{}]",
    "join the two, or correct days or times": "beide zusammenfassen, oder Tage oder Zeiten berichtigen",
    "wheelchair without wheelchair_places": "wheelchair ohne wheelchair_places",
    "add wheelchair_places = 1 or remove wheelchair": "wheelchair_places = 1 ergänzen oder wheelchair entfernen",
    "leaves no seat to book in vehicles[{}]": "lässt in vehicles[{}] keinen Platz zum Buchen",
    "fewer than {}": "weniger als {}",
    "no vehicle of this id": "kein Fahrzeug mit dieser Kennung",
    "add [[vehicles]]": "[[vehicles]] ergänzen",
    "no stop of this id in this file": "keine Haltestelle mit dieser Kennung in dieser Datei",
    "add it to [[stops]]": "unter [[stops]] ergänzen",
    "never within the opening hours of its days": "nie innerhalb der Betriebszeiten seiner Tage",
    "correct its days or times, or [[hours]]": "Tage oder Zeiten berichtigen, oder [[hours]]",
    "latest is before earliest": "latest liegt vor earliest",
    "correct one of them": "eines von beiden berichtigen",
    "the break is not inside the duty": "die Pause liegt nicht im Dienst",
    "all of it between {} and {}, duration included": "ganz zwischen {} und {}, mit ihrer Dauer",
    "cannot be taken after the break before it": "passt nicht hinter die Pause davor",
    "move the breaks apart": "die Pausen auseinanderlegen",
    "overlaps duties[{}] of the same vehicle": "überschneidet sich mit duties[{}] desselben Fahrzeugs",
    "correct days or times, or use another vehicle": "Tage oder Zeiten berichtigen, oder ein anderes Fahrzeug nehmen",
    "names a trip that is not in line.only_trip_ids": "nennt eine Fahrt, die nicht in line.only_trip_ids steht",
    "add it there or remove it here": "dort ergänzen oder hier entfernen",
    "drives all trips of the line, as duties[{}] does at the same time": "fährt alle Fahrten der Linie, wie zur selben Zeit duties[{}]",
    "say in trip_ids which trips each duty drives": "in trip_ids sagen, welche Fahrten jeder Dienst fährt",
    "a trip is driven by duties[{}] on the same day": "eine Fahrt wird am selben Tag schon von duties[{}] gefahren",
    "each trip has one duty on a day": "jede Fahrt hat an einem Tag einen Dienst",
    "an area needs at least three different points": "ein Gebiet braucht mindestens drei verschiedene Punkte",
    "write its corners in order: [[lon, lat], …]": "seine Ecken der Reihe nach schreiben: [[lon, lat], …]",
    "not a usable area: {}": "kein brauchbares Gebiet: {}",
    "the outline must not cross or touch itself": "der Umriss darf sich nicht kreuzen oder berühren",
    "larger than a county": "größer als ein Landkreis",
    "at most {} degrees across; is a digit missing?": "höchstens {} Grad breit; fehlt eine Ziffer?",
    "at most {}": "höchstens {}",
    "the wheelchair places fold more seats than there are": "die Rollstuhlplätze klappen mehr Sitze weg, als es gibt",
    "lower seats_per_wheelchair or wheelchair_places": "seats_per_wheelchair oder wheelchair_places senken",
    "more large wheelchair places than wheelchair places": "mehr große Rollstuhlplätze als Rollstuhlplätze",
    "at most wheelchair_places, of which they are some": "höchstens wheelchair_places, von denen sie ein Teil sind",
    "neither a stop nor a point": "weder Haltestelle noch Punkt",
    'write { stop = "marktplatz" } or { name = "…", lon = …, lat = … }': '{ stop = "marktplatz" } oder '
    '{ name = "…", lon = …, lat = … } schreiben',
}
_LINE = re.compile(r", line (\d+)")
_FOUND = ", found "


def told(problem: Problem, language: Language) -> Problem:
    """The problem in the reader's language; a sentence that is not known here stays as it is."""
    if language != "de":
        return problem
    return Problem(_LINE.sub(r", Zeile \1", problem.where), in_german(problem.what), in_german(problem.mend))


def in_german(text: str) -> str:
    """One sentence, with what the file says kept."""
    sentence, found, value = text.partition(_FOUND)
    if found and (german := _german(sentence)) != sentence:
        return f"{german}, gefunden: {value}"
    return _german(text)


def _german(text: str) -> str:
    if text in GERMAN:
        return GERMAN[text]
    for pattern, german in _patterns():
        if match := pattern.fullmatch(text):
            parts = german.split("{}")
            return "".join(part + value for part, value in zip(parts, (*match.groups(), ""), strict=True))
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile("(.+?)".join(re.escape(part) for part in english.split("{}")), re.DOTALL), german)
        for english, german in GERMAN.items()
        if "{}" in english
    ]
