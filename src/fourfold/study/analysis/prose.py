"""The methods paragraph of a study, ready to print, and what else a report says in sentences."""

import math

from fourfold import __version__
from fourfold.statistics import Correlation, Interval
from fourfold.study.analysis.reliability import BT500, P913, UNFINISHED
from fourfold.study.analysis.results import Analysis
from fourfold.study.ratings import REFERENCE

_SCALES = {
    "acr": "on the five-point scale of absolute category rating, 1 (bad) to 5 (excellent), one at "
    "a time (ITU-T P.910, ACR)",
    "dcr": "beside the visible original on the five-point scale of degradation category rating, "
    "1 (very annoying) to 5 (imperceptible; ITU-T P.910, DCR)",
}
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def methods_paragraph(analysis: Analysis) -> str:
    """How the study was made and analysed, in sentences for a paper."""
    if analysis.mode == "pair":
        return " ".join([*_choosing(analysis), *_left_out(analysis), *_choice_analysis(analysis)])
    return " ".join([*_rating(analysis), *_left_out(analysis), *_score_analysis(analysis)])


def reliability_paragraph(analysis: Analysis) -> str:
    """What the repeated pictures say of the raters; empty where nothing was repeated."""
    retest = analysis.retest
    if retest is None:
        return ""
    differs = "differ" if retest.p_value < 0.05 else "do not differ significantly"
    if analysis.mode == "pair":
        return (
            f"{_begun(retest.correlation.pairs, 'pair')} of pictures came a second time: "
            f"{_percent(retest.same)} of the second choices were the first."
        )
    return (
        f"{_begun(retest.correlation.pairs, 'picture')} came a second time before the same rater: "
        f"{_correlated(retest.correlation)}{_percent(retest.same)} are equal and "
        f"{_percent(retest.within_one)} differ by one point at most. They {differs} (second less "
        f"first {retest.difference:+.2f}; paired Wilcoxon test, {p_text(retest.p_value)})."
    )


def _correlated(correlation: Correlation) -> str:
    """How far first and second scores go together; nothing where that means nothing."""
    if math.isnan(correlation.pearson):
        return ""
    return (
        f"first and second scores correlate with r = {correlation.pearson:.2f} (Pearson; "
        f"Spearman {correlation.spearman:.2f}), "
    )


def range_text(interval: Interval) -> str:
    """An interval without its mean."""
    return f"{interval.low:.2f} to {interval.high:.2f}".replace("-", "−")


def p_text(p_value: float) -> str:
    """A p-value as papers print it."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def _rating(analysis: Analysis) -> list[str]:
    counts = sorted(rater.ratings for rater in analysis.raters if rater.is_finished) or [
        rater.ratings for rater in analysis.raters
    ]
    each = f"{counts[0]:,}" if counts[0] == counts[-1] else f"{counts[0]:,} to {counts[-1]:,}"
    sentences = [
        f"{_begun(len(analysis.raters), 'rater')} took part and scored {each} "
        f"pictures each ({_methods(analysis)} of {_count(analysis.images, 'image')}) "
        f"{_SCALES[analysis.mode]}.",
        _showing(analysis),
    ]
    if any(REFERENCE in group.names for group in analysis.groups):
        sentences.append("The original was one of the methods, hidden among the others.")
    if any(anchor.name.startswith("calibration") for anchor in analysis.anchors):
        sentences.append(
            "Beforehand, examples of both ends of the scale were shown and named: "
            "nearest-neighbour enlargements as 1, originals as 5."
        )
    if analysis.repeats:
        sentences.append(f"Up to {_count(analysis.repeats, 'picture')} a rater came a second time.")
    return sentences


def _choosing(analysis: Analysis) -> list[str]:
    return [
        f"{_begun(len(analysis.raters), 'rater')} took part and chose the better of "
        f"two pictures of one image (two-alternative forced choice; {_methods(analysis)} of "
        f"{_count(analysis.images, 'image')}).",
        _showing(analysis),
    ]


def _showing(analysis: Analysis) -> str:
    return (
        "Pictures were shown at one image pixel on one device pixel on neutral grey, in an order "
        "of each rater's own, without telling the method; the median time to an answer was "
        f"{analysis.median_look:.1f} s."
    )


def _left_out(analysis: Analysis) -> list[str]:
    unfinished = sum(rater.left_out == UNFINISHED for rater in analysis.raters)
    screened = sum(bool(rater.left_out) for rater in analysis.raters) - unfinished
    sentences = []
    if unfinished:
        sentences.append(
            f"{_begun(unfinished, 'rater')} who did not finish "
            f"{'was' if unfinished == 1 else 'were'} left out."
        )
    if analysis.mode != "pair":
        sentences.append(
            f"Raters were screened by the kurtosis rule of ITU-R {BT500} and by their correlation "
            f"with the others (ITU-T {P913}; r below .75 over pictures and below .8 over methods; "
            "where more than a quarter would fall, also below half of the median rater's): "
            + ("nobody was left out." if not screened else f"{_count(screened, 'rater')} left out.")
        )
    return sentences


def _score_analysis(analysis: Analysis) -> list[str]:
    return [
        "Mean opinion scores are given with 95 % bootstrap intervals over raters and images "
        f"(2,000 resamples of both, percentiles, seed {analysis.seed}).",
        "Methods were compared by paired two-sided Wilcoxon signed-rank tests over the scores that "
        "one rater gave one image (pairs without a difference left out, ties averaged), with "
        "Holm's correction within each set of images; p < 0.05 counts as significant.",
        "As in Ledig et al. (2017), these pairs count as independent, so that the tests speak of "
        "these raters and images, the intervals of others too.",
        f"Analysis: fourfold {__version__}.",
    ]


def _choice_analysis(analysis: Analysis) -> list[str]:
    return [
        "Strengths are those of the Bradley-Terry model, with 95 % bootstrap intervals over raters "
        f"and images (1,000 resamples of both, percentiles, seed {analysis.seed}).",
        "Methods were compared by sign tests over choices with Holm's correction within each set "
        "of images; p < 0.05 counts as significant.",
        f"Analysis: fourfold {__version__}.",
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _methods(analysis: Analysis) -> str:
    names = {name for group in analysis.groups for name in group.names}
    return _count(len(names), "method")


def _count(number: int, noun: str) -> str:
    return f"{_small(number)} {noun}{'' if number == 1 else 's'}"


def _begun(number: int, noun: str) -> str:
    """A count at the beginning of a sentence."""
    return _count(number, noun).capitalize()


def _small(number: int) -> str:
    return _SMALL[number] if number < len(_SMALL) else f"{number:,}"
