"""Reading an upload in a process of its own with limits on memory and CPU: whatever a feed holds, it cannot hurt who asked.

The child is this module run as a program. It takes one job as a line of JSON on standard input and answers in lines of JSON on standard
output: ``{"progress": [file, done, total]}`` and at the end ``{"report": …}`` or ``{"error": …}``. Its memory limit counts from what the
program itself takes once it is loaded (RLIMIT_DATA: all private memory that can be written to).
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gtfs.errors import FeedError
from gtfs.findings import CheckReport, Finding, Findings
from gtfs.limits import LIMITS, MIB, Limits
from gtfs.options import NO_OPTIONS, Options
from gtfs.outcomes import Outcome
from gtfs.places import META, ORIGINAL, flush
from gtfs.validator import validate, why_not

if TYPE_CHECKING:
    from gtfs.feed import Feed
    from gtfs.rows import Progress

_WALL_PER_CPU = 6
"""A child that waits for others is given so many times its CPU seconds before it is ended."""
_IDLE_S = 4.0
"""One that does nothing for so long has been refused memory where its libraries do not expect that, and waits for ever."""
_LOOK_EVERY_S = 0.5
_THREADS = "2"
_LONGEST_LINE = 64 * MIB
_NO_FILES_BIGGER = 8 << 30
_STARVED = (MemoryError, RuntimeError, ImportError, SystemError, OSError)
"""What libraries make of memory that they do not get; a panic is another."""


def check_confined(
    zip_path: Path,
    progress: Progress | None = None,
    limits: Limits = LIMITS,
    today: date | None = None,
    options: Options = NO_OPTIONS,
) -> CheckReport:
    """As :func:`gtfs.checking.check_feed`, in a process of its own, and then the validator in another. Never raises for what is in the file."""
    job = {"path": str(zip_path.absolute()), "today": today.isoformat() if today else None, "options": options.to_json()}
    try:
        report = _read(job, zip_path, progress, limits)
    except FeedError as error:
        return error.report or CheckReport((error.finding,))
    return report if report.outcome is Outcome.REJECT else _with_validator(report, zip_path, limits, today)


def import_confined(
    zip_path: Path, folder: Path, progress: Progress | None = None, limits: Limits = LIMITS, options: Options = NO_OPTIONS
) -> CheckReport:
    """As :func:`gtfs.importing.import_feed`, in a process of its own, and then the validator in another.

    Raises:
        FeedError: the feed is rejected, the folder is taken, or it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FeedError("folder_exists", subject=folder.name)
    ready = folder.with_name(f".{folder.name}.ready")
    job = {"path": str(zip_path.absolute()), "folder": str(ready.absolute()), "options": options.to_json()}
    try:
        report = _with_validator(_read(job, zip_path, progress, limits), ready / ORIGINAL, limits, None)
        _put_in_place(ready, folder, report)
    except OSError as error:
        raise FeedError("cannot_store", subject=error.strerror or "") from error
    finally:
        for partial in folder.parent.glob(f".{folder.name}.ready*"):
            shutil.rmtree(partial, ignore_errors=True)
        for partial in folder.parent.glob(f"..{folder.name}.ready.*.partial"):
            shutil.rmtree(partial, ignore_errors=True)  # of a child that was ended
    return report


@contextmanager
def read_confined(source: Path, limits: Limits = LIMITS) -> Iterator[Feed]:
    """The feed of a zip file, read in a process of its own, or of the folder of an import; for the time of the block.

    Raises:
        FeedError: it is rejected, or the folder holds no import.
    """
    from gtfs.feed import Feed  # noqa: PLC0415  a check does without polars

    if source.is_dir():
        yield Feed.load(source)
        return
    with tempfile.TemporaryDirectory(prefix="feed-") as folder:
        compiled = Path(folder) / "feed"
        job = {"path": str(source.absolute()), "folder": str(compiled), "options": NO_OPTIONS.to_json()}
        _read(job, source, None, limits)
        yield Feed.load(compiled)


def _put_in_place(ready: Path, folder: Path, report: CheckReport) -> None:
    """The report with what the validator said, and then the whole folder, in one step each."""
    meta = json.loads((ready / META).read_text("utf-8")) | {"report": report.to_json()}
    draft = ready / f"{META}.new"
    draft.write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
    flush(draft)
    draft.rename(ready / META)
    flush(ready)
    ready.rename(folder)
    flush(folder.parent)


def _read(job: dict[str, Any], zip_path: Path, progress: Progress | None, limits: Limits) -> CheckReport:
    size = zip_path.stat().st_size if zip_path.is_file() else 0
    job |= {"limits": asdict(limits), "memory": limits.memory_for(size), "cpu_s": limits.cpu_for(size)}
    answer = _run(job, progress)
    report = CheckReport.from_json(answer["report"])
    if "rejected" in answer:
        raise FeedError.from_report(report)
    return report


def _with_validator(report: CheckReport, zip_path: Path, limits: Limits, today: date | None) -> CheckReport:
    """The report and what the validator says besides. It never rejects, whatever becomes of it."""
    more = Findings()
    reason = why_not(zip_path, limits)
    if reason is not None:
        more.add(reason[0], subject=reason[1])
        return report.with_findings(more.to_list())
    memory, cpu_s = limits.validator_memory_mib * MIB, limits.cpu_for(zip_path.stat().st_size)
    job = {"validate": str(zip_path.absolute()), "today": today.isoformat() if today else None, "memory": memory, "cpu_s": cpu_s}
    try:
        told = CheckReport.from_json(_run(job, None)["report"])
    except FeedError as error:
        more.add("validator_failed", subject=error.finding.subject)
        return report.with_findings(more.to_list())
    return report.with_findings(told.findings)


