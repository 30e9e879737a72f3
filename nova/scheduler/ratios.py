"""Lists of `name=ratio`, as operators write them."""

from collections.abc import Iterable

from nova.errors import ConfigurationFailure


def ratios(settings: Iterable[str]) -> dict[str, float]:
    """{name: ratio}.  Raises ConfigurationFailure for anything else than name=number."""
    found: dict[str, float] = {}
    for setting in settings:
        name, _, ratio = setting.partition("=")
        try:
            found[name.strip()] = float(ratio)
        except ValueError:
            reason = f"'{setting}' is not of the form name=ratio"
            raise ConfigurationFailure(reason=reason) from None
    return found
