"""Against sureal 0.9, the rating statistics that Netflix published."""

import contextlib
import io
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fourfold.statistics import (
    count_wins,
    fit_subject_model,
    rater_bias,
    remove_bias,
    screen_by_kurtosis,
    strengths,
)
from tests.statistics.simulated import simulated, whole

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sureal import dataset_reader, pc_subjective_model, subjective_model

CLOSE = 1e-3


def dataset(scores: list[Any]) -> SimpleNamespace:
    """A study as sureal reads it; one entry of scores a stimulus."""
    return SimpleNamespace(
        dataset_name="simulated",
        ref_videos=[{"content_id": 0, "content_name": "image", "path": "image"}],
        dis_videos=[
            {"content_id": 0, "asset_id": number, "os": entry, "path": str(number)}
            for number, entry in enumerate(scores)
        ],
        ref_score=5,
    )


def run(model: str, scores: np.ndarray) -> dict[str, Any]:
    columns = [list(column) for column in scores.T]
    reader = dataset_reader.RawDatasetReader(dataset(columns))
    return silently(getattr(subjective_model, model)(reader))


def silently(model: Any) -> dict[str, Any]:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return model.run_modeling()


@pytest.fixture(params=["whole", "with holes"])
def scores(request: pytest.FixtureRequest) -> np.ndarray:
    table = whole(simulated(26, 200)[0])
    if request.param == "with holes":
        table[np.random.default_rng(3).uniform(size=table.shape) < 0.3] = np.nan
    return table


def test_the_subject_model_is_sureals(scores: np.ndarray):
    ours, theirs = fit_subject_model(scores), run("SubjectMLEModelProjectionSolver", scores)
    np.testing.assert_allclose(ours.quality, theirs["quality_scores"], atol=CLOSE)
    np.testing.assert_allclose(ours.quality_error, theirs["quality_scores_std"], atol=CLOSE)
    np.testing.assert_allclose(ours.bias, theirs["observer_bias"], atol=CLOSE)
    np.testing.assert_allclose(ours.inconsistency, theirs["observer_inconsistency"], atol=CLOSE)


def test_removing_bias_is_sureals(scores: np.ndarray):
    theirs = run("BiasremvMosModel", scores)
    np.testing.assert_allclose(rater_bias(scores), theirs["observer_bias"], atol=CLOSE)
    means = np.nanmean(remove_bias(scores), axis=0)
    np.testing.assert_allclose(means, theirs["quality_scores"], atol=CLOSE)


def test_screening_by_kurtosis_is_sureals():
    # sureal takes the population's standard deviation where BT.500 takes the sample's, and counts
    # everybody as outlying where all agree: on unrounded scores, that matters at the margin alone.
    honest = simulated(24, 200)[0]
    clickers = np.random.default_rng(2).uniform(0, 6, (2, 200))
    table = np.vstack([honest, clickers])
    ours, theirs = screen_by_kurtosis(table), run("SubjrejMosModel", table)
    assert ours.is_rejected.tolist() == theirs["observer_rejected"]
    assert ours.is_rejected.any()
    outlying = np.array(theirs["observer_rejected_1st_stats"])
    assert (ours.outlying <= outlying).all() and np.abs(ours.outlying - outlying).max() < 0.06


def test_bradley_terrys_strengths_are_sureals():
    rng = np.random.default_rng(1)
    truth = np.array([-1.0, -0.3, 0.4, 0.9])
    a, b = rng.integers(0, 4, (2, 600))
    a, b = a[a != b], b[a != b]
    is_a = rng.uniform(size=len(a)) < 1 / (1 + np.exp(truth[b] - truth[a]))
    wins = count_wins(np.where(is_a, a, b), np.where(is_a, b, a), 4)
    entries: list[dict[tuple[str, int], int]] = [{} for _ in range(4)]
    for number, (first, second, first_won) in enumerate(zip(a, b, is_a, strict=True)):
        entries[first][f"rater {number}", int(second)] = int(first_won)
    reader = dataset_reader.PairedCompDatasetReader(dataset(entries))
    model = pc_subjective_model.BradleyTerryNewtonRaphsonPairedCompSubjectiveModel(reader)
    theirs = silently(model)
    scores = np.array(theirs["quality_scores"])
    ours, is_bounded = strengths(wins)
    assert is_bounded
    np.testing.assert_allclose(ours, scores - scores.mean(), atol=CLOSE)
