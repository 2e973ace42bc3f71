"""What a table of figures says, and how sure of it one may be: plain functions on arrays."""

from fourfold.errors import MissingExtra, install_line

try:
    import scipy.stats as _  # noqa: F401
except ImportError as error:
    raise MissingExtra(f"Statistics need SciPy: {install_line('evaluate')}.") from error

from fourfold.statistics.bradley_terry import Strengths as Strengths
from fourfold.statistics.bradley_terry import bradley_terry as bradley_terry
from fourfold.statistics.bradley_terry import count_wins as count_wins
from fourfold.statistics.bradley_terry import strengths as strengths
from fourfold.statistics.corrections import holm as holm
from fourfold.statistics.correlation import Correlation as Correlation
from fourfold.statistics.correlation import correlate as correlate
from fourfold.statistics.intervals import Interval as Interval
from fourfold.statistics.intervals import crossed_mean_interval as crossed_mean_interval
from fourfold.statistics.intervals import mean_interval as mean_interval
from fourfold.statistics.paired import PairedTest as PairedTest
from fourfold.statistics.paired import wilcoxon as wilcoxon
from fourfold.statistics.power import more_raters as more_raters
from fourfold.statistics.ranks import average_ranks as average_ranks
from fourfold.statistics.screening import CorrelationScreening as CorrelationScreening
from fourfold.statistics.screening import KurtosisScreening as KurtosisScreening
from fourfold.statistics.screening import screen_by_correlation as screen_by_correlation
from fourfold.statistics.screening import screen_by_kurtosis as screen_by_kurtosis
from fourfold.statistics.subject_model import SubjectModel as SubjectModel
from fourfold.statistics.subject_model import fit_subject_model as fit_subject_model
from fourfold.statistics.subject_model import rater_bias as rater_bias
from fourfold.statistics.subject_model import remove_bias as remove_bias

__all__ = [
    "Correlation",
    "CorrelationScreening",
    "Interval",
    "KurtosisScreening",
    "PairedTest",
    "Strengths",
    "SubjectModel",
    "average_ranks",
    "bradley_terry",
    "correlate",
    "count_wins",
    "crossed_mean_interval",
    "fit_subject_model",
    "holm",
    "mean_interval",
    "more_raters",
    "rater_bias",
    "remove_bias",
    "screen_by_correlation",
    "screen_by_kurtosis",
    "strengths",
    "wilcoxon",
]
