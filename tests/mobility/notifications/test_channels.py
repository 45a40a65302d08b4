"""The channels, against real servers on this machine."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import stat
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mobility.errors import InvalidInputError
from mobility.notifications.channels import (
    ChannelSender,
    ChannelUnavailableError,
    DeliveryError,
    EmailSender,
    FileSmsGateway,
    SmsGatewaySender,
)
from mobility.notifications.texts import Message

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd does not see implicit TLS
MESSAGE = Message("Ihre Fahrt ist gebucht", "Abholung: Ärztehaus.\nFragen: 06221 123456", "booking-1:0:booked:rider:")
SECRET = "s3cret@/:"


@dataclass
class Mailbox:
    """What an SMTP server has accepted."""

    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    refuse: str = ""

    async def handle_RCPT(self, *told: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        _, _, envelope, address, _ = told
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *told: Any) -> str:  # noqa: N802
        _, _, envelope = told
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"


@dataclass
class MailServer:
    port: int
    mailbox: Mailbox


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A self-signed certificate for localhost that this process trusts (OpenSSL reads SSL_CERT_FILE)."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    pem = tmp_path / "localhost.pem"
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(pem), "-out", str(tmp_path / "cert.pem")]
    subprocess.run(command + names, check=True, capture_output=True)
    pem.write_text(pem.read_text() + (tmp_path / "cert.pem").read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    return pem


@pytest.fixture
def mail_server(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    """A real SMTP server; parameter ``smtp``, ``smtp+starttls`` or ``smtps``, the latter two with a password."""
    controller = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed (dev extra)")
    smtp = pytest.importorskip("aiosmtpd.smtp")
    scheme = getattr(request, "param", "smtp")
    options: dict[str, Any] = {}
    if scheme != "smtp":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(request.getfixturevalue("certificate"))
        expected = (b"us er", SECRET.encode())

        def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
            known = (data.login, data.password) == expected
            return smtp.AuthResult(success=known, handled=known)

        options = {"authenticator": authenticate, "auth_required": True}
        options |= {"ssl_context": context, "auth_require_tls": False} if scheme == "smtps" else {"tls_context": context}
    mailbox = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = controller.Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    server.start()
    yield MailServer(port, mailbox)
    server.stop()


def test_an_email_arrives_whole(mail_server: MailServer) -> None:
    EmailSender(f"smtp://127.0.0.1:{mail_server.port}", "fahrten@example.org").send("erna@example.org", MESSAGE)
    (mail,) = mail_server.mailbox.mails
    assert mail_server.mailbox.envelopes == [("fahrten@example.org", ["erna@example.org"])]
    assert mail["Subject"] == MESSAGE.subject
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == MESSAGE.body
    assert mail["Auto-Submitted"] == "auto-generated"
    assert MESSAGE.key not in mail["Message-ID"]


def test_the_same_notice_has_the_same_message_id_at_every_attempt(mail_server: MailServer) -> None:
    sender = EmailSender(f"smtp://127.0.0.1:{mail_server.port}", "fahrten@example.org")
    for message in (MESSAGE, MESSAGE, Message("Andere", "Andere", "other")):
        sender.send("erna@example.org", message)
    first, again, other = (mail["Message-ID"] for mail in mail_server.mailbox.mails)
    assert first == again != other


@pytest.mark.parametrize("mail_server", ["smtp+starttls", "smtps"], indirect=True)
def test_encrypted_with_password(mail_server: MailServer, request: pytest.FixtureRequest) -> None:
    scheme = request.node.callspec.params["mail_server"]
    url = f"{scheme}://us%20er:s3cret%40%2F%3A@127.0.0.1:{mail_server.port}"
    EmailSender(url, "fahrten@example.org").send("erna@example.org", MESSAGE)
    assert len(mail_server.mailbox.mails) == 1


@pytest.mark.parametrize("mail_server", ["smtp+starttls", "smtps"], indirect=True)
def test_an_unknown_certificate_is_not_trusted(
    mail_server: MailServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    scheme = request.node.callspec.params["mail_server"]
    with pytest.raises(ChannelUnavailableError, match="SSLCertVerificationError"):
        EmailSender(f"{scheme}://127.0.0.1:{mail_server.port}", "fahrten@example.org").send("erna@example.org", MESSAGE)
    assert mail_server.mailbox.mails == []


@pytest.mark.parametrize("mail_server", ["smtps"], indirect=True)
def test_a_wrong_password_is_the_channels_fault_and_stays_secret(mail_server: MailServer) -> None:
    sender = EmailSender(f"smtps://user:wrongpass@127.0.0.1:{mail_server.port}", "fahrten@example.org")
    with pytest.raises(ChannelUnavailableError, match="SMTPAuthenticationError 535") as caught:
        sender.send("erna@example.org", MESSAGE)
    assert "wrongpass" not in _everything(caught.value)


def test_a_server_without_starttls_gets_no_mail(mail_server: MailServer) -> None:
    with pytest.raises(ChannelUnavailableError):
        EmailSender(f"smtp+starttls://127.0.0.1:{mail_server.port}", "fahrten@example.org").send("erna@example.org", MESSAGE)
    assert mail_server.mailbox.mails == []


@pytest.mark.parametrize("answer", ["550 erna@example.org unknown here", "450 erna@example.org try again"])
def test_a_refused_recipient_is_no_fault_of_the_channel_and_not_named(mail_server: MailServer, answer: str) -> None:
    mail_server.mailbox.refuse = answer
    with pytest.raises(DeliveryError) as caught:
        EmailSender(f"smtp://127.0.0.1:{mail_server.port}", "fahrten@example.org").send("erna@example.org", MESSAGE)
    assert not isinstance(caught.value, ChannelUnavailableError)
    assert answer[:3] in str(caught.value)
    assert "erna" not in _everything(caught.value)


def test_no_mail_server_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ChannelUnavailableError, match="ConnectionRefusedError"):
        EmailSender(f"smtp://127.0.0.1:{port}", "fahrten@example.org").send("erna@example.org", MESSAGE)


def test_a_mute_mail_server_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobility.notifications.channels._TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(ChannelUnavailableError):
        EmailSender(f"smtp://127.0.0.1:{mute.getsockname()[1]}", "fahrten@example.org").send("erna@example.org", MESSAGE)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "erna",
        "@",
        "a@b\nBcc: all@example.org",
        "a@b\r\nSubject: x",
        "a@b, c@d",
        "<a@b> c",
        "a b@c",
        "a@b\x00",
        "Erna <e@x.org>",
        "@x.org",
        "a@" + "ü" * 80,
    ],
)
def test_what_is_no_single_address_is_not_sent_to(to: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        EmailSender("smtp://127.0.0.1:1", "fahrten@example.org").send(to, MESSAGE)
    assert not isinstance(caught.value, ChannelUnavailableError), "the server was asked"


def test_a_subject_cannot_bring_headers_along() -> None:
    with pytest.raises(DeliveryError):
        EmailSender("smtp://127.0.0.1:1", "fahrten@example.org").send("a@example.org", Message("x\nBcc: b@example.org", "y"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example.org", "names no mail server"),
        ("http://mail.example.org", "names no mail server"),
        ("smtp://", "names no mail server"),
        ("smtp://host:port", "cannot be read"),
        ("smtp://host:99999", "cannot be read"),
        ("smtp://[::1", "cannot be read"),
        ("smtp://paula:geheim@mail.example.org", "unencrypted"),
    ],
)
def test_an_unusable_mail_url_is_said_in_one_line_without_the_password(url: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        EmailSender(url, "fahrten@example.org")
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mail_from", ["", "fahrten", "a@b\nBcc: c@d", "a@"])
def test_an_unusable_sender_address(mail_from: str) -> None:
    with pytest.raises(InvalidInputError, match="mail_from"):
        EmailSender("smtp://localhost", mail_from)


@dataclass
class Gateway:
    """A real HTTP gateway that keeps what it was posted."""

    url: str = ""
    status: int = 202
    posts: list[tuple[dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posts.append((dict(self.headers), json.loads(body)))
            self.send_response(kept.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/send"
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_gateway_gets_number_text_and_key(gateway: Gateway) -> None:
    SmsGatewaySender(gateway.url, "token").send("+491713920012", Message("Betreff", "Żabka am Ärztehaus", "key-1"))
    ((headers, body),) = gateway.posts
    assert body == {"to": "+491713920012", "text": "Zabka am Ärztehaus", "key": "key-1"}
    assert headers["Authorization"] == "Bearer token"


@pytest.mark.parametrize(
    ("status", "unavailable"), [(400, False), (422, False), (302, True), (401, True), (429, True), (500, True), (503, True)]
)
def test_what_the_gateway_answers_decides_whose_fault_it_is(gateway: Gateway, status: int, *, unavailable: bool) -> None:
    gateway.status = status
    with pytest.raises(DeliveryError, match=str(status)) as caught:
        SmsGatewaySender(gateway.url, "token").send("+491713920012", MESSAGE)
    assert isinstance(caught.value, ChannelUnavailableError) is unavailable
    assert "171" not in _everything(caught.value)
    assert len(gateway.posts) == 1


def test_no_gateway_there() -> None:
    with pytest.raises(ChannelUnavailableError, match="ConnectError"):
        SmsGatewaySender("http://127.0.0.1:1/send", "token").send("+491713920012", MESSAGE)


@pytest.mark.parametrize(
    "url", ["", "sms.example.org", "http://sms.example.org/send", "ftp://127.0.0.1/x", "https://", "https://a\nb"]
)
def test_an_unusable_gateway_url(url: str) -> None:
    with pytest.raises(InvalidInputError, match="sms gateway"):
        SmsGatewaySender(url, "token")


def test_the_file_gateway_writes_private_files_once_per_key(tmp_path: Path) -> None:
    sender = FileSmsGateway(tmp_path / "sms" / "out")
    for message in (MESSAGE, MESSAGE, Message("", "Andere", "other"), Message("", "ohne Schlüssel")):
        sender.send("+491713920012", message)
    files = sorted((tmp_path / "sms" / "out").iterdir())
    told = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert sorted(message["text"] for message in told) == sorted([MESSAGE.body, "Andere", "ohne Schlüssel"])
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "sms" / "out").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChannelUnavailableError, match="SMS folder"):
        FileSmsGateway(tmp_path / "file").send("+491713920012", MESSAGE)


def test_all_channels_speak_the_same_language(tmp_path: Path) -> None:
    senders: list[ChannelSender] = [
        EmailSender("smtp://localhost", "a@example.org"),
        SmsGatewaySender("https://example.org", "t"),
        FileSmsGateway(tmp_path),
    ]
    assert all(callable(sender.send) for sender in senders)


def _everything(error: BaseException) -> str:
    """What a traceback would show: the error, its cause and, unless suppressed, its context."""
    shown: list[str] = []
    current: BaseException | None = error
    while current is not None:
        shown.append(f"{current!r} {current}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(shown)
