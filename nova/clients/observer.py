"""A look at every HTTP call to another service, for metrics and budgets."""

from typing import Protocol


class Observer(Protocol):
    """Told of each call after its answer, also of failed ones.

    `path_template` has names in place of ids ("/v2.0/ports/{id}"); `status` is
    0 when no answer came; `seconds` is the time it took.
    """

    def __call__(
        self, service: str, method: str, path_template: str, status: int, seconds: float
    ) -> None: ...


def unobserved(service: str, method: str, path_template: str, status: int, seconds: float) -> None:
    """The observer that does not look."""
