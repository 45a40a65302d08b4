"""A directory of ``.npy`` arrays and one ``meta.json``: written as a whole or not at all, read by memory mapping."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.streets.errors import StreetsError

FORMAT = 1
"""Raised whenever the arrays change their meaning; older directories must then be imported again."""

Arrays = Mapping[str, NDArray[Any]]


def pack_texts(name: str, texts: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Texts as two arrays: all UTF-8 bytes, and where each begins."""
    encoded = [text.encode() for text in texts]
    first = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in encoded], out=first[1:])
    return {f"{name}_bytes": np.frombuffer(b"".join(encoded), dtype=np.uint8), f"{name}_first": first}


class Texts:
    """Read-only view of texts packed by :func:`pack_texts`, decoded one by one."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._bytes = arrays[f"{name}_bytes"]
        self._first = arrays[f"{name}_first"]

    def __len__(self) -> int:
        return len(self._first) - 1

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self):
            raise IndexError(index)
        text: bytes = self._bytes[self._first[index] : self._first[index + 1]].tobytes()
        return text.decode()


def write_folder(folder: Path, arrays: Arrays, meta: Mapping[str, Any]) -> None:
    """Write into a sibling folder, flush it to disk, then put it in the place of ``folder`` (an older one is replaced).

    Raises:
        StreetsError: the place cannot be written, or holds something that is not a streets folder.
    """
    if folder.exists() and not (folder / "meta.json").is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise StreetsError(folder.name, "exists and is not a folder of streets", "name another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise StreetsError(folder.name, f"cannot be written: {error.strerror}", "name a folder you may write to") from None
    try:
        _write_files(fresh, arrays, meta)
        _swap(fresh, folder)
    except OSError as error:
        raise StreetsError(folder.name, f"cannot be written: {error.strerror}", "is the disk full?") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def read_folder(folder: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Memory-mapped arrays (private copies on write) and the meta data.

    Raises:
        StreetsError: no such folder, another format, or files missing.
    """
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if meta.get("format") != FORMAT:
            raise StreetsError(folder.name, "streets of another program version", "import the extract again")
        return {name: _map(folder / f"{name}.npy") for name in meta["arrays"]}, meta
    except (OSError, ValueError, KeyError, AttributeError):
        raise StreetsError(folder.name, "no folder of streets, or an incomplete one", "import an extract into it first") from None


def _write_files(fresh: Path, arrays: Arrays, meta: Mapping[str, Any]) -> None:
    fresh.chmod(0o755)
    for name, array in arrays.items():
        with (fresh / f"{name}.npy").open("wb") as file:
            np.save(file, np.ascontiguousarray(array), allow_pickle=False)
            _flush(file.fileno())
    with (fresh / "meta.json").open("w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, **meta, "arrays": sorted(arrays)}, file, ensure_ascii=False, indent=1)
        file.flush()
        _flush(file.fileno())
    _flush_folder(fresh)


def _swap(fresh: Path, folder: Path) -> None:
    """Two renames; readers keep their mapped files. If the second fails the old folder comes back."""
    old: Path | None = None
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
        folder.replace(old)
    try:
        fresh.replace(folder)
    except OSError:
        if old is not None:
            old.replace(folder)
        raise
    _flush_folder(folder.parent)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _map(file: Path) -> NDArray[Any]:
    # Plain arrays on top of the map: compiled code sees one array type. Mode "c" is writable in memory, never on disk.
    return np.asarray(np.load(file, mmap_mode="c", allow_pickle=False)).view(np.ndarray)


def _flush(descriptor: int) -> None:
    os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
