"""``python -m gtfs``."""

from gtfs.cli import app

app(prog_name="python -m gtfs")
