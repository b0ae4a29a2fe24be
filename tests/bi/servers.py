"""A PostgreSQL and a Superset of the test's own: on loopback, on a free port, with a password of the moment, ended by their id."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from adbc_driver_postgresql import dbapi

ENVIRONMENTS = Path(__file__).parent / ".env"
USER, DATABASE = "patnav", "bi"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def wait_until(is_ready: Callable[[], bool], process: subprocess.Popen, log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            told = log.read_text(encoding="utf-8", errors="replace")[-3000:]
            raise RuntimeError(f"{log.stem} did not start within {seconds:.0f} s (exit {process.poll()}): {told}")
        time.sleep(0.2)


def end(process: subprocess.Popen, sign: int = signal.SIGTERM) -> None:
    process.send_signal(sign)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# ── PostgreSQL ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Postgres:
    port: int
    password: str
    log: Path

    @property
    def address(self) -> str:
        """Without the password, as a user should give it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PGPASSWORD": self.password}

    def connect(self, user: str = USER, password: str | None = None, autocommit: bool = True) -> Any:
        address = f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{DATABASE}"
        return dbapi.connect(address, autocommit=autocommit)

    def run(self, *statements: str) -> list[tuple]:
        rows: list[tuple] = []
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        return rows


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Debian's server in a folder of its own; as an unprivileged user where the test is root, whom it refuses."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="patnav-postgresql-"))
    server = Postgres(free_port(), secrets.token_urlsafe(16), folder / "postgresql.log")
    (folder / "password").write_text(server.password)
    for path in (folder, folder / "password"):
        if who:
            shutil.chown(path, "nobody", "nogroup")
    initialise = (
        "-D",
        folder / "data",
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        "--pwfile",
        folder / "password",
        "-E",
        "UTF8",
    )
    run = (binaries / "initdb", *initialise, "--locale=C.UTF-8")
    subprocess.run([*map(str, run)], cwd="/", check=True, capture_output=True, **who)
    options = {"listen_addresses": "127.0.0.1", "port": server.port, "unix_socket_directories": folder, "fsync": "off"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(folder / "data"), *settings], cwd="/", stdout=log, stderr=log, **who
        )
    try:
        wait_until(lambda: _answers(server), process, server.log, 60)
        yield server
    finally:
        end(process, signal.SIGINT)
        shutil.rmtree(folder)


def _answers(server: Postgres) -> bool:
    address = f"postgresql://{USER}:{server.password}@127.0.0.1:{server.port}/"
    try:
        with dbapi.connect(f"{address}postgres", autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
    except dbapi.Error:
        return False
    return True


# ── Superset ────────────────────────────────────────────────────────────────────────────────────────────────────

_CONFIGURATION = """\
import os

SECRET_KEY = os.environ["BI_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.path.join(os.environ["SUPERSET_HOME"], "superset.db")
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):
    # DuckDB shares one open file among all connections of a process that name the same path: named by its version,
    # the file of a new version is opened as soon as it is published, also while a question to the old one runs.
    if uri.drivername == "duckdb" and uri.database.endswith("current.duckdb"):
        uri = uri.set(database=os.path.realpath(uri.database))
    return uri, params
"""


class Superset:
    """Superset over REST, as its administrator."""

    def __init__(self, root: str, password: str) -> None:
        self.root, self._password, self._session = root, password, requests.Session()

    def log_in(self) -> None:
        access = {"username": "admin", "password": self._password, "provider": "db", "refresh": True}
        token = self.post("/api/v1/security/login", access)["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._answer(self._session.post(self.root + path, json=body, timeout=60))

    def get(self, path: str) -> dict[str, Any]:
        return self._answer(self._session.get(self.root + path, timeout=60))

    def _answer(self, response: requests.Response) -> dict[str, Any]:
        if not response.ok:
            raise RuntimeError(
                f"{response.request.method} {response.url}: {response.status_code} {response.text[:1500]}"
            )
        return response.json()


@contextmanager
def superset_server(folder: Path) -> Iterator[Superset]:
    binaries = ENVIRONMENTS / "superset" / "bin"
    (folder / "superset_config.py").write_text(_CONFIGURATION)
    environment = os.environ | {
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "SUPERSET_HOME": str(folder),
        "BI_SECRET_KEY": secrets.token_urlsafe(42),
        "FLASK_APP": "superset.app:create_app()",
    }
    environment.pop("PYTHONPATH", None)
    password, port = secrets.token_urlsafe(12), free_port()
    administrator = ("--username", "admin", "--firstname", "A", "--lastname", "B", "--email", "admin@example.invalid")
    for arguments in (
        ("db", "upgrade"),
        ("fab", "create-admin", *administrator, "--password", password),
        ("init",),
    ):
        done = subprocess.run(
            [str(binaries / "superset"), *arguments], env=environment, cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"superset {arguments[0]}: {done.stderr[-3000:]}")
    serve = ("-w", "1", "--threads", "4", "-b", f"127.0.0.1:{port}", "--timeout", "120", "superset.app:create_app()")
    log_file = folder / "superset.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            ["nice", "-n", "10", str(binaries / "gunicorn"), *serve],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    server = Superset(f"http://127.0.0.1:{port}", password)
    try:
        wait_until(lambda: _is_healthy(server.root), process, log_file, 240)
        server.log_in()
        yield server
    finally:
        end(process)


def _is_healthy(root: str) -> bool:
    try:
        return requests.get(f"{root}/health", timeout=5).ok
    except requests.RequestException:  # not listening yet, or busy with its start
        return False


# ── Clients ─────────────────────────────────────────────────────────────────────────────────────────────────────


def project_python() -> str:
    return sys.executable


def client_python() -> str:
    return str(ENVIRONMENTS / "clients" / "bin" / "python")
