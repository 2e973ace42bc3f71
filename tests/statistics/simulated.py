"""Raters who do not exist, of known bias and noise, and those who do not rate at all."""

import numpy as np

from fourfold.statistics import SubjectModel


def whole(scores: np.ndarray) -> np.ndarray:
    """What a rater can give: 1 to 5."""
    return np.clip(np.floor(scores + 0.5), 1, 5)


def simulated(
    raters: int, stimuli: int, *, seed: int = 1, quality: tuple[float, float] = (1.5, 4.5)
) -> tuple[np.ndarray, SubjectModel]:
    """Scores of shape (R, S), unrounded, and the parameters that made them."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(*quality, stimuli)
    bias = rng.normal(0, 0.3, raters)
    bias -= bias.mean()
    inconsistency = rng.uniform(0.4, 0.8, raters)
    noise = inconsistency[:, None] * rng.normal(size=(raters, stimuli))
    model = SubjectModel(
        quality=truth,
        quality_error=np.zeros(stimuli),
        bias=bias,
        inconsistency=inconsistency,
        is_settled=True,
    )
    return truth + bias[:, None] + noise, model
