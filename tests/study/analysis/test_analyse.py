"""From ratings to results: by hand, and by simulated raters whose means are known."""

from dataclasses import replace

import numpy as np
import pytest

from fourfold.errors import InvalidTable
from fourfold.statistics import correlate, more_raters
from fourfold.study.analysis import Analysis, analyse
from fourfold.study.analysis.results import ALL_IMAGES, Group, MethodResult
from fourfold.study.ratings import RatingTable
from tests.study.analysis.tables import (
    PUBLISHED,
    by_hand,
    rating,
    small_study,
    table_of,
    the_papers_analysis,
)

BY_HAND = {
    "ann": {"a": [1, 2, 3], "b": [3, 4, 5]},
    "ben": {"a": [2, 2, 2], "b": [2, 3, 4]},
    "cat": {"a": [1, 1, 3], "b": [5, 5, 5]},
}


@pytest.fixture(scope="module")
def paper() -> Analysis:
    return the_papers_analysis()


def result(analysis: Analysis, method: str, group: int = 0) -> MethodResult:
    return next(m for m in analysis.groups[group].methods if m.method == method)


def named(analysis: Analysis, name: str) -> Group:
    return next(group for group in analysis.groups if group.name == name)


def test_means_shares_and_ranks_are_those_worked_out_by_hand():
    analysis = analyse(by_hand(BY_HAND))
    a, b = result(analysis, "a"), result(analysis, "b")
    assert a.mos.mean == pytest.approx(17 / 9) and b.mos.mean == pytest.approx(36 / 9)
    assert a.shares == pytest.approx((3 / 9, 4 / 9, 2 / 9, 0, 0))
    # ben's first image ties, all else is won by b
    assert a.rank.mean == pytest.approx((8 * 2 + 1.5) / 9)
    assert b.rank.mean == pytest.approx((8 * 1 + 1.5) / 9)
    assert a.ratings == 9 and a.mos.low <= a.mos.mean <= a.mos.high


def test_a_comparison_pairs_what_one_rater_said_of_one_image():
    comparison = analyse(by_hand(BY_HAND)).groups[0].comparisons[0]
    assert (comparison.a, comparison.b, comparison.pairs) == ("a", "b", 9)
    assert comparison.difference == pytest.approx((17 - 36) / 9)
    assert comparison.p_value == pytest.approx(2 / 2**8)  # eight differ, all one way
    assert comparison.is_significant and comparison.more_raters == 0


def test_pairs_that_are_not_told_apart_say_how_many_more_raters_would():
    scores = {f"r{n}": {"a": [3, 3, 3], "b": [3, 4, 3 - (n == 0)]} for n in range(4)}
    comparison = analyse(by_hand(scores)).groups[0].comparisons[0]
    assert not comparison.is_significant and comparison.more_raters is not None
    assert comparison.more_raters > 0
    equal = analyse(by_hand({f"r{n}": {"a": [3, 3], "b": [3, 3]} for n in range(4)}))
    assert equal.groups[0].comparisons[0].more_raters is None


def test_the_more_tests_are_made_the_more_raters_it_takes():
    scores = {f"r{n}": {"a": [3] * 3, "b": [3, 4, 3 - (n == 0)], "c": [3] * 3} for n in range(4)}
    comparison = analyse(by_hand(scores)).groups[0].comparison("b", "a")
    assert comparison is not None
    assert comparison.more_raters == more_raters(comparison.p_value, 4, alpha=0.05 / 3)


def test_calibration_and_second_scores_are_no_part_of_the_mean():
    rows = [
        rating("ann", "a", "1", 2),
        rating("ann", "a", "1", 5, repeat=1),
        rating("ann", "nearest", "9", 1, is_calibration=True, anchor=1),
    ]
    analysis = analyse(table_of(rows))
    assert [m.method for m in analysis.groups[0].methods] == ["a"]
    assert result(analysis, "a").mos.mean == 2 and analysis.images == 1 and analysis.repeats == 1


def test_a_bias_removed_leaves_the_mean_and_narrows_the_interval():
    kinds = {"mild": 1, "strict": -1, "fair": 0}
    scores = {name: {"a": [3 + k] * 9, "b": [2 + k, 3 + k, 4 + k] * 3} for name, k in kinds.items()}
    a = result(analyse(by_hand(scores)), "a")
    assert a.mos.mean == a.unbiased.mean == 3
    assert a.mos.high - a.mos.low > 1 and a.unbiased.high - a.unbiased.low < 0.01


def test_who_did_not_finish_is_left_out_and_named():
    table = replace(by_hand(BY_HAND), finished=frozenset({"ann", "ben"}))
    analysis = analyse(table)
    assert [r.rater for r in analysis.counted] == ["ann", "ben"]
    assert analysis.raters[2].left_out == "did not finish"
    assert result(analysis, "b").mos.mean == pytest.approx(21 / 6)
    assert result(analyse(table, with_unfinished=True), "b").mos.mean == pytest.approx(36 / 9)


def test_a_set_that_only_others_rated_has_no_results_and_stops_none():
    seen = [r for r in small_study(2).ratings if (r.rater == "r01") == (r.set == "faces")]
    analysis = analyse(table_of(seen, finished=frozenset({"r01"})))
    assert [group.name for group in analysis.groups] == ["faces"]


def test_where_nobody_has_finished_all_count():
    assert len(analyse(replace(by_hand(BY_HAND), finished=frozenset())).counted) == 3