def _run(job: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    """What the child says at last.

    Raises:
        FeedError: what it says is an error, or it ended without a word.
    """
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "POLARS_MAX_THREADS": _THREADS,
        "PYTHONUTF8": "1",
        "RUST_BACKTRACE": "0",
        "RAYON_NUM_THREADS": _THREADS,
    }
    command = [sys.executable, "-m", "gtfs.confinement"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True, encoding="utf-8"
    ) as child:  # fmt: skip
        watch = _Watch(child, job["cpu_s"] * _WALL_PER_CPU)
        watch.start()
        try:
            answer = _talk(child, job, progress)
        finally:
            watch.over.set()
            child.kill()
    if answer is None:
        raise _ended(-signal.SIGABRT if watch.was_idle else child.returncode, job)
    if "error" in answer:
        raise FeedError.from_finding(Finding.from_json(answer["error"]))
    return answer


class _Watch(threading.Thread):
    """Ends a child that takes too long or does nothing any more."""

    def __init__(self, child: subprocess.Popen[str], wall_s: float) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.was_idle = False
        self._child = child
        self._ends = time.monotonic() + wall_s

    def run(self) -> None:
        done, since = -1, time.monotonic()
        while not self.over.wait(_LOOK_EVERY_S):
            now, ticks = time.monotonic(), _ticks(self._child.pid)
            if ticks is None or ticks != done:
                done, since = ticks or 0, now
            self.was_idle = now - since > _IDLE_S
            if self.was_idle or now > self._ends:
                self._child.kill()
                return


def _ticks(pid: int) -> int | None:
    """CPU a process has used, in clock ticks (proc(5), stat); None where that is not told, or while it waits for a disk."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return None if state == "D" else int(rest[10]) + int(rest[11])


def _talk(child: subprocess.Popen[str], job: dict[str, Any], progress: Progress | None) -> dict[str, Any] | None:
    """The child's last word; None when it ended without one."""
    assert child.stdin is not None  # noqa: S101  both are pipes
    assert child.stdout is not None  # noqa: S101
    try:
        child.stdin.write(json.dumps(job) + "\n")
        child.stdin.close()
    except BrokenPipeError:
        pass
    for line in iter(lambda: child.stdout.readline(_LONGEST_LINE), ""):  # type: ignore[union-attr]
        try:
            said = json.loads(line)
        except ValueError:
            break
        if "progress" not in said:
            child.wait()
            return dict(said)
        if progress is not None:
            progress(*said["progress"])
    child.wait()
    return None


def _ended(status: int, job: dict[str, Any]) -> FeedError:
    """Why a child ended without an answer. Its own errors are answers: what is left is the system or a library that gives up."""
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return FeedError("too_heavy", subject=f"more than {job['cpu_s']} seconds")
    return FeedError("too_heavy", subject=f"more than {job['memory'] // MIB} MiB of memory")


def _confine(memory: int, cpu_s: int) -> None:
    """From here on this process may take so much more memory, and so much CPU in all."""
    taken = int(Path("/proc/self/statm").read_text("ascii").split()[5]) * resource.getpagesize() if sys.platform == "linux" else 0
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + cpu_s + 1
    if taken:
        resource.setrlimit(resource.RLIMIT_DATA, (taken + memory, taken + memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_NO_FILES_BIGGER, _NO_FILES_BIGGER))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _validated(job: dict[str, Any]) -> dict[str, Any]:
    _confine(job["memory"], job["cpu_s"])
    findings = validate(Path(job["validate"]), date.fromisoformat(job["today"]) if job["today"] else None)
    return {"report": CheckReport(tuple(findings.to_list())).to_json()}


def _answers(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the child does with its job."""
    if "validate" in job:
        yield _validated(job)
        return
    from gtfs.checking import check_feed  # noqa: PLC0415  only the child reads feeds
    from gtfs.importing import import_feed  # noqa: PLC0415

    limits = Limits(**job["limits"])
    _confine(job["memory"], job["cpu_s"])
    path, options = Path(job["path"]), Options.from_json(job["options"])
    today = date.fromisoformat(job["today"]) if job.get("today") else None
    try:
        if "folder" in job:
            report = import_feed(path, Path(job["folder"]), _tell_progress, limits, options)
        else:
            report = check_feed(path, _tell_progress, limits, today, options)
        yield {"report": report.to_json()}
    except FeedError as error:
        yield {"report": error.report.to_json(), "rejected": True} if error.report else {"error": error.finding.to_json()}


def _tell_progress(file: str, done: int, total: int) -> None:
    _say({"progress": [file, done, total]})


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _main() -> None:
    job = json.loads(sys.stdin.readline())
    findings = Findings()
    try:
        for answer in _answers(job):
            _say(answer)
    except BaseException as error:  # noqa: BLE001  panics of libraries are no Exceptions; whatever it was, there is an answer
        name = type(error).__name__
        if isinstance(error, _STARVED) or name == "PanicException":
            findings.add("too_heavy", subject=f"more than {job['memory'] // MIB} MiB of memory")
        else:
            findings.add("not_readable", subject=name)
    for finding in findings.to_list():
        _say({"error": finding.to_json()})


if __name__ == "__main__":
    _main()
