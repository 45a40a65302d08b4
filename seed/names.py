"""The invented names, read from ``names.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path

NAMES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
"""``villages``, ``hamlets``, ``streets``, ``first_names``, ``family_names``."""
