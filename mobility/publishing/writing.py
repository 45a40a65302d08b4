"""Published files into a folder: each is there whole, the old or the new, never half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_files(folder: Path, files: Mapping[str, bytes], gone: Iterable[str] = ()) -> None:
    """Write files by name (``gofs/zones.json`` into a folder below), first all of them aside, then each into its place; those ``gone`` are
    taken away, others are left alone.

    Raises:
        OSError: the folder cannot be made or written; what had its place before has it still.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".publishing-", dir=folder) as aside:
        for number, content in enumerate(files.values()):
            with (Path(aside) / str(number)).open("wb") as draft:
                draft.write(content)
                draft.flush()
                os.fsync(draft.fileno())
        for number, name in enumerate(files):
            place = folder / name
            place.parent.mkdir(exist_ok=True)
            (Path(aside) / str(number)).chmod(0o644)
            (Path(aside) / str(number)).replace(place)
    for name in gone:
        (folder / name).unlink(missing_ok=True)
