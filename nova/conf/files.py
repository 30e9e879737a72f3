"""Which options the configuration files name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from oslo_config import cfg


@dataclass(frozen=True, order=True)
class Mention:
    """An option as a file names it: `group` lower-case, `name` as written."""

    group: str
    name: str
    file: str
    value: str

    def __str__(self) -> str:
        return f"{self.file}: [{self.group}]{self.name}"


def normal_group(name: str) -> str:
    """Group names are read without regard to case, except DEFAULT."""
    return name if name == "DEFAULT" else name.lower()


def files_of(conf: cfg.ConfigOpts) -> list[str]:
    """Files that were read, in order."""
    directories = conf.config_dir or []
    found = [str(Path(name).expanduser()) for name in conf.config_file or []]
    for directory in directories:
        found.extend(str(path) for path in sorted(Path(directory).expanduser().glob("*.conf")))
    return found


def mentions(files: Iterable[str]) -> list[Mention]:
    """Every assignment of every file.  An option written twice is named twice."""
    found = []
    for file in files:
        sections: dict[str, dict[str, list[str]]] = {}
        cfg.ConfigParser(file, sections).parse()
        for section, assignments in sections.items():
            for name, values in assignments.items():
                found.append(Mention(normal_group(section), name, file, values[-1]))
    return found
