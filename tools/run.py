"""`make run`: one command, everything that the app needs, and nothing left of it afterwards.

1. the environment is set up (bootstrap)
2. a private broker starts, unless REDIS_URL names one
3. the database is migrated, the demo seeded once, static files gathered (prepare)
4. worker and beat start, and only then the web process: an answer from /healthz means ready
5. when one of them ends, or on Ctrl-C, all of them end
"""

import fcntl
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import IO

from tools import bootstrap, processes


class Stop(BaseException):
    """Somebody asked us to end."""


def main() -> int:
    if "--under-make" in sys.argv:
        processes.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, asked_to_stop)
    group = processes.Group()
    try:
        bootstrap.main(dev=False)
        return serve(group)
    except Stop:
        bootstrap.say("\n正在停止 · stopping")
        return 0
    except processes.Failed as error:
        bootstrap.say(f"没有启动成功 · could not start: {error}")
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        group.stop()


def asked_to_stop(number: int, frame: FrameType | None) -> None:
    raise Stop


def serve(group: processes.Group) -> int:
    """Start all of it in order and watch; returns 1 when something ended by itself."""
    environment = installation()
    port = port_of(environment)
    state = bootstrap.ROOT / environment["STATE_DIR"]
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (state / "run.lock").open("w") as lock:
        claim(lock)
        if not environment.get("REDIS_URL"):
            # The broker keeps the lock: its folder has one user, also when we are killed and started again at once.
            environment["REDIS_URL"] = processes.start_broker(group, state / "broker", keep=(lock.fileno(),))
            bootstrap.write_private(state / "broker" / "url", environment["REDIS_URL"] + "\n")
        python = str(bootstrap.PYTHON)
        prepare = group.start("prepare", [python, "-m", "tools.prepare"], environment=environment)
        if prepare.process.wait():
            raise processes.Failed("the database or the static files could not be prepared; the reason is above")
        group.children.remove(prepare)
        celery = [python, "-m", "celery", "--quiet", "-A", "config"]
        worker = [*celery, "worker", "-c", "1", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        # An orphaned worker stops at once instead of finishing: its broker is gone, and tasks may run twice.
        group.start("worker", worker, environment=environment, orphaned=signal.SIGQUIT)
        beat = [*celery, "beat", "--pidfile", "", "--loglevel", "WARNING"]
        group.start("beat", beat, environment=environment)
        web = [
            python,
            "-m",
            "gunicorn",
            "config.wsgi",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "1",
            "--threads",
            "4",
        ]
        web += ["--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning"]
        child = group.start("web", web, environment=environment)
        processes.wait_until(lambda: answers(port), child)
        bootstrap.say(f"倾听已就绪 · ready: http://127.0.0.1:{port}  （Ctrl-C 停止 · stops）")
        while not (ended := group.first_ended()):
            time.sleep(0.3)
        bootstrap.say(
            f"{ended.name} 已退出，全部停止 · {ended.name} ended with {ended.process.returncode}, stopping all"
        )
        return 1


def installation() -> dict[str, str]:
    """The environment of all children. What the caller has set goes before `.env`."""
    environment = read_env_file(bootstrap.ENV_FILE) | os.environ
    demo = environment.setdefault("DEMO", "1")
    if "DEMO" not in os.environ:
        environment["DEMO"] = demo = "1"
    environment.setdefault("STATE_DIR", "var/demo" if demo == "1" else "var/school")
    environment.setdefault("HTTPS", "0")  # we listen on 127.0.0.1; a proxy that speaks https sets HTTPS=1
    environment.setdefault("C_FORCE_ROOT", "1")  # on a container's root account; jobs carry ids only, as JSON
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


def read_env_file(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs}


def port_of(environment: dict[str, str]) -> int:
    """The port to serve on, known to be free. Ends with a sentence otherwise."""
    text = environment.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        bootstrap.stop(f"PORT 要是 1 到 65535 的整数，现在是 {text!r}", "PORT must be a number from 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            bootstrap.stop(
                f"端口 {text} 用不了（{error.strerror}）；换一个：PORT=8001 make run",
                f"port {text} is not to be had; choose another: PORT=8001 make run",
            )
    return int(text)


def claim(lock: IO[str]) -> None:
    """One runner a state folder; the last one's broker may take a moment to go."""
    until = time.monotonic() + 5
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                bootstrap.stop("倾听已经在运行", "it is running already, over the same folder")
            time.sleep(0.1)
        else:
            return


class StayHere(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: it is not followed."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def answers(port: int) -> bool:
    """Any answer of the web process will do, also the way to https; what it says is for /readyz to judge."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), StayHere)
    try:
        with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
