"""Guests that are about to be destroyed: nobody has to wait for what they do."""


class Doomed:
    """From when that is known until it is done."""

    def __init__(self) -> None:
        self._uuids: set[str] = set()

    def add(self, uuid: str) -> None:
        self._uuids.add(uuid)

    def drop(self, uuid: str) -> None:
        self._uuids.discard(uuid)

    def has(self, uuid: str) -> bool:
        return uuid in self._uuids
