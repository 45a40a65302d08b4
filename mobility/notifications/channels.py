"""Ways to reach a person: e-mail, an SMS gateway, and a shipped fake of the gateway that writes files."""

from __future__ import annotations

import hashlib
import json
import os
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from mobility.errors import InvalidInputError, MobilityError, Problem
from mobility.notifications.sms import gsm7
from mobility.notifications.texts import Message

_TIMEOUT_S = 10.0
_SMS_URL = "such as https://sms.example.org/send"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class DeliveryError(MobilityError):
    """A message could not be delivered. Says why without address, text or password."""


class ChannelUnavailableError(DeliveryError):
    """The channel itself does not answer or refuses us: nothing is wrong with the message."""


class ChannelSender(Protocol):
    """Sends one message to one address.

    Raises:
        DeliveryError: it was not accepted. A message may all the same arrive when the answer to it was lost.
    """

    def send(self, to: str, message: Message) -> None: ...


@dataclass(frozen=True, slots=True)
class _MailServer:
    host: str
    port: int
    encryption: str
    user: str
    password: str


_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class EmailSender:
    """E-mail through a server named as ``smtp://host:25``, ``smtp+starttls://user:password@host:587`` or
    ``smtps://user:password@host:465`` (user and password percent-encoded). Certificates are checked.

    Raises:
        InvalidInputError: the address of server or sender is unusable, or a password would travel unencrypted.
    """

    def __init__(self, smtp_url: str, mail_from: str) -> None:
        self._server = _mail_server(smtp_url)
        try:
            self._from = _mailbox(mail_from)
        except ValueError:
            raise InvalidInputError(Problem("mail_from", "is no e-mail address", "such as fahrten@example.org")) from None

    def send(self, to: str, message: Message) -> None:
        mail = self._mail(to, message)
        try:
            connection = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelUnavailableError(f"mail server: {_reason(error)}") from None
        try:
            connection.send_message(mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError) as error:
            raise DeliveryError(f"mail server refused the message: {_reason(error)}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelUnavailableError(f"mail server: {_reason(error)}") from None
        finally:
            _leave(connection)

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.encryption == "smtps":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT_S, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_S)
        try:
            if server.encryption == "smtp+starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _mail(self, to: str, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        try:
            mail["From"] = self._from
            mail["To"] = _mailbox(to)
            mail["Subject"] = message.subject
        except ValueError:
            raise DeliveryError("the address or the subject cannot be put into a mail header") from None
        if message.key:
            mail["Message-ID"] = f"<{_digest(message.key)}@{self._from.domain}>"  # the same at every attempt
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        mail.set_content(message.body)
        return mail


class SmsGatewaySender:
    """Text messages through an HTTP gateway, in a format of three fields that a few lines adapt to any provider::

        POST url    Authorization: Bearer TOKEN    Content-Type: application/json
        {"to": "+4915112345678", "text": "…", "key": "…"}

    Any 2xx answer means accepted. A gateway may drop a second message with the same ``key``. The text is in the GSM alphabet.

    Raises:
        InvalidInputError: the URL is not https (http is allowed on this machine only).
    """

    def __init__(self, url: str, token: str) -> None:
        try:
            self._url = httpx.URL(url)
        except httpx.InvalidURL:
            raise InvalidInputError(Problem("sms gateway", "the URL cannot be read", _SMS_URL)) from None
        here = self._url.scheme == "http" and self._url.host in _LOOPBACK
        if not self._url.host or (self._url.scheme != "https" and not here):
            raise InvalidInputError(Problem("sms gateway", "the URL is not https", _SMS_URL))
        self._headers = {"Authorization": f"Bearer {token}"}

    def send(self, to: str, message: Message) -> None:
        try:
            answer = httpx.post(self._url, json=_sms(to, message), headers=self._headers, timeout=_TIMEOUT_S)
        except httpx.HTTPError as error:
            raise ChannelUnavailableError(f"SMS gateway: {type(error).__name__}") from None
        if answer.is_success:
            return
        told = f"SMS gateway answered {answer.status_code}"
        if answer.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise DeliveryError(told)
        raise ChannelUnavailableError(told)


class FileSmsGateway:
    """A gateway for demonstration and tests: each message becomes a file ``KEYDIGEST.json`` in a private folder, in the format of
    :class:`SmsGatewaySender`. The same key twice leaves one file, as with a gateway that knows its keys.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, to: str, message: Message) -> None:
        content = _sms(to, message)
        name = _digest(message.key or json.dumps(content))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._folder / f".{name}.{os.getpid()}"
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
            draft.replace(self._folder / f"{name}.json")
        except OSError as error:
            raise ChannelUnavailableError(f"SMS folder: {_reason(error)}") from None


def _sms(to: str, message: Message) -> dict[str, str]:
    return {"to": to, "text": gsm7(message.body), "key": message.key}


def _mail_server(url: str) -> _MailServer:
    mend = "smtp://host:25, smtp+starttls://user:password@host:587 or smtps://user:password@host:465"
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise InvalidInputError(Problem("smtp_url", "cannot be read", mend)) from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise InvalidInputError(Problem("smtp_url", "names no mail server", mend))
    if parts.username and parts.scheme == "smtp" and parts.hostname not in _LOOPBACK:
        raise InvalidInputError(Problem("smtp_url", "would send the password unencrypted", "use smtp+starttls:// or smtps://"))
    return _MailServer(parts.hostname, port, parts.scheme, *_credentials(parts))


def _credentials(parts: SplitResult) -> tuple[str, str]:
    return unquote(parts.username or ""), unquote(parts.password or "")


def _mailbox(text: str) -> Address:
    """The address with its domain in ASCII (IDNA).

    Raises:
        ValueError: the text is no address of the form name@domain.
    """
    try:
        address = Address(addr_spec=text)
        if address.username and address.domain:
            return Address(username=address.username, domain=address.domain.encode("idna").decode("ascii"))
    except (MessageError, IndexError):
        pass
    raise ValueError("no mailbox")


def _leave(connection: smtplib.SMTP) -> None:
    """Say goodbye; a server that does not answer that has the message all the same."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


def _reason(error: Exception) -> str:
    """What went wrong, without the server's words: they often repeat the address."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((code for code, _ in error.recipients.values()), None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
