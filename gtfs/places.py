"""Where things lie in the folder of an import, and how they get to the disk."""

from __future__ import annotations

import os
from pathlib import Path

ORIGINAL = "feed.zip"
META = "meta.json"
OVERLAY = "overlay.toml"


def flush(path: Path) -> None:
    """A file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
