"""A group of options, as one value."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from oslo_config import cfg


@dataclass(frozen=True)
class Group:
    """Name and title of a group.

    Not an OptGroup: that one keeps the values set at run time, so that two
    configurations which registered the same OptGroup would share them.
    """

    name: str
    title: str


@dataclass(frozen=True)
class Section:
    """Options that belong together.  A `group` of None is DEFAULT.

    Several sections may share one group: the larger groups are cut by theme.
    """

    group: Group | None
    options: Sequence[cfg.Opt]

    @property
    def name(self) -> str:
        return "DEFAULT" if self.group is None else self.group.name

    def register(self, conf: cfg.ConfigOpts, arguments: Collection[str] = ()) -> None:
        """Make the options readable; those named in `arguments` also as arguments."""
        group = None if self.group is None else self.group.name
        if self.group is not None:
            conf.register_group(cfg.OptGroup(self.group.name, title=self.group.title))
        for option in self.options:
            register = conf.register_cli_opt if option.name in arguments else conf.register_opt
            register(option, group=group)
