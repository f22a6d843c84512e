"""The codes that a phone would show, computed here by the standard (RFC 6238) and not by the library under test."""

import base64
import hashlib
import hmac
import struct
import time


def code_of(secret: str, *, later: int = 0) -> str:
    """The six digits at this moment, or some half minutes later."""
    counter = int(time.time()) // 30 + later
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
