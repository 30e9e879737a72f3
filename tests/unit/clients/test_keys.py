"""Certificates out of whatever key service the operator has."""

from pathlib import Path

import pytest
from castellan.common.credentials.token import Token
from keystoneauth1.noauth import NoAuth

from nova.clients.keys.castellan import CastellanKeys, connect
from nova.clients.keys.contract import KeysUnavailable, NoKeys, SecretNotFound
from nova.clients.keys.memory import KeysMemory
from nova.conf import new_config
from nova.context import RequestContext, admin_context
from nova.errors import ConfigurationFailure
from tests.certificates import authority
from tests.key_files import KeyFiles

ID = "10000000-0000-4000-8000-000000000001"
USER = RequestContext(user_id="u", project_id="p", auth_token="t", request_id="req-1")


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CastellanKeys:
    monkeypatch.setattr(KeyFiles, "directory", tmp_path, raising=False)
    monkeypatch.setattr(KeyFiles, "askers", [], raising=False)
    conf = new_config()
    made = connect(conf)
    conf.set_override("backend", "tests.key_files.KeyFiles", group="key_manager")
    return made


def test_a_certificate_as_it_was_stored(keys: CastellanKeys, tmp_path: Path) -> None:
    (tmp_path / f"{ID}.der").write_bytes(authority().der)
    in_memory = KeysMemory()
    in_memory.certificates[ID] = (tmp_path / f"{ID}.der").read_bytes()
    assert keys.certificate(USER, ID) == in_memory.certificate(USER, ID)
    (asker,) = KeyFiles.askers
    assert (asker.auth_token, asker.project_id, asker.request_id) == ("t", "p", "req-1")
    assert not hasattr(asker, "get_auth_plugin")


def test_what_is_not_there_or_is_something_else(keys: CastellanKeys, tmp_path: Path) -> None:
    (tmp_path / "other.data").write_bytes(b"a password")
    for one in (ID, "other"):
        with pytest.raises(SecretNotFound, match=one):
            keys.certificate(USER, one)
    with pytest.raises(SecretNotFound, match=ID):
        KeysMemory().certificate(USER, ID)


def test_a_service_that_fails(keys: CastellanKeys, tmp_path: Path) -> None:
    tmp_path.rmdir()
    with pytest.raises(KeysUnavailable, match="no directory"):
        keys.certificate(USER, ID)


def test_without_a_user_this_service_asks(keys: CastellanKeys) -> None:
    with pytest.raises(SecretNotFound):
        keys.certificate(admin_context(), ID)
    (asker,) = KeyFiles.askers
    with pytest.raises(ConfigurationFailure, match="barbican_service_user"):
        asker.get_auth_plugin()
    keys._conf.set_override("auth_type", "none", group="service_user")
    assert isinstance(asker.get_auth_plugin(), NoAuth)


def test_credentials_of_the_operator_come_first(keys: CastellanKeys) -> None:
    keys._conf.set_override("auth_type", "token", group="key_manager")
    keys._conf.set_override("token", "from the file", group="key_manager")
    with pytest.raises(SecretNotFound):
        keys.certificate(USER, ID)
    (asker,) = KeyFiles.askers
    assert isinstance(asker, Token)
    assert asker.token == "from the file"


def test_secrets_are_kept_and_forgotten(keys: CastellanKeys, tmp_path: Path) -> None:
    for one in (keys, KeysMemory()):
        secret_id = one.keep(USER, "of a test", "word")
        assert one.passphrase(USER, secret_id) == "word"
        for _ in range(2):
            one.forget(USER, secret_id)
        with pytest.raises(SecretNotFound, match=secret_id):
            one.passphrase(USER, secret_id)
    (tmp_path / f"{ID}.der").write_bytes(b"a certificate")
    with pytest.raises(SecretNotFound):
        keys.passphrase(USER, ID)


def test_where_there_is_no_key_service() -> None:
    for ask in (
        lambda: NoKeys().certificate(USER, ID), lambda: NoKeys().keep(USER, "n", "w"),
        lambda: NoKeys().passphrase(USER, ID), lambda: NoKeys().forget(USER, ID),
    ):  # fmt: skip
        with pytest.raises(KeysUnavailable, match="there is none"):
            ask()
