"""Finding mistakes in configuration files before any work starts.

A misspelt option would otherwise be ignored in silence, and a wrong value would
be noticed by the first request that needs it.
"""

import contextlib
import difflib
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping

from oslo_config import cfg

from nova.conf import keystoneauth
from nova.conf.files import Mention, files_of, mentions, normal_group
from nova.conf.libraries import LIBRARIES

# What a file may call an option -> where it is registered.
Names = dict[tuple[str, str], tuple[str, str]]

# Groups of libraries that log in with keystoneauth1, too.
_LIBRARY_LOGINS = frozenset({"keystone_authtoken", "oslo_limit"})

# Every configuration has these without registering them.
_BUILT_IN: Names = {("DEFAULT", "config_source"): ("DEFAULT", "config_source")}


def mistakes(
    conf: cfg.ConfigOpts, own: Mapping[str, Iterable[cfg.Opt]], unread: Collection[str] = ()
) -> list[str]:
    """One sentence per unknown option and per value that cannot be understood.

    `own` are the options registered in `conf`, by group; what is written in the
    groups `unread` is left to the processes that read it.
    """
    found = [mention for mention in mentions(files_of(conf)) if mention.group not in unread]
    known = _BUILT_IN | _names(own)
    ours = [mention for mention in found if (mention.group, mention.name) in known]
    foreign = [mention for mention in found if (mention.group, mention.name) not in known]
    wrong = _bad_values(conf, ours, known)
    return [*wrong, *_library_mistakes(conf, foreign, found, known)]


def _library_mistakes(
    conf: cfg.ConfigOpts, foreign: list[Mention], every: list[Mention], known: Names
) -> Iterator[str]:
    if not foreign:
        return
    aside = _Aside()
    for group, options in _plugin_options(every):
        aside.register(group, options)
    _learn_libraries(aside, foreign)
    aside.conf([], default_config_files=files_of(conf), default_config_dirs=[])
    yield from _bad_values(aside.conf, filter(aside.knows, foreign), aside.names)
    for mention in itertools.filterfalse(aside.knows, foreign):
        yield _unknown(mention, known | aside.names)


class _Aside:
    """Options of libraries, read on the side.

    Libraries register their options themselves, and change defaults while they do;
    the configuration of the process must not have met them before.
    """

    def __init__(self) -> None:
        self.conf = cfg.ConfigOpts()
        self.names: Names = {}

    def knows(self, mention: Mention) -> bool:
        return (mention.group, mention.name) in self.names

    def register(self, group: str, options: Iterable[cfg.Opt]) -> None:
        """Take each name once: auth plugins list options that others have as well."""
        for option in options:
            with contextlib.suppress(cfg.DuplicateOptError):
                self.conf.register_opt(option, group=None if group == "DEFAULT" else group)
        self.names |= _names({group: options})


def _learn_libraries(aside: _Aside, foreign: list[Mention]) -> None:
    """Load library after library until every mention is known."""
    for library in LIBRARIES:
        missing = {mention.group for mention in itertools.filterfalse(aside.knows, foreign)}
        if missing & library.groups:
            for group, options in library.options():
                if group in missing:
                    aside.register(group, options)


def _plugin_options(every: Iterable[Mention]) -> Iterator[tuple[str, list[cfg.Opt]]]:
    """Options of the auth plugin each group chose with `auth_type`."""
    given = {(mention.group, mention.name): mention.value for mention in every}
    lent = {normal_group(value) for (_, name), value in given.items() if name == "auth_section"}
    for group in keystoneauth.auth_groups() | _LIBRARY_LOGINS | lent:
        yield group, keystoneauth.common_options()
        chosen = given.get((group, "auth_type")) or given.get((group, "auth_plugin"))
        if chosen:
            yield group, keystoneauth.plugin_options(chosen)


def _names(options: Mapping[str, Iterable[cfg.Opt]]) -> Names:
    found: Names = {}
    for group, members in options.items():
        for option in members:
            place = (group, option.dest)
            found[normal_group(group), option.dest] = place
            for old in option.deprecated_opts:
                name = (normal_group(old.group or group), old.name or option.dest)
                found.setdefault(name, place)
    return found


def _bad_values(conf: cfg.ConfigOpts, named: Iterable[Mention], names: Names) -> Iterator[str]:
    for mention in named:
        group, option = names[mention.group, mention.name]
        try:
            conf[option] if group == "DEFAULT" else conf[group][option]
            _check_plugin(mention)
        except (cfg.ConfigFileValueError, cfg.TemplateSubstitutionError, ValueError) as error:
            yield f"{mention} = {mention.value}: {_reason(error)}"


def _check_plugin(mention: Mention) -> None:
    chooses = mention.name == "auth_type" and mention.group != "key_manager"
    if chooses and not keystoneauth.is_plugin(mention.value):
        raise ValueError("there is no such auth plugin")


def _reason(error: Exception) -> str:
    """The part of an oslo.config message that says what is wrong."""
    return " ".join(str(error).rpartition("is not valid: ")[2].split())


def _unknown(mention: Mention, known: Names) -> str:
    current = {option for group, option in known.values() if normal_group(group) == mention.group}
    if not current:
        return f"{mention} is not an option: there is no such group"
    near = difflib.get_close_matches(mention.name, sorted(current), n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"{mention} is not an option{hint}"
