"""Means, intervals and differences, worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from fourfold.evaluation import Scores


def test_means_are_over_the_pictures_of_a_set(scores: Scores):
    assert scores.mean("bicubic", "Set5", "psnr_y") == 22.5
    assert scores.mean("srgan", "Set5", "psnr_y") == 26
    assert scores.mean("srgan", "Set14", "psnr_y") == 23.5
    assert scores.sets == ["Set5", "Set14"] and scores.count("Set5") == 6


def test_a_mean_of_nothing_is_no_number(scores: Scores):
    alone = replace(scores, pictures=())
    assert math.isnan(alone.mean("srgan", "Set5", "psnr_y"))
    assert math.isnan(alone.interval("srgan", "Set5", "psnr_y").low)


def test_an_interval_holds_its_mean_and_is_the_same_every_time(scores: Scores):
    interval = scores.interval("bicubic", "Set5", "psnr_y")
    assert 20 < interval.low < interval.mean == 22.5 < interval.high < 25
    assert interval == scores.interval("bicubic", "Set5", "psnr_y")


def test_one_infinite_picture_makes_the_mean_infinite(scores: Scores):
    first, *others = scores.pictures
    perfect = replace(first, scores={**first.scores, "srgan": {"psnr_y": np.inf, "lpips": 0.0}})
    raised = replace(scores, pictures=(perfect, *others))
    assert raised.mean("srgan", "Set5", "psnr_y") == math.inf


def test_differences_are_tested_pair_by_pair_and_corrected(scores: Scores):
    set5, set14 = scores.differences("bicubic", "psnr_y")
    assert (set5.method, set5.test_set, set14.test_set) == ("srgan", "Set5", "Set14")
    assert set5.test.difference == 3.5
    # Six pairs of one sign: two of 64 orders. The smaller of two p is doubled by Holm.
    assert set5.test.p_value == pytest.approx(2 / 64)
    assert set5.p_corrected == pytest.approx(4 / 64)
    assert set14.p_corrected == 1


def test_pairs_that_failed_are_left_out(scores: Scores):
    first, *others = scores.pictures
    failed = replace(first, scores={"bicubic": first.scores["bicubic"]})
    kept = replace(scores, pictures=(failed, *others))
    assert kept.differences("bicubic", "psnr_y")[0].test.pairs == 5
    assert kept.count("Set5", "srgan") == 5
