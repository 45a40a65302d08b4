"""The command line of ``seed``."""

from __future__ import annotations

from seed.cli import app

if __name__ == "__main__":
    app(prog_name="python -m seed")
