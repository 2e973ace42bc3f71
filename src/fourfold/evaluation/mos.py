"""What raters said: mean opinion scores out of a study's report."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fourfold.errors import InvalidScores


@dataclass(frozen=True)
class Opinion:
    """A method's mean opinion score on a set, 1 (bad) to 5."""

    mos: float
    is_best: bool = False
    """Significantly above the other losses of its category, by the study's tests."""


def read_opinions(path: Path) -> dict[tuple[str, str], Opinion]:
    """Read the mean opinion scores that a study's report wrote as JSON.

    Args:
        path: holds `mos`, a list of entries with `set`, `method` and `mos`; and for the asterisks
            `tests`, a list of entries with `set`, `a`, `b`, `difference` and `p_corrected`.

    Returns:
        (method in lower case, set) -> opinion.

    Raises:
        InvalidScores: no such file, or none of a study.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        scores = {
            (str(entry["method"]).lower(), str(entry["set"])): float(entry["mos"])
            for entry in content["mos"]
        }
        better = _better(content.get("tests", []))
    except OSError as error:
        raise InvalidScores(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidScores(
            f"{path} is no report of a study: its mean opinion scores cannot be read ({error})."
        ) from error
    return {
        (method, test_set): Opinion(mos, _is_best(method, test_set, better, scores))
        for (method, test_set), mos in scores.items()
    }


_CATEGORIES = (
    ("srresnet", "srresnet-vgg22"),
    ("srgan-mse", "srgan-vgg22", "srgan"),
)
"""The losses that table 1 compares, SRResNet's and SRGAN's."""


def _better(tests: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """(set, better, worse) wherever a test finds that chance does not explain it."""
    found = set()
    for test in tests:
        if float(test["p_corrected"]) < 0.05 and float(test["difference"]):
            pair = (str(test["a"]).lower(), str(test["b"]).lower())
            found.add((str(test["set"]), *(pair if test["difference"] > 0 else pair[::-1])))
    return found


def _is_best(
    method: str,
    test_set: str,
    better: set[tuple[str, str, str]],
    scores: dict[tuple[str, str], float],
) -> bool:
    for category in _CATEGORIES:
        rivals = [o for o in category if o != method and (o, test_set) in scores]
        if method in category and rivals:
            return all((test_set, method, rival) in better for rival in rivals)
    return False
