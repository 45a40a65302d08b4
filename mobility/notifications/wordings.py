"""The sentences of messages in each language, and the pieces they are filled with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mobility.domain.fleet import CredentialKind
from mobility.domain.notices import NoticeKind

DEFAULT_LANGUAGE = "de"


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body of each kind, and the pieces a body is filled with."""

    texts: Mapping[NoticeKind, tuple[str, str]]
    ride: str
    train: str
    more_rides: str
    call: str
    reference: str
    minutes: tuple[str, str]
    some_time: str
    seats: tuple[str, str]
    wheelchairs: tuple[str, str]
    answer_by: str
    answer_soon: str
    weekdays: str
    months: str
    date: str
    day: str
    moment: str
    wish: str
    until: str
    hours: str
    credentials: Mapping[CredentialKind, str]


GERMAN = Words(
    texts={
        NoticeKind.BOOKED: (
            "Ihre Fahrt ist gebucht",
            "Ihre Fahrt ist gebucht.\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.AWAITING_CONFIRMATION: (
            "Ihre Fahrt ist noch nicht sicher",
            "Noch nicht sicher: Wir suchen jemanden, der fährt.\n{rides}\nSie hören von uns {answer_by}. Fragen: {call}",
        ),
        NoticeKind.CONFIRMED: (
            "Ihre Fahrt ist zugesagt",
            "Ihre Fahrt ist jetzt fest zugesagt.\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.NOT_CONFIRMED: (
            "Für Ihre Fahrt wurde niemand gefunden",
            "Leider kann niemand fahren. Es kommt kein Fahrzeug.\n{rides}\nBitte rufen Sie uns an: {call}",
        ),
        NoticeKind.CANCELLED: (
            "Fahrt abgesagt",
            "Diese Fahrt ist abgesagt. Es kommt kein Fahrzeug.\n{rides}\nFragen: {call}",
        ),
        NoticeKind.NARROWED: (
            "Die genaue Zeit Ihrer Fahrt",
            "Jetzt wissen wir Ihre Zeit genauer.\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.DELAYED: (
            "Ihre Fahrt verspätet sich",
            "Ihr Fahrzeug kommt {delay} später als zugesagt. Zugesagt war:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.CHANGED: (
            "Ihre Fahrt hat sich geändert",
            "Wir müssen Ihre Fahrt leider ändern. Es gilt jetzt:\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.RESCUED: (
            "Ein anderes Fahrzeug holt Sie ab",
            "Ihr Fahrzeug fällt aus. Ein anderes holt Sie ab. Es gilt jetzt:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.IN_RESCUE: (
            "Ihr Fahrzeug fällt aus. Wir kümmern uns",
            "Ihr Fahrzeug fällt aus. Wir suchen Ersatz und rufen Sie an. Zugesagt war:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.CONNECTION: (
            "Ihr Anschluss hat sich geändert",
            "Bus oder Bahn fährt anders als geplant. Es gilt jetzt:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.CONNECTION_LOST: (
            "Ihr Anschluss klappt nicht. Wir kümmern uns",
            "Ihr Anschluss klappt nicht mit Bus oder Bahn. Wir kümmern uns und rufen an. Gebucht war:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.TRAIN_PROPOSED: (
            "Der Fahrplan ändert sich. Passt Ihnen diese Fahrt?",
            "Neuer Fahrplan: Ihr Zug oder Bus fährt anders. Passt es so?\n{rides}\nBitte online zusagen oder anrufen: {call}",
        ),
        NoticeKind.TAXI: (
            "Ihr Anschluss klappt nicht. Bitte nehmen Sie ein Taxi",
            "Ihr Anschluss klappt nicht. Bitte ein Taxi nehmen, wir zahlen: {taxi}. Gebucht:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.RIDE_ASKED: (
            "Können Sie eine Fahrt übernehmen?",
            "Können Sie diese Fahrt übernehmen?\n{rides}\n{party}. Bitte antworten Sie {answer_by}: {call}",
        ),
        NoticeKind.RUN_CHANGED: (
            "Ihr Fahrauftrag hat sich geändert",
            "Ihr Fahrauftrag{day} hat sich geändert. Bitte lesen Sie die neue Fassung oder rufen Sie an: {call}",
        ),
        NoticeKind.DESK_TASK: (
            "Aufgabe für die Leitstelle",
            "Bitte kümmern: Für diese Fahrt fehlt noch eine Zusage.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.CARRIED_ON: (
            "Die abgesagte Fahrt findet statt",
            "Diese Fahrt war abgesagt. Beim Halt ist trotzdem jemand eingestiegen. Die Fahrt findet statt.\n{rides}\nFragen: {call}",
        ),
        NoticeKind.DRIVER_REPORT: (
            "Eine Meldung von unterwegs passt nicht",
            "Bitte ansehen: Eine Meldung von unterwegs passt nicht zur Tour{day}. {reference}",
        ),
        NoticeKind.DRIVER_MISSING: (
            "Für eine Tour fehlt jemand am Steuer",
            "Bitte kümmern: Für die Tour{day} fehlt jemand am Steuer. {reference}",
        ),
        NoticeKind.MISSED_CALL: (
            "Anruf von unterwegs: bitte zurückrufen",
            "Bitte zurückrufen: Jemand hat von unterwegs angeklingelt und möchte wohl heim. Von selbst ging es nicht.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.NO_CALL: (
            "Für eine offene Rückfahrt hat niemand angerufen",
            (
                "Bitte nachfragen: Für diese offene Rückfahrt hat niemand angerufen. Sie wird zur letzten Zeit gefahren.\n{rides}\n{party}. "
                "{reference}"
            ),
        ),
        NoticeKind.TIMETABLE_CHANGED: (
            "Ein neuer Fahrplan ändert eine gebuchte Fahrt",
            "Bitte neu planen und Bescheid geben: Der Zug oder Bus fährt nicht mehr wie gebucht.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.RETURN_UNCLEAR: (
            "Braucht jemand die Rückfahrt noch?",
            "Bitte nachfragen: Zur Hinfahrt war niemand da. Die Rückfahrt bleibt, bis jemand absagt.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.SIGN_IN_CODE: (
            "Ihr Code zum Anmelden",
            "Ihr Code zum Anmelden: {code}\nEr gilt zehn Minuten und nur einmal. Geben Sie ihn niemandem, der Sie danach fragt.",
        ),
        NoticeKind.WAITED_FOR: (
            "Für Ihre Fahrt ist ein Platz frei geworden",
            "Es ist ein Platz frei geworden. Ihre Fahrt ist gebucht.\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.WAITED_IN_VAIN: (
            "Leider ist kein Platz frei geworden",
            "Leider ist kein Platz frei geworden, es kommt kein Fahrzeug:\n{wish}.\nFragen: {call}",
        ),
        NoticeKind.CREDENTIAL_ENDS: (
            "Bitte zeigen Sie uns einen neuen Nachweis",
            "Bitte neu vorzeigen: {credentials}. Danach dürfen wir Ihnen keine Fahrten mehr geben. {call}",
        ),
        NoticeKind.CREDENTIAL_TASK: (
            "Ein Nachweis läuft ab",
            "Bitte kümmern: {driver}, {credentials}. Danach bekommt diese Person keine Fahrten mehr. {reference}",
        ),
        NoticeKind.DUTY_ASKED: (
            "Können Sie fahren?",
            "Ein Dienst{day} ist noch frei: {hours}, {service}. Können Sie fahren? Bitte sagen Sie auf Ihrer Seite zu, oder: {call}",
        ),
        NoticeKind.DUTY_OPEN: (
            "Ein Dienst ist noch frei",
            "Bitte kümmern: Für den Dienst{day}, {hours}, {service}, fehlt jemand am Steuer. {reference}",
        ),
        NoticeKind.STANDING_UNMET: (
            "Für einen Tag Ihrer Dauerfahrt gibt es keine Fahrt",
            "Für Ihre Dauerfahrt ist an einem Tag nichts frei:\n{wish}.\nWir suchen mit Ihnen eine andere Zeit: {call}",
        ),
        NoticeKind.WISH_STUCK: (
            "Aufgabe für die Leitstelle",
            "Bitte von Hand buchen: Dieser Wunsch lässt sich nicht bearbeiten, das Protokoll nennt den Fehler.\n{wish}. {reference}",
        ),
        NoticeKind.STANDING_WARNED: (
            "Brauchen Sie Ihre Dauerfahrt noch?",
            "Bei Ihrer Dauerfahrt war mehrmals niemand da:\n{wish}.\nBeim nächsten Mal endet sie. Bitte rufen Sie an: {call}",
        ),
        NoticeKind.ARRIVED: (
            "Gut angekommen",
            "Gut angekommen: {who}, {arrived}. Sie bekommen diese Nachricht, weil {who} das so möchte. Fragen: {call}",
        ),
        NoticeKind.STANDING_ENDED: (
            "Ihre Dauerfahrt ist beendet",
            "Wieder war niemand da. Ihre Dauerfahrt ist beendet, es kommt kein Fahrzeug mehr:\n{wish}.\nFragen: {call}",
        ),
    },
    ride="{date} {earliest}-{latest} Uhr ab {pickup}, an {dropoff} bis {arrival} Uhr.",
    train="{departs} Uhr {line} ab {board}, {arrives} Uhr an {alight}.",
    more_rides="Dazu {count} weitere, bitte fragen Sie nach.",
    call="{telephone} ({carrier}). {reference}",
    reference="Nr. {reference}",
    minutes=("etwa 1 Minute", "etwa {count} Minuten"),
    some_time="etwas",
    seats=("1 Person", "{count} Personen"),
    wheelchairs=("1 Rollstuhl", "{count} Rollstühle"),
    answer_by="bis {moment}",
    answer_soon="bald",
    weekdays="Mo Di Mi Do Fr Sa So",
    months="1. 2. 3. 4. 5. 6. 7. 8. 9. 10. 11. 12.",
    date="{weekday} {day}.{month}",
    day=" für {date}",
    moment="{date} {time} Uhr",
    wish="{when} von {origin} nach {destination}",
    until="{what} (gilt bis {date})",
    hours="{start} bis {end} Uhr",
    credentials={
        CredentialKind.LICENCE: "Führerschein",
        CredentialKind.LICENCE_D1: "Führerschein D1",
        CredentialKind.LICENCE_D: "Führerschein D",
        CredentialKind.PASSENGER_LICENCE: "P-Schein",
        CredentialKind.FIRST_AID: "Erste Hilfe",
        CredentialKind.INSURANCE: "Versicherung",
        CredentialKind.INSPECTION: "Hauptuntersuchung",
    },
)

