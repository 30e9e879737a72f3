"""Which checks and tests there are, and what each needs."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.daemons.process import Failed
from tools.testing import environment, lint
from tools.testing.servers import Servers

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Level:
    """`servers`: what has to run meanwhile, by the names `Servers` knows."""

    name: str
    servers: frozenset[str] = frozenset()

    @property
    def folder(self) -> Path:
        return ROOT / "tests" / self.name


LEVELS = (
    Level("unit"),
    Level("api"),
    Level("functional"),
    Level("contracts", frozenset({"mysql", "postgres", "rabbit", "libvirt"})),
    Level("simulation"),
    Level("integration", frozenset({"mysql", "postgres", "rabbit", "libvirt"})),
)
_NO_TESTS_FOUND = 5


def main(arguments: list[str], usage: str | None) -> int:
    """Exit code: 0 when all is well."""
    if {"-h", "--help"} & set(arguments):
        print(usage)
        return 0
    names = [argument for argument in arguments if _is_level(argument)]
    options = [argument for argument in arguments if not _is_level(argument)]
    try:
        return _check(environment.python(ROOT), names, options)
    except (Failed, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1


def _check(python: Path, names: list[str], options: list[str]) -> int:
    linted = lint.run(python, ROOT) if not names or "lint" in names else True
    levels = [level for level in LEVELS if not names or level.name in names]
    tested = not levels or _test(python, levels, options)
    return 0 if linted and tested else 1


def _is_level(argument: str) -> bool:
    return argument == "lint" or argument in {level.name for level in LEVELS}


def _test(python: Path, levels: list[Level], options: list[str]) -> bool:
    found = [level for level in levels if any(level.folder.rglob("test_*"))]
    if not found:
        print(f"no tests in {', '.join(level.name for level in levels)}")
        return True
    wanted = frozenset[str]().union(*(level.servers for level in found))
    with Servers(wanted) as settings:
        code = subprocess.call(
            [str(python), "-m", "pytest", *_spread(options), *options, *_folders(found, options)],
            cwd=ROOT,
            env={**os.environ, **settings},
        )
    return code in (0, _NO_TESTS_FOUND)


def _folders(levels: list[Level], options: list[str]) -> list[str]:
    """Folders of the levels, unless the options name files themselves."""
    named = [option for option in options if Path(ROOT, option.split("::")[0]).exists()]
    return [] if named else [str(level.folder.relative_to(ROOT)) for level in levels]


def _spread(options: list[str]) -> list[str]:
    """Use all cores; tests/conftest.py says what stays together."""
    if any(option in {"-n", "--pdb", "-s"} or option.startswith("-n") for option in options):
        return []
    return ["-n", str(min(os.cpu_count() or 1, 8)), "--dist", "loadscope"]
