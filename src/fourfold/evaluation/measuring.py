"""Measuring methods on test sets: what `fourfold evaluate` and Python users call."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from fourfold.errors import FailedMethod, FourfoldError
from fourfold.evaluation.cache import Cache
from fourfold.evaluation.crops import Crop, most_different
from fourfold.evaluation.dataset import Dataset, Pair, find_dataset
from fourfold.evaluation.measures import Compared, Measure, find_measures
from fourfold.evaluation.methods import Case, Method, find_methods, from_function
from fourfold.evaluation.parallel import in_parallel
from fourfold.evaluation.proof import Proof, prove
from fourfold.evaluation.scores import Failure, PictureScores, Scores
from fourfold.metrics import PAPER, Protocol

Progress = Callable[[int, int], None]
"""Called with the pictures that are done, and all."""
Enlarging = Callable[[np.ndarray], np.ndarray]
"""A small picture, uint8 (H, W, 3) or (H, W), to one `scale` times as large."""


def evaluate(
    methods: Sequence[str | Method] | Mapping[str, Enlarging],
    dataset: Dataset | Path | str,
    *,
    protocol: Protocol = PAPER,
    metrics: Sequence[str] | None = None,
    cache: Cache | Path | None = None,
    proof: Proof | None = None,
    progress: Progress | None = None,
) -> Scores:
    """Measure methods on every picture of a dataset, after the control rows.

    Args:
        methods: as `find_method` reads them, or functions by name.
        dataset: what `find_dataset` found, or its root.
        protocol: what exactly is measured.
        metrics: names of `MEASURES`; all that can be taken here by default.
        cache: a folder that keeps what was computed, or a cache that is open; None keeps nothing.
        proof: of the same dataset and protocol, if it was made already.
        progress: told how many pictures are done.

    Returns:
        The scores. A method that fails on a picture is in their `failures`; the rest goes on.

    Raises:
        UnknownMethod: a method or metric that there is not.
        InvalidDataset: no dataset.
        MissingExtra: a metric was named whose library is missing.
    """
    if not isinstance(dataset, Dataset):
        dataset = find_dataset(Path(dataset))
    if isinstance(methods, Mapping):
        chosen = [from_function(name, enlarge) for name, enlarge in methods.items()]
    else:
        chosen = find_methods(methods, scale=dataset.scale)
    measures, missing = find_measures(metrics)
    store = cache if isinstance(cache, Cache) else Cache(cache)
    proof = proof or prove(dataset, protocol, cache=store)
    rows = in_parallel(
        lambda pair: _measure_pair(pair, chosen, measures, protocol, store),
        dataset.pairs,
        progress=progress,
    )
    return Scores(
        protocol=protocol,
        scale=dataset.scale,
        measures=tuple(measures),
        methods={method.name: method.settings for method in chosen},
        pictures=tuple(scores for scores, _ in rows if scores is not None),
        failures=tuple(failure for _, failures in rows for failure in failures),
        proof=proof,
        remarks=tuple(missing),
    )


def run_method(method: Method, case: Case, cache: Cache) -> np.ndarray:
    """What a method makes of a picture, from the cache if it is there.

    Raises:
        FailedMethod: whatever the method raised, or a result of another size or type.
    """
    known = cache.picture(method, case.lr)
    if known is not None and known.shape == case.hr.shape:
        return known
    try:
        sr = np.asarray(method.run(case))
    except FourfoldError as error:
        raise FailedMethod(str(error)) from error
    except Exception as error:  # a stranger's function may raise anything; the others go on
        raise FailedMethod(f"{type(error).__name__}: {error}") from error
    hr = case.hr
    if sr.shape[:2] != hr.shape[:2]:
        raise FailedMethod(
            f"the result is {sr.shape[1]}x{sr.shape[0]}, the original {hr.shape[1]}x{hr.shape[0]}."
        )
    if sr.dtype != np.uint8 or sr.shape != hr.shape:
        raise FailedMethod(
            f"the result is {sr.dtype} of shape {sr.shape}; uint8 of shape {hr.shape} is needed."
        )
    cache.keep_picture(method, case.lr, sr)
    return sr


def _measure_pair(
    pair: Pair,
    methods: Sequence[Method],
    measures: Sequence[Measure],
    protocol: Protocol,
    cache: Cache,
) -> tuple[PictureScores | None, list[Failure]]:
    try:
        lr, hr = pair.read()
    except FourfoldError as error:
        return None, [Failure("reading", pair.title, str(error))]
    scores, results, failures = {}, {}, []
    for method in methods:
        try:
            sr = run_method(method, Case(pair, lr, hr), cache)
            pictures = Compared(sr, hr, lr, pair.scale, protocol)
            scores[method.name] = cache.measure(measures, pictures)
            results[method.name] = sr
        except FourfoldError as error:
            failures.append(Failure(method.name, pair.title, str(error)))
    crop = most_different(results, hr) if results else Crop(0, 0, hr.shape[0], hr.shape[1], 0)
    return (
        PictureScores(test_set=pair.test_set, picture=pair.name, scores=scores, crop=crop),
        failures,
    )
