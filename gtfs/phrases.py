"""What findings say of their own, in German. Values and names from a feed stay as they are."""

from __future__ import annotations

import re

_GERMAN = {
    "no such file": "es gibt sie nicht",
    "a folder or device, not a file": "ein Ordner oder Gerät, keine Datei",
    "more than # MiB packed": "mehr als # MiB gepackt",
    "more than # MiB": "mehr als # MiB",
    "# MiB unpacked, at most # are read": "# MiB ausgepackt, höchstens # werden gelesen",
    "# MiB from # KiB": "# MiB aus # KiB",
    "# of #": "# von #",
    "method #": "Verfahren #",
    "a directory larger than its files need": "ein Verzeichnis, größer als für seine Dateien nötig",
    "no end of the directory": "das Ende des Verzeichnisses fehlt",
    "in several volumes": "auf mehrere Teile verteilt",
    "it ends more than once": "sie endet mehrmals",
    "the file is not where the directory says": "die Datei liegt nicht, wo das Verzeichnis sagt",
    "a folder with text": "ein Ordner mit Inhalt",
    "two names": "zwei Namen",
    "two sizes": "zwei Größen",
    "two ways of packing": "zwei Arten zu packen",
    "larger than it says": "größer als angegeben",
    "smaller than it says": "kleiner als angegeben",
    "wrong checksum": "falsche Prüfsumme",
    "something follows the packed text": "nach dem gepackten Text folgt etwas",
    "the end is missing": "das Ende fehlt",
    "a Windows program": "ein Windows-Programm",
    "a Linux program": "ein Linux-Programm",
    "a script": "ein Skript",
    "a PDF": "ein PDF",
    "a picture": "ein Bild",
    "a web page": "eine Webseite",
    "another zip file": "eine zweite Zip-Datei",
    "a rar archive": "ein rar-Archiv",
    "a 7z archive": "ein 7z-Archiv",
    "a gz archive": "ein gz-Archiv",
    "not JSON at line #": "kein JSON in Zeile #",
    "nested without end": "endlos verschachtelt",
    "not text": "kein Text",
    "not GeoJSON": "kein GeoJSON",
    "more than # seconds": "mehr als # Sekunden",
    "more memory than it is given": "mehr Speicher, als er bekommt",
    "more than # MiB of memory": "mehr als # MiB Speicher",
    "semicolons": "Semikolons",
    "tabs": "Tabulatoren",
    "agency (a row in agency.txt)": "das Unternehmen (eine Zeile in agency.txt)",
}
_NUMBER = re.compile(r"\d+")


def in_german(subject: str) -> str:
    """The German for one of our own phrases, its numbers kept; anything else unchanged."""
    german = _GERMAN.get(_NUMBER.sub("#", subject))
    if german is None:
        return subject
    numbers = iter(_NUMBER.findall(subject))
    return re.sub("#", lambda _: next(numbers), german)
