"""``python -m mobility``."""

from mobility.cli import main

main()
