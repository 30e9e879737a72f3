"""Options of the database groups, as oslo.db defines them."""

from oslo_db import options

from nova.conf.section import Group, Section

GROUPS = {
    "database": "Database of one cell",
    "api_database": "Database shared by all cells",
}


def sections() -> tuple[Section, ...]:
    return tuple(
        Section(Group(name, title), tuple(options.database_opts)) for name, title in GROUPS.items()
    )
