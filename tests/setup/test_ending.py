"""The demo's ways to be ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

WAITING = """
import subprocess, sys
from mobility.demo import end_on_signals
end_on_signals()
child = subprocess.Popen([sys.executable, "-c", "import time; print('waiting', flush=True); time.sleep(30)"], start_new_session=True)
try:
    child.wait()
except KeyboardInterrupt:
    print("interrupted", flush=True)
    child.kill()
    child.wait()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_interrupts_waiting_for_a_child(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        time.sleep(0.5)  # the parent waits by now
        sent = time.monotonic()
        process.send_signal(number)
        assert process.stdout.read() == "interrupted\n"
        assert time.monotonic() - sent < 15
        assert process.wait(5) == 0