ENGLISH = Words(
    texts={
        NoticeKind.BOOKED: (
            "Your ride is booked",
            "Your ride is booked.\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.AWAITING_CONFIRMATION: (
            "Your ride is not certain yet",
            "Not certain yet: we are looking for somebody to drive.\n{rides}\nYou will hear from us {answer_by}. Questions: {call}",
        ),
        NoticeKind.CONFIRMED: (
            "Your ride is confirmed",
            "Your ride is now confirmed.\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.NOT_CONFIRMED: (
            "Nobody was found for your ride",
            "Sorry, nobody can drive. No vehicle will come.\n{rides}\nPlease call us: {call}",
        ),
        NoticeKind.CANCELLED: (
            "Ride cancelled",
            "This ride is cancelled. No vehicle will come.\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.NARROWED: (
            "The exact time of your ride",
            "We now know your time more exactly.\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.DELAYED: (
            "Your ride is late",
            "Your vehicle comes {delay} later than promised. We had promised:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.CHANGED: (
            "Your ride has changed",
            "Sorry, we have to change your ride. What holds now:\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.RESCUED: (
            "Another vehicle comes for you",
            "Your vehicle has dropped out. Another one comes for you. What holds now:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.IN_RESCUE: (
            "Your vehicle has dropped out. We see to it",
            "Your vehicle has dropped out. We look for another one and ring you. We had promised:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.CONNECTION: (
            "Your connection has changed",
            "Your bus or train runs otherwise than planned. What holds now:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.CONNECTION_LOST: (
            "Your connection is lost. We see to it",
            "Your connection by bus or train is lost. We see to it and ring you. Booked was:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.TRAIN_PROPOSED: (
            "The timetable changes. Does this journey suit you?",
            "New timetable: your train or bus runs otherwise. Does this suit you?\n{rides}\nPlease say yes online or ring: {call}",
        ),
        NoticeKind.TAXI: (
            "Your connection is lost. Please take a taxi",
            "Your connection is lost. Please take a taxi, we pay: {taxi}. Booked:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.RIDE_ASKED: (
            "Can you take a ride?",
            "Can you take this ride?\n{rides}\n{party}. Please answer {answer_by}: {call}",
        ),
        NoticeKind.RUN_CHANGED: (
            "Your manifest has changed",
            "Your manifest{day} has changed. Please read the new version or call: {call}",
        ),
        NoticeKind.DESK_TASK: (
            "Task for the control desk",
            "Please see to it: nobody has agreed to drive this ride yet.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.CARRIED_ON: (
            "The cancelled ride takes place",
            "This ride was cancelled, but somebody has boarded. It takes place.\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.DRIVER_REPORT: (
            "A report from the road does not fit",
            "Please look: a report from the road does not fit the run{day}. {reference}",
        ),
        NoticeKind.DRIVER_MISSING: (
            "A run has nobody to drive it",
            "Please see to it: nobody is there to drive the run{day}. {reference}",
        ),
        NoticeKind.MISSED_CALL: (
            "A call from under way: please ring back",
            "Please ring back: somebody has rung from under way and probably wants to go home. It could not be done without you.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.NO_CALL: (
            "Nobody has called for an open return",
            "Please ask: nobody has called for this open return. It is driven at its last time.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.TIMETABLE_CHANGED: (
            "A new timetable changes a booked ride",
            "Please plan anew and tell: the train or bus no longer runs as booked.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.RETURN_UNCLEAR: (
            "Is the way back still needed?",
            "Please ask: nobody was there for the way out. The way back stays until cancelled.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.SIGN_IN_CODE: (
            "Your code to sign in",
            "Your code to sign in: {code}\nIt holds for ten minutes and once. Give it to nobody who asks you for it.",
        ),
        NoticeKind.WAITED_FOR: (
            "A place has become free for your ride",
            "A place has become free. Your ride is booked.\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.WAITED_IN_VAIN: (
            "Sorry, no place has become free",
            "Sorry, no place has become free, no vehicle will come:\n{wish}.\nQuestions: {call}",
        ),
        NoticeKind.CREDENTIAL_ENDS: (
            "Please renew what you showed us",
            "Please show us anew: {credentials}. Afterwards we may give you no rides. {call}",
        ),
        NoticeKind.CREDENTIAL_TASK: (
            "Something a driver has shown ends",
            "Please see to it: {driver}, {credentials}. Afterwards this person gets no rides. {reference}",
        ),
        NoticeKind.DUTY_ASKED: (
            "Can you drive?",
            "A duty{day} is still free: {hours}, {service}. Can you drive? Please say so on your page, or: {call}",
        ),
        NoticeKind.DUTY_OPEN: (
            "A duty is still free",
            "Please see to it: nobody is there to drive the duty{day}, {hours}, {service}. {reference}",
        ),
        NoticeKind.STANDING_UNMET: (
            "No ride on one day of your standing order",
            "On one day there is no room for your regular ride:\n{wish}.\nWe look for another time with you: {call}",
        ),
        NoticeKind.WISH_STUCK: (
            "Task for the control desk",
            "Please book it by hand: this wish cannot be worked on, the log names the error.\n{wish}. {reference}",
        ),
        NoticeKind.STANDING_WARNED: (
            "Do you still need your regular ride?",
            "Nobody was there for your regular ride several times:\n{wish}.\nThe next time we end it. Please call: {call}",
        ),
        NoticeKind.ARRIVED: (
            "Arrived safely",
            "Arrived safely: {who}, {arrived}. You are told because {who} wants you to know. Questions: {call}",
        ),
        NoticeKind.STANDING_ENDED: (
            "Your regular ride has ended",
            "Again nobody was there. Your regular ride has ended, no vehicle comes any more:\n{wish}.\nQuestions: {call}",
        ),
    },
    ride="{date} {earliest}-{latest} from {pickup}, at {dropoff} by {arrival}.",
    train="{departs} {line} from {board}, {arrives} at {alight}.",
    more_rides="And {count} more, please ask.",
    call="{telephone} ({carrier}). {reference}",
    reference="Ref. {reference}",
    minutes=("about 1 minute", "about {count} minutes"),
    some_time="somewhat",
    seats=("1 person", "{count} people"),
    wheelchairs=("1 wheelchair", "{count} wheelchairs"),
    answer_by="by {moment}",
    answer_soon="soon",
    weekdays="Mon Tue Wed Thu Fri Sat Sun",
    months="Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    date="{weekday} {day} {month}",
    day=" for {date}",
    moment="{date} {time}",
    wish="{when} from {origin} to {destination}",
    until="{what} (until {date})",
    hours="{start} to {end}",
    credentials={
        CredentialKind.LICENCE: "driving licence",
        CredentialKind.LICENCE_D1: "licence D1",
        CredentialKind.LICENCE_D: "licence D",
        CredentialKind.PASSENGER_LICENCE: "passenger licence",
        CredentialKind.FIRST_AID: "first aid",
        CredentialKind.INSURANCE: "insurance",
        CredentialKind.INSPECTION: "vehicle inspection",
    },
)

LANGUAGES: Mapping[str, Words] = {"de": GERMAN, "en": ENGLISH}
