"""The key file: one line a key, `<key id>:<32 bytes in base64>`. The first line seals, all lines open.

It belongs to the account that runs the program and nobody else reads it. It is only ever replaced as a whole.
"""

import base64
import binascii
import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class KeyFileError(Exception):
    """The key file is missing, open to others, not a key file, or not the right one. The message says it in Chinese."""


class AlreadyThere(KeyFileError):
    """A key file is never overwritten."""


def read(path: Path) -> dict[str, bytes]:
    """The keys by id, in the order of the file. Raises KeyFileError with one sentence that says what to do."""
    keys: dict[str, bytes] = {}
    for line in _lines(path):
        key_id, _, encoded = line.partition(":")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if not KEY_ID.fullmatch(key_id) or len(raw) != KEY_BYTES or key_id in keys:
            raise KeyFileError(f"密钥文件 {path} 的内容不完整。请恢复备份的密钥。")
        keys[key_id] = raw
    if not keys:
        raise KeyFileError(f"密钥文件 {path} 是空的。请恢复备份的密钥。")
    return keys


def _lines(path: Path) -> list[str]:
    """What stands in the file, once it is known to be ours alone. The checks are of the very file that is read."""
    try:
        # Does not wait where somebody has put a pipe in its place.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as reason:
        raise KeyFileError(f"找不到密钥文件 {path}。请恢复备份的密钥，或在新装时执行 manage.py keys init。") from reason
    except OSError as reason:
        raise KeyFileError(f"读不了密钥文件 {path}。请把它的主人改成运行本程序的用户，再启动。") from reason
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise KeyFileError(f"{path} 不是文件。请恢复备份的密钥。")
        if found.st_uid != os.geteuid():
            raise KeyFileError(f"密钥文件 {path} 属于另一个用户。请用它的主人来运行，或用 chown 改过来，再启动。")
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileError(f"密钥文件 {path} 其他用户也能读。请执行 chmod 600 后再启动。")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read().decode("ascii").split()
    except UnicodeDecodeError as reason:
        raise KeyFileError(f"密钥文件 {path} 的内容不完整。请恢复备份的密钥。") from reason
    finally:
        os.close(descriptor)


def new_key_line(key_id: str) -> str:
    """A fresh line for the key file."""
    return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def create(path: Path, key_id: str) -> None:
    """Make the file with one key, whole or not at all. Raises AlreadyThere and then touches nothing."""
    part = _part(path, [new_key_line(key_id)], mode=0o600)
    try:
        os.link(part, path)  # fails where there is one, also one made this very moment
    except FileExistsError as reason:
        raise AlreadyThere(f"密钥文件 {path} 已经在了，没有改动。换新的密钥请执行 manage.py keys rotate。") from reason
    finally:
        part.unlink()
    _settle(path.parent)


def put_first(path: Path, key_id: str) -> None:
    """A new key that seals from now on; the others still open. Read by nobody half written."""
    _replace(path, [new_key_line(key_id), *_lines(path)])


def keep(path: Path, key_ids: set[str]) -> None:
    """Take out every other key."""
    _replace(path, [line for line in _lines(path) if line.partition(":")[0] in key_ids])


@contextmanager
def held(path: Path) -> Iterator[None]:
    """One change of the keys at a time. Raises KeyFileError while another is at it; a killed one holds nothing."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as reason:
        raise KeyFileError(f"找不到密钥文件 {path}。请恢复备份的密钥，或在新装时执行 manage.py keys init。") from reason
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as reason:
            raise KeyFileError("另一个窗口正在换密钥。请等它做完再来。") from reason
        yield
    finally:
        os.close(folder)


def _replace(path: Path, lines: list[str]) -> None:
    part = _part(path, lines, mode=stat.S_IMODE(path.stat().st_mode))
    part.replace(path)
    _settle(path.parent)


def _part(path: Path, lines: list[str], *, mode: int) -> Path:
    """The whole new content beside the file, on the disk, and never readable by others."""
    part = path.with_name(f"{path.name}.part")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()  # of somebody who was killed
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    return part


def _settle(folder: Path) -> None:
    """The new name is on the disk too: nothing may be sealed with a key that a power cut could take away."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
