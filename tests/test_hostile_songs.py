"""Songs made to hurt, by their numbers, meet what a worker's child does with a song."""

from pathlib import Path

from loops import once

from benchmarks import alone, fuzz, mutations, traps
from benchmarks.service import hostile

HEARD = range(1_000_000, 1_000_200)  # none of those that the bench has
ALONE = range(1_000_000, 1_000_008)  # of those; one is refused by its first bytes
SENT = range(4_000_000, 4_000_005)


def test_each_is_heard_or_refused_in_a_sentence_within_a_child_s_limits() -> None:
    found = once(fuzz.measure(HEARD, at_once=1))

    assert found.deaths == []
    assert found.unclear == 0
    assert sum(found.became.values()) == len(HEARD)
    assert min(found.became["heard"], found.became["refused"]) > 20, "the songs are of both kinds"
    assert found.worst_mb < 500
    assert found.worst_seconds < 30  # two seconds on a machine with nothing else to do


def test_a_worker_s_own_commands_hear_one_with_its_beat_or_refuse_it_in_a_sentence() -> None:
    found = once(alone.measure(ALONE))

    assert found.unclear == []
    assert sum(found.became.values()) == len(ALONE)
    assert min(found.became["heard"], found.became["refused"]) > 0, "the songs are of both kinds"


def test_a_number_is_always_the_same_song_and_every_trap_is_among_them() -> None:
    first = [mutations.song(number) for number in range(1_000, 1_060)]

    assert first == [mutations.song(number) for number in range(1_000, 1_060)]
    names = {mutations.song(number)[0] for number in range(0, 1_000, 4)}
    assert names == {trap.__name__.strip("_") for trap in traps.TRAPS}


def test_each_that_is_sent_ends_and_neither_server_nor_worker_dies_of_it(tmp_path: Path) -> None:
    found = once(hostile.measure(tmp_path, SENT))

    assert (found.unclear, found.died, found.credits_lost) == ([], [], 0)
    assert sum(found.became.values()) == len(SENT)
    assert min(found.became["done"], found.became["bad_song"]) > 0, "the songs are of both kinds"


def test_a_server_alone_takes_or_refuses_each_that_is_sent(tmp_path: Path) -> None:
    found = once(hostile.taken(tmp_path, range(6_000_000, 6_000_060)))

    assert (found.unclear, found.died, found.credits_lost) == ([], [], 0)
    assert min(found.became["taken"], found.became["refused"]) > 5, "the songs are of both kinds"
    assert 20 < found.most_mb < 400
