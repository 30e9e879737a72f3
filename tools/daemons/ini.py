"""Configuration files of services."""

from collections.abc import Mapping
from pathlib import Path

Options = Mapping[str, Mapping[str, object]]


def merged(*layers: Options) -> dict[str, dict[str, object]]:
    """Later layers win, option by option."""
    result: dict[str, dict[str, object]] = {}
    for layer in layers:
        for group, values in layer.items():
            result[group] = result.get(group, {}) | dict(values)
    return result


def write(path: Path, options: Options) -> Path:
    """Only the owner may read it: there are passwords in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(_text(options))
    return path


def append(path: Path, options: Options) -> None:
    """These win over what is there already."""
    with path.open("a") as file:
        file.write("\n" + _text(options))


def _text(options: Options) -> str:
    lines: list[str] = []
    for group, values in options.items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in values.items()), ""]
    return "\n".join(lines)
