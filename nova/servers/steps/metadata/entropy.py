"""Chance for guests that have none of their own yet."""

import secrets


def entropy(count: int) -> bytes:
    return secrets.token_bytes(count)
