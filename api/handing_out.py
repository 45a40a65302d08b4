"""What is public and the same for everybody, handed out with the name of its version: who has it already is told so."""

from __future__ import annotations

from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated

from fastapi import Depends, Header, Response

from mobility.actions.publish_feeds import Published

OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Feeds may be read by pages of other sites."""


class Held:
    """What the asker says it has, from its headers."""

    def __init__(
        self,
        if_none_match: Annotated[str | None, Header()] = None,
        if_modified_since: Annotated[str | None, Header()] = None,
    ) -> None:
        self._versions, self._since = if_none_match, if_modified_since

    def is_current(self, published: Published) -> bool:
        """Whether that is this version (RFC 9110, 13.1: the version counts where one is named)."""
        if self._versions is not None:
            held = [version.strip().removeprefix("W/") for version in self._versions.split(",")]
            return "*" in held or f'"{published.version}"' in held
        try:
            return self._since is not None and parsedate_to_datetime(self._since) >= published.made_at.replace(microsecond=0)
        except (TypeError, ValueError):
            return False


HeldDep = Annotated[Held, Depends()]


def handed_out(published: Published, held: Held, media: str, max_age_s: int) -> Response:
    """The bytes, or that they are the same."""
    headers = {
        "ETag": f'"{published.version}"',
        "Last-Modified": format_datetime(published.made_at.replace(microsecond=0), usegmt=True),
        "Cache-Control": f"public, max-age={max_age_s}",
        **OPEN,
    }
    if held.is_current(published):
        return Response(status_code=304, headers=headers)
    return Response(published.content, media_type=media, headers=headers)
