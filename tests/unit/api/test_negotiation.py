"""Versions asked for."""

import pytest

from nova.api.negotiation import VersionMalformed, VersionUnsupported, headers, negotiate
from nova.microversions import NEWEST, OLDEST, Microversion

NEW, OLD = "HTTP_OPENSTACK_API_VERSION", "HTTP_X_OPENSTACK_NOVA_API_VERSION"


@pytest.mark.parametrize(
    ("environ", "version"),
    [
        ({}, OLDEST),
        ({NEW: "compute 2.53"}, Microversion(2, 53)),
        ({NEW: "Compute  2.53"}, Microversion(2, 53)),
        ({NEW: "placement 1.1,compute latest"}, NEWEST),
        ({OLD: "2.10"}, Microversion(2, 10)),
        ({OLD: "latest"}, NEWEST),
        ({NEW: "identity 3", OLD: "2.10"}, Microversion(2, 10)),
        ({NEW: "compute 2.20", OLD: "2.10"}, Microversion(2, 20)),
        ({NEW: "2.53"}, OLDEST),
    ],
)
def test_negotiated(environ: dict[str, str], version: Microversion) -> None:
    assert negotiate(environ) == version


@pytest.mark.parametrize(
    "text", ["", "2", "2.", ".1", "2.1.0", "v2.1", "2.1 ", "2.٣", "02.1", "2.x"]
)
def test_malformed(text: str) -> None:
    if text.strip() == "2.1":
        assert negotiate({OLD: text}) == OLDEST
        return
    with pytest.raises(VersionMalformed):
        negotiate({OLD: text})


@pytest.mark.parametrize("text", ["2.0", "2.105", "1.1", "3.0"])
def test_unsupported(text: str) -> None:
    with pytest.raises(VersionUnsupported) as raised:
        negotiate({NEW: f"compute {text}"})
    assert raised.value.code == 406


def test_answers_repeat_it() -> None:
    assert headers(Microversion(2, 9)) == {
        "OpenStack-API-Version": "compute 2.9",
        "X-OpenStack-Nova-API-Version": "2.9",
        "Vary": "OpenStack-API-Version, X-OpenStack-Nova-API-Version",
    }
