"""The outbox: notices leave after the transaction that wrote them, each at least once.

How twice is avoided: each notice is locked, sent and marked in one transaction of its own, and rows locked elsewhere are
skipped, so two workers never hold the same notice; only a worker that dies between the channel's "accepted" and the commit
lets one message be sent again, with the same key. The price is a transaction that stays open while the network answers (ten
seconds at most), with the rows looked through locked: a second worker idles meanwhile, nobody who books waits. A round goes on
from where it stood, page by page, so call-backs that wait for the desk, however many, keep no later message from leaving.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mobility.domain.accounts import Actor, system_actor
from mobility.domain.notices import Notice
from mobility.domain.riders import Channel
from mobility.errors import NotFoundError
from mobility.notifications.channels import ChannelSender, ChannelUnavailableError
from mobility.notifications.facts import Recipient, Records, Reveal, message_of, recipient_of, reveals_nothing
from mobility.notifications.quiet import begins_before, rests_until
from mobility.notifications.texts import Message
from mobility.notifications.wordings import DEFAULT_LANGUAGE

MOST_ATTEMPTS = 5
OVERDUE = timedelta(hours=1)
_FIRST_WAIT_S = 60
_PAGE = 200

_log = logging.getLogger(__name__)


class Outbox(Records, Protocol):
    """What sending needs of a store's transaction."""

    def take_unsent_notices(self, limit: int, after: tuple[datetime, str] | None = None) -> list[Notice]: ...
    def mark_notice(self, notice_id: str, sent_at: datetime | None) -> None: ...
    def list_unsent_notices(self, actor: Actor) -> list[Notice]: ...


class OutboxStore(Protocol):
    """A store that keeps an outbox."""

    def transaction(self) -> AbstractContextManager[Outbox]: ...


Senders = Mapping[Channel, ChannelSender]
"""What this installation can send by. ``CALL_BACK`` has no sender: those notices stay on the desk's list."""


def send_due(
    store: OutboxStore, senders: Senders, clock: Callable[[], datetime], limit: int = 50, reveal: Reveal = reveals_nothing
) -> int:
    """Send what is due, oldest first, at most ``limit`` attempts; how many were accepted.

    A message refused is tried again after 1, 2, 4 and 8 minutes, then left to the desk (:func:`list_call_backs`). A channel that
    does not answer is left alone for the rest of the round and no attempt is counted. No notice keeps another from being sent.
    """
    sending = _Round(store, senders, clock, reveal)
    return sum(1 for outcome in sending.attempts(limit) if outcome)


def next_attempt_at(notice: Notice) -> datetime:
    """When a notice is due: at once, then with doubling waits after each refusal."""
    return notice.created_at + timedelta(seconds=_FIRST_WAIT_S * (2**notice.attempts - 1))


@dataclass(frozen=True, slots=True)
class CallBack:
    """Something for the desk to tell by telephone, or to settle (``telephone`` empty): the words to say are ``message``."""

    notice: Notice
    telephone: str
    message: Message


@dataclass(frozen=True, slots=True)
class Untold:
    """Something that somebody has not been told yet. ``call_back``: the desk rings ``telephone`` (empty: its own task); otherwise a channel
    is on its way. ``quiet_until``: the person wants to be left in peace until then, but the ride begins before: the desk decides.
    """

    notice: Notice
    telephone: str
    message: Message
    call_back: bool
    quiet_until: datetime | None = None


def list_call_backs(
    outbox: Outbox, actor: Actor, channels: Container[Channel], now: datetime, reveal: Reveal = reveals_nothing
) -> list[CallBack]:
    """Unsent notices that are the desk's, oldest first: no channel of ``channels`` carries them, it has refused them for good, or
    they have waited for more than an hour. They stay until the desk marks them (``mark_notice``) or they have lapsed.
    """
    untold = list_untold(outbox, actor, channels, now, reveal)
    return [CallBack(one.notice, one.telephone, one.message) for one in untold if one.call_back]


def list_untold(
    outbox: Outbox,
    actor: Actor,
    channels: Container[Channel],
    now: datetime,
    reveal: Reveal = reveals_nothing,
    rider_id: str | None = None,
) -> list[Untold]:
    """All unsent notices that have not lapsed and need not wait for the end of somebody's quiet hours, oldest first; of one rider, when
    named.
    """
    due = (each for each in outbox.list_unsent_notices(actor) if each.created_at <= now)
    unsent = (each for each in due if rider_id is None or each.to_rider_id == rider_id)
    found = (_untold(outbox, notice, channels, now, reveal) for notice in unsent)
    return [one for one in found if one is not None]