def test_clickers_and_reversed_raters_are_screened_out_and_change_nothing():
    honest = small_study(12)
    rng = np.random.default_rng(5)
    clicks = [replace(r, rater="click", score=int(rng.integers(1, 6))) for r in of(honest, "r01")]
    turned = [replace(r, rater="turned", score=6 - r.score) for r in of(honest, "r02")]
    spoilt = table_of([*honest.ratings, *clicks, *turned])
    analysis, before = analyse(spoilt), analyse(honest)
    left_out = {r.rater: r.left_out for r in analysis.raters if r.left_out}
    assert left_out.keys() == {"click", "turned"}
    assert all("P.913" in reason for reason in left_out.values())
    assert result(analysis, "srgan").mos == result(before, "srgan").mos


def of(table: RatingTable, rater: str):
    return [row for row in table.ratings if row.rater == rater]


def test_each_set_is_a_group_and_all_images_are_one_where_every_method_has_them_all():
    groups = {group.name: group.images for group in analyse(small_study()).groups}
    assert groups == {"faces": 4, "streets": 4, ALL_IMAGES: 8}
    alone = table_of(row for row in small_study().ratings if row.set == "faces")
    assert [group.name for group in analyse(alone).groups] == ["faces"]


def test_images_without_a_set_are_all_images():
    assert [group.name for group in analyse(by_hand(BY_HAND)).groups] == [ALL_IMAGES]


def test_the_same_ratings_and_seed_give_the_same_and_another_seed_does_not():
    assert analyse(small_study(), seed=3) == analyse(small_study(), seed=3)
    assert analyse(small_study(), seed=3) != analyse(small_study(), seed=4)


def test_each_rater_may_have_seen_other_images():
    rows = [
        row for row in small_study(12).ratings if (int(row.image[-1]) + int(row.rater[1:])) % 2 == 0
    ]
    analysis = analyse(table_of(rows))
    assert all(m.ratings == 12 * 2 for m in analysis.groups[0].methods)
    assert len(analysis.groups[0].comparisons) == 6
    assert all(c.pairs == 12 * 2 for c in analysis.groups[0].comparisons)


def test_one_rater_of_one_picture_is_a_study_too():
    analysis = analyse(table_of([rating("ann", "a", "1", 4)]))
    assert result(analysis, "a").mos.mean == 4 and analysis.groups[0].comparisons == ()


def test_a_study_without_ratings_has_no_results():
    with pytest.raises(InvalidTable, match="Nothing has been rated in the study by hand yet"):
        analyse(table_of([rating("ann", "a", "1", 1, is_calibration=True, anchor=1)]))


def test_the_papers_study_gives_back_its_means(paper: Analysis):
    assert [group.name for group in paper.groups] == ["Set5", "Set14", "BSD100"]
    held = []
    for group in paper.groups:
        for method in group.methods:
            asked = PUBLISHED[group.name][method.method]
            assert method.mos.mean == pytest.approx(asked, abs=0.45 if group.images < 20 else 0.1)
            held.append(method.mos.low <= asked <= method.mos.high)
    assert np.mean(held) > 0.9
    assert len(paper.counted) == 26 and all(rater.ratings == 1128 for rater in paper.raters)


def test_the_papers_findings_on_bsd100_are_found(paper: Analysis):
    group = named(paper, "BSD100")
    ranks = {m.method: m.rank.mean for m in group.methods}
    assert sorted(ranks, key=lambda method: ranks[method])[:3] == ["original", "SRGAN", "SRResNet"]
    srgan = [c for c in group.comparisons if "SRGAN" in (c.a, c.b)]
    assert len(srgan) == 8 and all(c.is_significant for c in srgan)
    assert all(m.ratings == 2600 for m in group.methods)


def test_the_model_gives_back_what_pictures_are_worth(paper: Analysis):
    qualities = [p.quality for p in paper.pictures if p.quality is not None]
    mos = [p.mos for p in paper.pictures if p.quality is not None]
    assert correlate(np.array(qualities), np.array(mos)).spearman > 0.99
    assert len(paper.pictures) == 1128 and all(p.ratings == 26 for p in paper.pictures)
    for group in paper.groups:
        for method in group.methods:
            assert method.model_quality == pytest.approx(method.mos.mean, abs=0.06)


def test_repeated_pictures_of_the_same_rater_do_not_differ(paper: Analysis):
    assert paper.retest is not None and paper.repeats == 10
    assert paper.retest.correlation.pairs == 260 and paper.retest.correlation.pearson > 0.6
    assert paper.retest.p_value > 0.05 and abs(paper.retest.difference) < 0.15


def test_second_scores_that_drift_are_found():
    rows = [
        rating(rater, "a", str(number), 3 + repeat * (number % 2), repeat=repeat)
        for rater in ("ann", "ben", "cat")
        for number in range(10)
        for repeat in (0, 1)
    ]
    retest = analyse(table_of(rows)).retest
    assert retest is not None and retest.p_value < 0.01
    assert (retest.same, retest.within_one, retest.difference) == (0.5, 1, 0.5)


def test_anchors_are_hit_as_often_as_counted_by_hand():
    rows = [
        *(rating("ann", "nearest", "8", s, is_calibration=True, anchor=1) for s in (1, 1, 2, 4)),
        rating("ann", "original", "8", 5, is_calibration=True, anchor=5),
        rating("ann", "original", "1", 5),
        rating("ann", "original", "2", 4),
        rating("ann", "a", "1", 3),
    ]
    anchors = {
        a.name: (a.score, a.ratings, a.hits, a.near) for a in analyse(table_of(rows)).anchors
    }
    assert anchors == {
        "calibration, 1 told": (1, 4, 0.5, 0.75),
        "calibration, 5 told": (5, 1, 1, 1),
        "hidden original": (5, 2, 0.5, 1),
    }
