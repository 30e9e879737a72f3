"""Who is believed to be whom, how long an answer is remembered, and the password."""

import hashlib
import hmac
from typing import Any

import pytest

from nova.clients.network.contract import NetworkUnavailable
from tests.unit.metadata.making import PROJECT, SECRET, UUID, Service, instance, signed

WHERE = "/latest/meta-data/local-ipv4"
OTHER = "11111111-8c69-4aeb-be2f-f79742548fc2"


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in signed(UUID).items() if key != name}


@pytest.mark.parametrize(("headers", "status", "text"), [
    (signed(UUID), 200, "10.0.0.5"),
    (without("X-Instance-ID"), 400, "X-Instance-ID header is missing from request."),
    (without("X-Tenant-ID"), 400, "X-Tenant-ID header is missing from request."),
    (without("X-Instance-ID-Signature"), 400,
     "X-Instance-ID-Signature header is missing from request."),
    ({**signed(UUID), "X-Instance-ID": f"{UUID},{UUID}"}, 400,
     "Multiple X-Instance-ID headers found within request."),
    ({**signed(UUID), "X-Tenant-ID": "a, b"}, 400,
     "Multiple X-Tenant-ID headers found within request."),
    (signed(UUID, secret="other"), 403, "Invalid proxy request signature."),
    ({**signed(OTHER), "X-Instance-ID": UUID}, 403, "Invalid proxy request signature."),
    ({**signed(UUID), "X-Instance-ID-Signature": "\u00e9"}, 403, "Invalid proxy request"),
    (signed(UUID, project="other"), 404, ""),
    (signed(OTHER), 404, ""),
])  # fmt: skip
def test_neutrons_proxy(headers: dict[str, str], status: int, text: str) -> None:
    answer = Service().ask(WHERE, headers=headers)
    assert answer.status_int == status
    assert text in answer.text


def test_the_root_is_told_to_anybody() -> None:
    assert Service().ask("/", headers={}).status_int == 200
    assert Service().ask("/latest", headers={}).status_int == 400


def provider(secret: str | None = SECRET, name: str = "lb-1", address: str = "10.0.0.5"):
    headers = {"X-Metadata-Provider": name, "X-Forwarded-For": address}
    if secret is not None:
        headers["X-Metadata-Provider-Signature"] = hmac.new(
            secret.encode(), name.encode(), hashlib.sha256).hexdigest()
    return headers


@pytest.mark.parametrize(("headers", "status"), [
    (provider(), 200),
    (provider(address="10.0.0.5, 192.0.2.1"), 200),
    (provider("other"), 403),
    (provider(None), 403),
    (provider(name="lb-2"), 400),
    (provider(address="10.0.0.6"), 400),
    ({"X-Metadata-Provider": "lb-1"}, 400),
])  # fmt: skip
def test_metadata_providers(headers: dict[str, str], status: int) -> None:
    service = Service()
    service.network.providers["lb-1"] = ("net-1",)
    assert service.ask(WHERE, headers=headers).status_int == status


def test_a_provider_that_shares_no_secret() -> None:
    service = Service(neutron__metadata_proxy_shared_secret="")
    service.network.providers["lb-1"] = ("net-1",)
    assert service.ask(WHERE, headers=provider(None)).status_int == 200


def test_an_address_that_two_have_behind_one_provider() -> None:
    service = Service()
    service.network.providers["lb-1"] = ("net-1",)
    service.add_port(OTHER, "10.0.0.5")
    assert service.ask(WHERE, headers=provider()).status_int == 400


class TestByAddress:
    def service(self) -> Service:
        return Service(neutron__service_metadata_proxy=False)

    def test_headers_are_not_believed(self) -> None:
        service = self.service()
        assert service.ask(WHERE, headers=signed(OTHER)).text == "10.0.0.5"
        assert service.ask(WHERE, headers=signed(UUID), address="10.0.0.9").status_int == 404

    def test_an_address_of_several_servers(self) -> None:
        service = self.service()
        service.add_port(OTHER, "10.0.0.5")
        answer = service.ask(WHERE, headers={})
        assert answer.status_int == 500
        assert "An unknown error has occurred. Please try your request again." in answer.text

    def test_a_network_service_that_is_away(self, monkeypatch: Any) -> None:
        service = self.service()

        def away(*_: Any, **__: Any) -> Any:
            raise NetworkUnavailable(service="network", reason="secret detail")

        monkeypatch.setattr(service.network, "during", away)
        answer = service.ask(WHERE, headers={})
        assert answer.status_int == 500
        assert "secret detail" not in answer.text


def test_what_is_known_is_asked_again_after_a_while() -> None:
    service = Service(api__metadata_cache_expiration=15)
    name = "/openstack/latest/meta_data.json"
    assert service.ask(name).json["meta"] == {"role": "web"}
    service.cell.instances.set_metadata(UUID, {"role": "db"}, replace=True)
    service.clock.sleep(14)
    assert service.ask(name).json["meta"] == {"role": "web"}
    service.clock.sleep(1)
    assert service.ask(name).json["meta"] == {"role": "db"}


def test_nothing_is_remembered_for_no_time() -> None:
    service = Service(api__metadata_cache_expiration=0)
    service.ask(WHERE)
    service.cell.instances.set_metadata(UUID, {"role": "db"}, replace=True)
    assert service.ask("/openstack/latest/meta_data.json").json["meta"] == {"role": "db"}


def test_a_server_of_the_past_is_nobody() -> None:
    service = Service(api__metadata_cache_expiration=0)
    service.cell.operations.discard(UUID)
    assert service.ask(WHERE).status_int == 404


class TestPassword:
    where = "/openstack/latest/password"

    def test_it_is_said_once(self) -> None:
        service = Service()
        secret = "x" * 700 + "y" * 300
        assert service.ask(self.where).text == ""
        assert service.ask(self.where, "POST", body=secret.encode()).status_int == 200
        assert service.ask(self.where).text == secret
        assert service.ask(self.where, "POST", body=b"other").status_int == 409
        kept = service.cell.instances.get(UUID).system_metadata
        assert [len(kept[f"password_{n}"]) for n in range(4)] == [255, 255, 255, 235]

    def test_who_was_faster_wins(self) -> None:
        """Also when this service has not heard of it."""
        service = Service()
        service.ask(self.where)
        service.cell.instances.update(UUID, {"system_metadata": {"password_0": "first"}})
        assert service.ask(self.where, "POST", body=b"second").status_int == 409

    def test_what_cannot_be(self) -> None:
        service = Service()
        assert service.ask(self.where, "POST", body=b"x" * 1021).status_int == 400
        assert service.ask(self.where, "POST", body=b"x" * 1020).status_int == 200
        assert service.ask(self.where, "PUT", body=b"x").status_int == 400
        assert service.ask(self.where, "DELETE").status_int == 400


def test_each_knows_only_itself() -> None:
    service = Service()
    service.add(instance(uuid=OTHER, display_name="other"))
    name = "/openstack/latest/meta_data.json"
    assert service.ask(name, headers=signed(OTHER)).json["name"] == "other"
    assert service.ask(name, headers=signed(UUID)).json["name"] == "My Server"
    assert PROJECT
