"""Every sample of the contract is replayed: its request is taken, its answer has its shape.

contract/samples_waiting.csv lists those that are not answered so yet, with what is said
instead and the reason; one that is must leave the list.
"""

import csv
from collections.abc import Iterator

import pytest

from tests.api.samples.replay import Replay
from tests.api.samples.sample import HERE, Sample, samples
from tests.api.samples.shape import difference


def _waiting() -> dict[str, dict[str, str]]:
    with open(HERE / "samples_waiting.csv", newline="") as file:
        return {row["sample"]: row for row in csv.DictReader(file)}


WAITING = _waiting()


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    made = Replay()
    yield made
    made.close()


def wrong(sample: Sample, replay: Replay) -> str | None:
    """What is wrong with what is answered."""
    answer = replay.answer(sample.name)
    status = str(answer.status_int)
    if sample.row["route"] == "gone":
        return None if status in ("410", "404") else f"{status}, but it is gone"
    if sample.row["route"] == "always-400":
        return None if status == "400" else f"{status} instead of 400"
    wanted = sample.row.get("status")
    accepted = status == wanted if wanted else answer.status_int < 400
    if not accepted:
        return f"{status} instead of {wanted}: {answer.text[:300]}"
    if sample.is_request:
        return None
    return difference(sample.row["shape"], answer.json if answer.body else {})


@pytest.mark.parametrize("name", sorted(set(samples()) - set(WAITING)))
def test_sample(name: str, replay: Replay) -> None:
    found = wrong(samples()[name], replay)
    assert found is None, found


@pytest.mark.parametrize("name", sorted(WAITING))
def test_what_waits_is_refused_as_it_should_be(name: str, replay: Replay) -> None:
    """A case of its own for each: it must neither work nor fail in another way."""
    assert wrong(samples()[name], replay) is not None, f"{name} works: take it from the list"
    answer = replay.answer(name)
    assert str(answer.status_int) == WAITING[name]["status"], answer.text
    (fault,) = answer.json.values()
    assert fault["code"] == answer.status_int and fault["message"]


def test_the_list_names_samples() -> None:
    assert set(WAITING) <= set(samples()) and all(row["reason"] for row in WAITING.values())
