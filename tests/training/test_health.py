"""The health line."""

import pytest

from fourfold.training.health import health_line, verdict

GOOD = {"d_hr": 0.85, "d_sr": 0.15, "saturated": 0.2, "ratio": 0.4}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "in balance"),
        ({"d_hr": 1.0, "d_sr": 0.0, "saturated": 0.97}, "the discriminator has won"),
        ({"d_hr": 0.52, "d_sr": 0.49, "saturated": 0.0}, "cannot tell them apart"),
        ({"ratio": 0.002}, "hardly counts"),
        ({"ratio": 40.0}, "drowns the content"),
    ],
)
def test_each_state_of_the_game_has_its_verdict(change: dict[str, float], words: str):
    assert words in verdict(GOOD | change)


def test_the_line_has_the_numbers_and_the_verdict():
    assert health_line(GOOD) == (
        "D(hr) 0.85, D(sr) 0.15, 20% beyond doubt, adversarial to content 0.400: in balance"
    )
    alone = {name: value for name, value in GOOD.items() if name != "ratio"}
    assert health_line(alone).endswith("beyond doubt: the discriminator trains alone")
