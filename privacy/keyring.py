"""The key file and the cipher. No rule of who may read stands here: only what a sealed text is bound to.

A sealed text is AES-256-GCM. Its place (table, field, row, school, edition) is associated data, so that a text cut,
flipped, moved to another row, field or school, or put back from an earlier edition does not open.
The key is a file: one line a key, `<key id>:<32 bytes in base64>`, the first line seals, all lines open.
"""

import base64
import binascii
import os
import stat
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

Sealed = NewType("Sealed", bytes)

FORMAT = 1
NONCE_BYTES = 12
KEY_BYTES = 32


class KeyFileError(Exception):
    """The key file is missing, open to others, or not a key file. The message says which, in Chinese."""


class CannotOpen(Exception):
    """These bytes do not open here: another place, another key, or damaged. The bytes themselves stay as they are."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed text lives. `edition` counts the versions of one field of one row, from 0."""

    table: str
    field: str
    row: UUID
    school: UUID
    edition: int = 0

    def associated_data(self, key_id: str) -> bytes:
        return "|".join(
            (str(FORMAT), key_id, self.table, self.field, str(self.row), str(self.school), str(self.edition))
        ).encode()


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by id; the first one seals."""

    keys: dict[str, AESGCM]

    @property
    def sealing_id(self) -> str:
        return next(iter(self.keys))

    def seal(self, text: str, place: Place) -> Sealed:
        """Text in, bytes out: format, length of key id, key id, nonce, ciphertext with tag."""
        key_id = self.sealing_id
        nonce = os.urandom(NONCE_BYTES)
        body = self.keys[key_id].encrypt(nonce, text.encode(), place.associated_data(key_id))
        return Sealed(bytes([FORMAT, len(key_id)]) + key_id.encode() + nonce + body)

    def unseal(self, sealed: bytes, place: Place) -> str:
        """Raise CannotOpen for anything that was not sealed for this very place."""
        try:
            if sealed[0] != FORMAT:
                raise CannotOpen
            start = 2 + sealed[1]
            key_id = sealed[2:start].decode()
            nonce, body = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
            return self.keys[key_id].decrypt(nonce, body, place.associated_data(key_id)).decode()
        except (InvalidTag, KeyError, IndexError, ValueError) as reason:
            raise CannotOpen from reason


def read_key_file(path: Path) -> Keyring:
    """Read the keys. Raise KeyFileError when the file is missing, readable by others, or malformed."""
    try:
        mode = path.stat().st_mode
        lines = path.read_text().split()
    except OSError as reason:
        raise KeyFileError(f"找不到密钥文件 {path}。请恢复备份的密钥，或在新装时重新生成。") from reason
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"密钥文件 {path} 其他用户也能读。请执行 chmod 600 后再启动。")
    keys: dict[str, AESGCM] = {}
    for line in lines:
        key_id, _, encoded = line.partition(":")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raw = b""
        if not key_id or len(raw) != KEY_BYTES:
            raise KeyFileError(f"密钥文件 {path} 的内容不完整。请恢复备份的密钥。")
        keys[key_id] = AESGCM(raw)
    if not keys:
        raise KeyFileError(f"密钥文件 {path} 是空的。请恢复备份的密钥。")
    return Keyring(keys)


@cache
def keyring() -> Keyring:
    """The keys of this process, read once."""
    return read_key_file(Path(settings.FIELD_KEY_FILE))


def new_key_line(key_id: str) -> str:
    """A fresh line for the key file."""
    return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"
