"""What a table of figures says, and how sure of it one may be: plain functions on arrays."""

from fourfold.errors import MissingExtra, install_line

try:
    import scipy.stats as _  # noqa: F401
except ImportError as error:
    raise MissingExtra(f"Statistics need SciPy: {install_line('evaluate')}.") from error

from fourfold.statistics.corrections import holm as holm
from fourfold.statistics.intervals import Interval as Interval
from fourfold.statistics.intervals import crossed_mean_interval as crossed_mean_interval
from fourfold.statistics.intervals import mean_interval as mean_interval
from fourfold.statistics.paired import PairedTest as PairedTest
from fourfold.statistics.paired import wilcoxon as wilcoxon

__all__ = [
    "Interval",
    "PairedTest",
    "crossed_mean_interval",
    "holm",
    "mean_interval",
    "wilcoxon",
]
