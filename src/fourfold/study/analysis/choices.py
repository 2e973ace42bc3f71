"""What choices between two say: how strong each method is, and which ones differ."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from fourfold.errors import InvalidTable
from fourfold.statistics import Interval, bradley_terry, correlate, holm, more_raters, wilcoxon
from fourfold.study.analysis.results import Comparison, Group, Retest, StrengthResult
from fourfold.study.ratings import Choice


def preferences(
    choices: Sequence[Choice], name: str, *, methods: Sequence[str], rng: np.random.Generator
) -> Group:
    """The results of a group's choices, second showings left out.

    A group whose choices do not link all methods has no strengths.

    Raises:
        InvalidTable: no choices.
    """
    if not choices:
        raise InvalidTable(f"There are no choices of {name} yet.")
    met = {method for choice in choices for method in (choice.method_a, choice.method_b)}
    named = tuple(method for method in methods if method in met)
    winners, losers = (
        np.array([named.index(method(choice)) for choice in choices]) for method in (_won, _lost)
    )
    strengths, is_bounded = _strengths(choices, named, winners, losers, rng)
    return Group(
        name=name,
        images=len({choice.image for choice in choices}),
        strengths=strengths,
        is_bounded=is_bounded,
        comparisons=_compare(choices, named),
    )


def retest_choices(choices: Sequence[Choice]) -> Retest | None:
    """How well second choices agree with first ones; None where nothing was shown twice."""
    first: dict[tuple[str, str, frozenset[str]], bool] = {}
    second: dict[tuple[str, str, frozenset[str]], bool] = {}
    for choice in choices:
        if not choice.is_calibration:
            pair = frozenset((choice.method_a, choice.method_b))
            is_first_by_name = _won(choice) == min(pair)
            (second if choice.repeat else first)[choice.rater, choice.image, pair] = (
                is_first_by_name
            )
    both = [key for key in second if key in first]
    if not both:
        return None
    a, b = (np.array([by[key] for key in both], np.float64) for by in (first, second))
    test = wilcoxon(b, a)
    same = float(np.mean(a == b))
    return Retest(
        correlation=correlate(a, b),
        same=same,
        within_one=1.0,
        difference=test.difference,
        p_value=test.p_value,
    )


def _strengths(
    choices: Sequence[Choice],
    methods: tuple[str, ...],
    winners: np.ndarray,
    losers: np.ndarray,
    rng: np.random.Generator,
) -> tuple[tuple[StrengthResult, ...], bool]:
    try:
        fitted = bradley_terry(
            winners,
            losers,
            raters=np.array([choice.rater for choice in choices]),
            images=np.array([choice.image for choice in choices]),
            methods=len(methods),
            rng=rng,
        )
    except InvalidTable:
        return (), True
    results = tuple(
        StrengthResult(
            method=method,
            strength=Interval(
                *(float(v[number]) for v in (fitted.strength, fitted.low, fitted.high))
            ),
            wins=int((winners == number).sum()),
            choices=int(((winners == number) | (losers == number)).sum()),
        )
        for number, method in enumerate(methods)
    )
    return results, fitted.is_bounded


def _compare(choices: Sequence[Choice], methods: tuple[str, ...]) -> tuple[Comparison, ...]:
    """Every two methods that met; of values that are 1 or 0 the signed-rank test is a sign test."""
    tests = []
    for a, b in combinations(methods, 2):
        both = [choice for choice in choices if {choice.method_a, choice.method_b} == {a, b}]
        if both:
            is_a = np.array([_won(choice) == a for choice in both], np.float64)
            tests.append((a, b, wilcoxon(is_a, 1 - is_a), len({choice.rater for choice in both})))
    corrected = holm(np.array([test.p_value for _, _, test, _ in tests]))
    return tuple(
        Comparison(
            a=a,
            b=b,
            difference=test.difference,
            pairs=test.pairs,
            p_value=test.p_value,
            p_corrected=float(p),
            more_raters=0
            if p < 0.05
            else more_raters(test.p_value, raters, alpha=0.05 / len(tests)) or None,
        )
        for (a, b, test, raters), p in zip(tests, corrected, strict=True)
    )


def _won(choice: Choice) -> str:
    return choice.method_a if choice.choice == "a" else choice.method_b


def _lost(choice: Choice) -> str:
    return choice.method_b if choice.choice == "a" else choice.method_a
