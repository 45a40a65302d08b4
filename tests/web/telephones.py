"""What comes out of the SMS gateway: the shipped fake, behind the real outbox."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from mobility.actions.context import Context
from mobility.domain.riders import Channel
from mobility.notifications.channels import FileSmsGateway
from mobility.notifications.outbox import send_due
from tests.county import County
from tests.county_web import Web


@dataclass
class Telephones:
    """Everybody's mobile."""

    county: County
    folder: Path

    @classmethod
    def of(cls, web: Web, folder: Path) -> Telephones:
        """The application with an SMS gateway."""
        web.county.context = web.app.state.context = replace(web.county.context, channels=frozenset({Channel.SMS}))
        return cls(web.county, folder)

    @property
    def context(self) -> Context:
        return self.county.context

    def send(self) -> None:
        """What the worker does every ten seconds."""
        gateway = FileSmsGateway(self.folder / "sms")
        while send_due(self.context.store, {Channel.SMS: gateway}, self.context.clock, reveal=self.context.reveal):
            pass

    def messages(self) -> list[dict[str, str]]:
        """Everything sent, the newest last."""
        files = sorted((self.folder / "sms").glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        return [json.loads(file.read_text("utf-8")) for file in files]

    def code_for(self, number: str) -> str:
        """The newest code sent to this number."""
        self.send()
        texts = [message["text"] for message in self.messages() if message["to"] == number]
        return str(re.findall(r"\b\d{6}\b", texts[-1])[0])
