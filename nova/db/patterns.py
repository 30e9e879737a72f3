"""Patterns of LIKE in which what a user wrote stands for itself."""

ESCAPE = "!"


def _plain(text: str) -> str:
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return text


def beginning(text: str) -> str:
    return _plain(text) + "%"


def containing(text: str) -> str:
    return "%" + _plain(text) + "%"
