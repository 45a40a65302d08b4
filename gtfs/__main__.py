"""``python -m gtfs``."""

import sys

if sys.argv[1:2] == ["check"]:
    from gtfs.check_command import app  # quick to start, and small beside the child that reads
else:
    from gtfs.cli import app

app(prog_name="python -m gtfs")
