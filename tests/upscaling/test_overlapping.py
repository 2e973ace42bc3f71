"""Many pictures, two at a time, in order; and an end when nobody waits any more."""

import threading

import pytest

from fourfold.errors import UnreadableImage
from fourfold.upscaling.overlapping import Stop, Stopped, overlapping


def test_results_come_in_the_order_of_the_items():
    later = threading.Event()

    def work(item: int, _: Stop) -> int:
        if item == 0:
            assert later.wait(60)  # the second must run beside the first, or this never ends
        later.set()
        return 10 * item

    assert list(overlapping(range(5), work)) == [(item, 10 * item) for item in range(5)]


def test_an_error_of_one_does_not_stop_the_others():
    def work(item: int, _: Stop) -> int:
        if item == 1:
            raise UnreadableImage("bad")
        return item

    outcomes = [result for _, result in overlapping(range(3), work)]
    assert outcomes[0] == 0 and outcomes[2] == 2 and isinstance(outcomes[1], UnreadableImage)


def test_what_is_no_error_of_a_picture_is_raised():
    def work(item: int, _: Stop) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(overlapping([1], work))


def test_when_nobody_waits_work_is_given_up():
    begun: list[int] = []
    given_up: list[int] = []

    def work(item: int, stop: Stop) -> int:
        begun.append(item)
        if item == 0:
            return item
        try:
            while True:
                stop.wait(0.01)
                stop.check()
        except Stopped:
            given_up.append(item)
            raise

    outcomes = overlapping(range(100), work)
    assert next(outcomes) == (0, 0)
    outcomes.close()
    assert sorted(given_up) == sorted(set(begun) - {0}) and len(begun) < 5
