"""Findings about the zip file and its way here; all of them reject. Sentences as in :mod:`gtfs.rules`."""

from __future__ import annotations

from gtfs.outcomes import EXPORT, EXPORT_DE, LARGE, LARGE_DE, PACK, PACK_DE, Rule, reject

ARCHIVE_RULES: dict[str, Rule] = {
    "file_unreadable": reject(
        "The file cannot be read: {subject}.",
        "Check the path and the permissions.",
        "Die Datei ist nicht lesbar: {subject}.",
        "Pfad und Leserechte prüfen.",
    ),
    "not_a_zip": reject("This is not a zip file.", PACK, "Das ist keine Zip-Datei.", PACK_DE),
    "zip_damaged": reject(
        "The zip file is damaged: {subject}.",
        "Pack it again, or upload it again.",
        "Die Zip-Datei ist beschädigt: {subject}.",
        "Neu packen oder neu hochladen.",
    ),
    "zip_encrypted": reject(
        "The file is encrypted.", "Pack it without a password.", "Die Datei ist verschlüsselt.", "Ohne Kennwort packen."
    ),
    "zip_method": reject(
        "The file is packed in a way that is not read here ({subject}).",
        PACK,
        "Die Datei ist auf eine Art gepackt, die hier nicht gelesen wird ({subject}).",
        PACK_DE,
    ),
    "zip_unsafe_name": reject(
        "The zip file holds a name that points outside: {subject}.",
        PACK,
        "Die Zip-Datei enthält einen Namen, der nach außen zeigt: {subject}.",
        PACK_DE,
    ),
    "zip_link": reject(
        "The zip file holds a link instead of a file.",
        PACK,
        "Die Zip-Datei enthält eine Verknüpfung statt einer Datei.",
        PACK_DE,
    ),
    "zip_duplicate_name": reject(
        "The zip file holds this name twice; which one is meant cannot be known.",
        PACK,
        "Die Zip-Datei enthält diesen Namen zweimal; welcher gilt, ist nicht erkennbar.",
        PACK_DE,
    ),
    "zip_nested": reject(
        "The zip file holds another archive: {subject}.", PACK, "Die Zip-Datei enthält ein weiteres Archiv: {subject}.", PACK_DE
    ),
    "zip_overlap": reject("Parts of the zip file overlap.", PACK, "Teile der Zip-Datei überlappen sich.", PACK_DE),
    "zip_contradicts": reject(
        "The zip file contradicts itself ({subject}); two programs would read two different timetables.",
        PACK,
        "Die Zip-Datei widerspricht sich ({subject}); zwei Programme läsen zwei verschiedene Fahrpläne.",
        PACK_DE,
    ),
    "zip_polyglot": reject(
        "The file is {subject} as well as a zip file.", PACK, "Die Datei ist außer einer Zip-Datei auch {subject}.", PACK_DE
    ),
    "zip_bomb": reject(
        "The file would grow beyond measure when unpacked ({subject}).",
        LARGE,
        "Die Datei würde beim Entpacken übermäßig groß ({subject}).",
        LARGE_DE,
    ),
    "zip_too_large": reject("Too large: {subject}.", LARGE, "Zu groß: {subject}.", LARGE_DE),
    "zip_too_many_files": reject(
        "The zip file holds {subject} files.", PACK, "Die Zip-Datei enthält {subject} Dateien.", PACK_DE
    ),
    "several_feeds": reject(
        "The zip file holds several feeds, in folders {subject}.",
        "Send one feed per zip file.",
        "Die Zip-Datei enthält mehrere Fahrpläne, in den Ordnern {subject}.",
        "Je Zip-Datei ein Fahrplan.",
    ),
    "nul_bytes": reject(
        "The file holds zero bytes; it is not text.", EXPORT, "Die Datei enthält Nullbytes; das ist kein Text.", EXPORT_DE
    ),
    "line_too_long": reject(
        "A line or field is longer than {subject} bytes.",
        EXPORT,
        "Eine Zeile oder ein Feld ist länger als {subject} Bytes.",
        EXPORT_DE,
    ),
    "too_many_columns": reject("The file has {subject} columns.", EXPORT, "Die Datei hat {subject} Spalten.", EXPORT_DE),
    "too_many_cells": reject(
        "The file has more than {subject} cells.", LARGE, "Die Datei hat mehr als {subject} Felder.", LARGE_DE
    ),
    "folder_exists": reject(
        "The folder for the import exists already: {subject}.",
        "Choose a new folder for each import.",
        "Der Ordner für den Import besteht schon: {subject}.",
        "Je Import einen neuen Ordner wählen.",
    ),
    "cannot_store": reject(
        "The import could not be stored: {subject}.",
        "Check free space and permissions; nothing was changed.",
        "Der Import konnte nicht gespeichert werden: {subject}.",
        "Freien Platz und Rechte prüfen; es wurde nichts verändert.",
    ),
    "not_an_import": reject(
        "This folder holds no complete import of this version: {subject}.",
        "Import the feed again.",
        "Dieser Ordner enthält keinen vollständigen Import dieser Version: {subject}.",
        "Den Fahrplan neu importieren.",
    ),
    "fetch_refused": reject(
        "This address is not fetched: {subject}.",
        "Name a public http or https address, or upload the file.",
        "Diese Adresse wird nicht abgerufen: {subject}.",
        "Eine öffentliche http- oder https-Adresse angeben oder die Datei hochladen.",
    ),
    "fetch_failed": reject(
        "The feed could not be fetched: {subject}.",
        "Try the address in a browser, or upload the file.",
        "Der Fahrplan konnte nicht abgerufen werden: {subject}.",
        "Die Adresse im Browser versuchen oder die Datei hochladen.",
    ),
}
