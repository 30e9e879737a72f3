"""The versions of both trees.  They are dates, so they compare as text; `latest` is not one."""

LATEST = "latest"

EC2 = (
    "1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01",
    "2008-09-01", "2009-04-04",
)  # fmt: skip

OPENSTACK = (
    "2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06",
    "2017-02-22", "2018-08-27", "2020-10-14", "2025-04-04",
)  # fmt: skip

# What came when.
PASSWORD = RANDOM_SEED = "2013-04-04"
VENDOR_DATA = "2013-10-17"
NETWORK_DATA = PROJECT_ID = "2015-10-15"
DEVICES = "2016-06-30"
VENDOR_DATA_2 = "2016-10-06"
VLANS = "2017-02-22"
TRUSTED = "2018-08-27"
DEDICATED_CPUS = "2020-10-14"
SHARES = "2025-04-04"


def known(versions: tuple[str, ...], asked: str) -> str | None:
    """The version meant, or None when there is no such one."""
    if asked == LATEST:
        return versions[-1]
    return asked if asked in versions else None