def _untold(outbox: Outbox, notice: Notice, channels: Container[Channel], now: datetime, reveal: Reveal) -> Untold | None:
    try:
        recipient = recipient_of(outbox, notice)
        quiet_until = rests_until(outbox, notice, recipient, now)
        if quiet_until is not None and not begins_before(outbox, notice, quiet_until):
            return None
        since = rests_until(outbox, notice, recipient, notice.created_at) or notice.created_at
        failed = notice.attempts >= MOST_ATTEMPTS or now - since > OVERDUE
        call_back = failed or quiet_until is not None or recipient.channel not in channels
        message = message_of(outbox, notice, DEFAULT_LANGUAGE, reveal if call_back else reveals_nothing)
    except NotFoundError:
        return None
    if message is None:
        return None
    return Untold(notice, _telephone(outbox, notice, recipient), message, call_back, quiet_until)


def _telephone(outbox: Outbox, notice: Notice, recipient: Recipient) -> str:
    if recipient.channel is not Channel.EMAIL:
        return recipient.to
    system = system_actor(notice.agency_id)
    if notice.to_contact_id is not None:
        contact = outbox.find_arrival_contact(system, notice.to_contact_id)
        return "" if contact is None else contact.telephone
    return recipient.to if notice.to_rider_id is None else outbox.get_rider(system, notice.to_rider_id).telephone


@dataclass(frozen=True, slots=True)
class _Envelope:
    channel: Channel
    to: str
    message: Message


class _Round:
    """One round through the outbox. Goes on behind the notice it looked at last, so that each is tried once."""

    def __init__(self, store: OutboxStore, senders: Senders, clock: Callable[[], datetime], reveal: Reveal) -> None:
        self._reveal = reveal
        self._store = store
        self._senders = dict(senders)
        self._clock = clock
        self._after: tuple[datetime, str] | None = None

    def attempts(self, limit: int) -> Iterator[bool]:
        """True for each message accepted, False for each that was not, until none is left."""
        for _ in range(limit):
            accepted = self._attempt()
            if accepted is None:
                return
            yield accepted

    def _attempt(self) -> bool | None:
        trying: list[Notice] = []
        try:
            with self._store.transaction() as outbox:
                for notice in self._due(outbox):
                    trying[:] = [notice]
                    envelope = self._envelope(outbox, notice)
                    if envelope is not None:
                        self._send(envelope)
                        outbox.mark_notice(notice.id, self._clock())
                        return True
                return None
        except ChannelUnavailableError as error:
            _log.warning("a channel is left alone for this round: %s", error)
            return False
        except Exception as error:
            if not trying:
                raise
            self._refused(trying[0], error)
            return False

    def _due(self, outbox: Outbox) -> Iterator[Notice]:
        now = self._clock()
        while page := outbox.take_unsent_notices(_PAGE, self._after):
            for notice in page:
                self._after = (notice.created_at, notice.id)
                if notice.attempts < MOST_ATTEMPTS and next_attempt_at(notice) <= now:
                    yield notice

    def _envelope(self, outbox: Outbox, notice: Notice) -> _Envelope | None:
        """Message and address, or None when there is nothing to send: it is for the desk, has lapsed (then it is closed), or the person
        wants to be left in peace.
        """
        recipient = recipient_of(outbox, notice)
        if rests_until(outbox, notice, recipient, self._clock()) is not None:
            return None
        message = message_of(outbox, notice, recipient.language, self._reveal)
        if message is None:
            outbox.mark_notice(notice.id, self._clock())
            _log.info("notice %s has lapsed and is closed unsent", notice.id)
            return None
        return _Envelope(recipient.channel, recipient.to, message) if recipient.channel in self._senders else None

    def _send(self, envelope: _Envelope) -> None:
        try:
            self._senders[envelope.channel].send(envelope.to, envelope.message)
        except ChannelUnavailableError:
            del self._senders[envelope.channel]
            raise

    def _refused(self, notice: Notice, error: Exception) -> None:
        """Count the attempt. Only the kind of error is logged: its text may hold what a person wrote."""
        _log.warning("notice %s was not sent, attempt %d: %s", notice.id, notice.attempts + 1, type(error).__name__)
        with self._store.transaction() as outbox:
            outbox.mark_notice(notice.id, None)
