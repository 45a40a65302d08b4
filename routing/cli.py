"""``python -m routing``: the commands of both engines."""

from __future__ import annotations

import importlib
import importlib.util

import typer

app = typer.Typer(help="Streets and dial-a-ride plans, without a server.", no_args_is_help=True, pretty_exceptions_enable=False)

for _part in ("routing.streets.commands", "routing.dialaride.commands", "routing.dialaride.benchmark_commands"):
    if importlib.util.find_spec(_part) is not None:
        importlib.import_module(_part).register(app)
