"""The table that analysis consumes: one row for each rating that counts, free of any database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Mode = Literal["acr", "dcr", "pair"]
"""1-5 of a picture alone (the paper's), 1-5 beside the visible original, choice between two."""

REFERENCE = "original"
"""The method that stands for the reference's own pictures, hidden among the others."""

NEAREST = "nearest"
"""The method that calibration sets at 1; a method of this name among the rated is an anchor too."""


@dataclass(frozen=True, kw_only=True)
class Rating:
    """One score of one picture by one rater (acr, dcr); after an undo, the second entry alone."""

    rater: str
    """Pseudonym; the same person's ratings bear the same."""
    method: str
    image: str
    """Name of the picture's content, the same for all methods: `Set5/baby`, `crab`."""
    set: str
    """Folder of the image below the reference's, `Set5`; empty where there is none."""
    presentation: int
    """Place in the rater's own order, from 0, calibration included."""
    repeat: int
    """0 where the rater sees this (method, image) first, 1 where again, for test-retest."""
    score: int
    """1 (bad, very annoying) to 5 (excellent, imperceptible)."""
    look_seconds: float
    is_calibration: bool
    """Whether the score to give was told: such rows count for the anchors' hit rate alone."""
    anchor: int | None
    """The score that calibration told, 1 (nearest) or 5 (original); None where it told none."""
    shown_at: datetime
    """With time zone, UTC: `rated_at` less the look time."""
    rated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One choice between two methods' pictures of one image by one rater (pair)."""

    rater: str
    method_a: str
    """What stood at the left (or on top, or first)."""
    method_b: str
    choice: Literal["a", "b"]
    """Which of the two was found better."""
    image: str
    set: str
    presentation: int
    repeat: int
    """0 where the rater sees this pair of methods of this image first, 1 where again."""
    look_seconds: float
    is_calibration: bool
    shown_at: datetime
    rated_at: datetime


@dataclass(frozen=True, kw_only=True)
class RatingTable:
    """All that an analysis needs of a study; a rater who has not finished is in it too."""

    study: str
    """The study's name."""
    mode: Mode
    methods: tuple[str, ...]
    """Every method, in the order in which the study was given them, `original` last."""
    images: tuple[str, ...]
    """Every image that is rated (not the calibration's)."""
    finished: frozenset[str]
    """Pseudonyms of the raters who came to the end."""
    ratings: tuple[Rating, ...] = ()
    """In acr and dcr; by rater, then presentation."""
    choices: tuple[Choice, ...] = ()
    """In pair; by rater, then presentation."""
