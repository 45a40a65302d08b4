"""Roles and entries of the logbook, in the admin's words."""

from __future__ import annotations

import re

from api.web.language import Language, translator
from mobility.domain.accounts import Role
from mobility.domain.office import LogbookEntry, LogbookKind

_COUNTED = 4


def role_words(language: Language) -> dict[Role, str]:
    """What each role is called on screens."""
    _ = translator(language)
    return {
        Role.AGENCY: _("Verkehrsunternehmen"),
        Role.PROVIDER: _("Träger"),
        Role.DISPATCHER: _("Telefon-Zentrale"),
        Role.DRIVER: _("Fahrerin oder Fahrer"),
        Role.RIDER: _("Fahrgast"),
        Role.PLANNER: _("Planung"),
        Role.ADMIN: _("Verwaltung"),
    }


def logbook_words(language: Language) -> dict[LogbookKind, str]:
    """What was done."""
    _ = translator(language)
    return {
        LogbookKind.SERVICE_SAVED: _("Dienst gespeichert"),
        LogbookKind.RIDER_SAVED: _("Fahrgast gespeichert"),
        LogbookKind.DRIVER_SAVED: _("Fahrerin oder Fahrer gespeichert"),
        LogbookKind.SHIFT_ADDED: _("Schicht eingetragen"),
        LogbookKind.SHIFT_ENDED: _("Schicht gestrichen"),
        LogbookKind.PEOPLE_LOADED: _("Personen-Datei geladen"),
        LogbookKind.ACCOUNT_ADDED: _("Anmeldung angelegt"),
        LogbookKind.ROLE_CHANGED: _("Rolle geändert"),
        LogbookKind.PASSWORD_LINK_MADE: _("Link für ein Passwort erstellt"),
        LogbookKind.PASSWORD_SET: _("Passwort gesetzt"),
        LogbookKind.ACCOUNT_LOCKED: _("Anmeldung gesperrt"),
        LogbookKind.ACCOUNT_UNLOCKED: _("Anmeldung entsperrt"),
        LogbookKind.FEED_UPLOADED: _("Fahrplan hochgeladen"),
        LogbookKind.FEED_USED: _("Fahrplan in Gebrauch genommen"),
        LogbookKind.FEED_PLANNED: _("Fahrplan für einen Tag vorgesehen"),
        LogbookKind.FEED_WITHDRAWN: _("Fahrplan nicht mehr in Gebrauch"),
        LogbookKind.FEED_REMOVED: _("Fahrplan entfernt"),
        LogbookKind.RIDER_EXPORTED: _("Auskunft über einen Fahrgast gegeben"),
        LogbookKind.RIDER_ERASED: _("Fahrgast gelöscht"),
        LogbookKind.TRIP_REPORTED: _("Verspätung oder Ausfall gemeldet"),
        LogbookKind.TRIP_REPORT_WITHDRAWN: _("Meldung zu einer Fahrt zurückgenommen"),
        LogbookKind.FEED_RULES_SAVED: _("Vorrang unter Fahrplänen gespeichert"),
    }


def note_told(entry: LogbookEntry, language: Language) -> str:
    """The note of an entry."""
    _ = translator(language)
    counts = re.findall(r"\d+", entry.note)
    if entry.kind is LogbookKind.PEOPLE_LOADED and len(counts) == _COUNTED:
        return _("{0} Fahrgäste, {1} Fahrerinnen und Fahrer, {2} Schichten, {3} Anmeldungen").format(*counts)
    words = {"added": _("neu"), "rejected": _("unbrauchbar")} | {
        role.value: label for role, label in role_words(language).items()
    }
    return " → ".join(words.get(part, part) for part in entry.note.split(" -> "))
