"""The password that a guest made for itself, encrypted for its user: said once, kept in pieces."""

from collections.abc import Mapping

from nova.metadata.errors import PasswordThere, PasswordTooLong

PIECES, PIECE = 4, 255
LONGEST = PIECES * PIECE


def read(system_metadata: Mapping[str, str]) -> str:
    """Nothing, when the guest has not said one."""
    return "".join(system_metadata.get(_key(number)) or "" for number in range(PIECES))


def pieces(password: str) -> dict[str, str]:
    """As it is kept; PasswordTooLong for what does not fit."""
    if len(password) > LONGEST:
        raise PasswordTooLong
    return {_key(n): password[n * PIECE : (n + 1) * PIECE] for n in range(PIECES)}


def refuse_second(system_metadata: Mapping[str, str]) -> None:
    if read(system_metadata):
        raise PasswordThere


def _key(number: int) -> str:
    return f"password_{number}"
