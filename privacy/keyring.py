"""The keys of this process and the cipher. No rule of who may read stands here: only what a sealed text is bound to.

A sealed text is AES-256-GCM. Its place (table, field, row, school, edition) is associated data, so that a text cut,
flipped, moved to another row, field or school, or put back from an earlier edition does not open.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from privacy import keyfile
from privacy.keyfile import KeyFileError

__all__ = ["CannotOpen", "KeyFileError", "Keyring", "Place", "Sealed", "header_of", "key_id_of", "keyring", "read_keys"]

Sealed = NewType("Sealed", bytes)

FORMAT = 1
NONCE_BYTES = 12


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

    def only(self, key_id: str) -> "Keyring":
        """One key of these."""
        return Keyring({key_id: self.keys[key_id]})

    def seal(self, text: str, place: Place) -> Sealed:
        """Text in, bytes out: format, length of key id, key id, nonce, ciphertext with tag."""
        key_id = self.sealing_id
        nonce = os.urandom(NONCE_BYTES)
        body = self.keys[key_id].encrypt(nonce, text.encode(), place.associated_data(key_id))
        return Sealed(header_of(key_id) + nonce + body)

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

    def can_unseal(self, sealed: bytes, place: Place) -> bool:
        """Whether it opens; the text is dropped here."""
        try:
            self.unseal(sealed, place)
        except CannotOpen:
            return False
        return True

    def reseal(self, sealed: bytes, place: Place) -> Sealed:
        """The same text under the first key, bytes to bytes: rotation sees no text. Raises CannotOpen."""
        return self.seal(self.unseal(sealed, place), place)


def header_of(key_id: str) -> bytes:
    """How everything begins that this key has sealed."""
    return bytes([FORMAT, len(key_id)]) + key_id.encode()


def key_id_of(sealed: bytes) -> str:
    """Under which key a text says that it was sealed; "?" where the bytes say nothing that can be read."""
    if len(sealed) < 2 or sealed[0] != FORMAT:
        return "?"
    said = sealed[2 : 2 + sealed[1]].decode("ascii", errors="replace")
    return said if keyfile.KEY_ID.fullmatch(said) else "?"


def read_keys(path: Path) -> Keyring:
    """The keys of a file as it is now. Raises KeyFileError."""
    return Keyring({key_id: AESGCM(raw) for key_id, raw in keyfile.read(path).items()})


@dataclass(slots=True)
class _Held:
    """What was read last, and from which file as it then was."""

    path: Path
    mark: tuple[int, ...]
    keys: Keyring


_held: list[_Held] = []


def keyring() -> Keyring:
    """The keys of this process, read again when the file has been replaced: a running process takes part in a rotation.

    A file that is gone or spoilt meanwhile changes nothing for a process that has read it: what is typed is still kept.
    """
    path = Path(settings.FIELD_KEY_FILE)
    held = _held[0] if _held and _held[0].path == path else None
    try:
        found = path.stat()
        mark = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if held is None or held.mark != mark:
            held = _Held(path, mark, read_keys(path))
            _held[:] = [held]
    except (OSError, KeyFileError):
        if held is None:
            return read_keys(path)  # says in a sentence what is wrong
    return held.keys
