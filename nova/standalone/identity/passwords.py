"""Passwords: stored as salted scrypt hashes, verified once per process.

A cloud's services log in again and again with the same few passwords; what was
found right is remembered under a key that lives in this process only.
"""

import base64
import hashlib
import hmac
import secrets
import threading

COST, BLOCK, PARALLEL = 1 << 13, 8, 1
REMEMBERED = 512


def hash_password(password: str) -> str:
    """`scrypt$cost$salt$hash`, salt and hash in base64."""
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", str(COST), _text(salt), _text(_scrypt(password, salt, COST))))


class Verifier:
    """Thread safe."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._right: set[bytes] = set()
        self._lock = threading.Lock()

    def verify(self, password: str, stored: str | None) -> bool:
        if not stored:
            return False
        mark = hmac.digest(self._key, f"{stored}\0{password}".encode(), "sha256")
        if mark in self._right:
            return True
        _, cost, salt, expected = stored.split("$")
        found = _scrypt(password, base64.b64decode(salt), int(cost))
        if not hmac.compare_digest(found, base64.b64decode(expected)):
            return False
        self._remember(mark)
        return True

    def _remember(self, mark: bytes) -> None:
        with self._lock:
            if len(self._right) >= REMEMBERED:
                self._right.clear()
            self._right.add(mark)


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=BLOCK, p=PARALLEL, dklen=32)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
