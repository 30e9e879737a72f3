"""What the switch's database says, and what happens when it does not."""

import contextlib
import json
import socket
import threading

import pytest

from nova.virt.libvirt.plugging.library import SwitchFailed, SwitchOptions
from nova.virt.libvirt.plugging.ovsdb import Ovsdb

PING = {"id": "echo", "method": "echo", "params": []}


@pytest.fixture
def database(tmp_path):
    """One that answers the first question with the given bytes."""
    with contextlib.ExitStack() as stack:

        def serve(*pieces):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(str(tmp_path / "db.sock"))
            listener.listen()
            asked = []

            def answer():
                line, _ = listener.accept()
                asked.append(json.loads(line.recv(65536)))
                for piece in pieces:
                    line.sendall(piece)
                stack.push(line) if pieces == (b"",) else line.close()

            threading.Thread(target=answer, daemon=True).start()
            return f"unix:{tmp_path}/db.sock", asked

        yield serve


def rows(*names):
    return {"id": 0, "error": None, "result": [{"rows": [{"name": name} for name in names]}]}


def ask(connection, port="tap1"):
    return Ovsdb(SwitchOptions(connection, 1)).has(port, 0.2)


@pytest.mark.parametrize(("found", "expected"), [(("tap1",), True), ((), False)])
def test_a_port_is_there_or_not(database, found, expected):
    connection, asked = database(json.dumps(rows(*found)).encode())
    assert ask(connection) is expected
    assert asked[0]["params"][1]["where"] == [["name", "==", "tap1"]]


@pytest.mark.parametrize(("number", "found"), [(7, True), (-1, False), (["set", []], False)])
def test_a_device_is_found_when_it_has_a_number(database, number, found):
    rows_of = {"id": 0, "error": None, "result": [{"rows": [{"ofport": number}]}]}
    connection, asked = database(json.dumps(rows_of).encode())
    assert Ovsdb(SwitchOptions(connection, 1)).is_connected("tap1", 0.2) is found
    assert asked[0]["params"][1]["table"] == "Interface"


def test_other_messages_and_pieces_of_them_are_borne(database):
    text = (json.dumps(PING) + json.dumps(rows("tap1"))).encode()
    connection, _ = database(text[:20], text[20:70], text[70:])
    assert ask(connection) is True


def test_without_a_port_only_whether_it_answers_is_asked(database):
    connection, _ = database(json.dumps(rows()).encode())
    assert ask(connection, None) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((b"",), "timed out"),
        ((), "hung up"),
        ((b'{"id": 0, "result": [{"error": "unknown"}], "error": null}',), "not one of Open"),
    ],
)
def test_no_good_answer(database, answer, reason):
    connection, _ = database(*answer)
    with pytest.raises(SwitchFailed, match=f"does not answer at {connection}: .*{reason}"):
        ask(connection)


def test_each_address_is_tried_and_told_of(database, tmp_path):
    connection, _ = database(json.dumps(rows("tap1")).encode())
    assert ask(f"unix:{tmp_path}/none, {connection}") is True
    with pytest.raises(SwitchFailed, match=r"tcp:127.0.0.1:1: .*; unix:/none: "):
        ask("tcp:127.0.0.1:1,unix:/none")


def test_encrypted_lines_are_left_to_the_library():
    assert ask("ssl:192.0.2.1:6640") is None
