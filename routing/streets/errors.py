"""What can go wrong with street data."""

from __future__ import annotations


class StreetsError(Exception):
    """A file of streets cannot be used: which ``file``, ``what`` is wrong, how to ``mend`` it. Its text is one line."""

    def __init__(self, file: str, what: str, mend: str = "") -> None:
        super().__init__(f"{file}: {what}" + (f" ({mend})" if mend else ""))
        self.file = file
        self.what = what
        self.mend = mend
