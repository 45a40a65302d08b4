"""Which forms may be larger than all others, by how much, and their files on the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from starlette.datastructures import UploadFile

from api.limits import Larger
from mobility.settings import Settings

MB = 1_000_000
FEEDS = "/agency/feeds"
FEED_VERSIONS = "/timetables/versions"
SERVICE_CHECK, SERVICES = "/admin/services/check", "/admin/services"
PEOPLE = "/admin/people"
SIMULATIONS = "/planner/simulations"
WISHES_MB = 5
_BESIDE = 10_000
"""The rest of the form."""


def larger_bodies(settings: Settings) -> Mapping[str, Larger]:
    """By path. A service's text is sent with everything but letters and figures as three."""
    return {
        FEEDS: Larger(settings.feed_megabytes * MB + _BESIDE, FEEDS),
        FEED_VERSIONS: Larger(settings.feed_megabytes * MB + _BESIDE),
        SERVICE_CHECK: Larger(3 * MB + _BESIDE, SERVICES),
        SERVICES: Larger(3 * MB + _BESIDE, SERVICES),
        PEOPLE: Larger(10 * MB + _BESIDE, PEOPLE),
        SIMULATIONS: Larger(WISHES_MB * MB + _BESIDE, SIMULATIONS),
    }


@contextmanager
def on_disk(sent: UploadFile) -> Iterator[Path]:
    """What was sent as a file of its own, while the block runs."""
    with tempfile.NamedTemporaryFile(prefix="upload-", suffix=".zip") as file:
        shutil.copyfileobj(sent.file, file)
        file.flush()
        yield Path(file.name)
