"""Every error that fourfold raises for a reason a user can mend, and how it names the mend."""

from collections.abc import Iterable
from difflib import get_close_matches


class FourfoldError(Exception):
    """What a user can mend; the message is one sentence or two, fit to be shown as it is.

    FourfoldError
    ├── UnreadableImage     a file that is missing, cut short or not a picture
    ├── ImageTooLarge       more pixels than allowed, or than a file format can hold
    ├── UnwritableImage     a place that cannot be written, or a result the format cannot hold
    ├── InvalidImage        an array that is not a picture
    ├── InvalidSize         a size that no network enlarges to
    ├── BrokenResult        a result that cannot be right
    ├── ShapeMismatch       two arrays that should have one shape
    ├── InvalidConfig       a network that cannot be built
    ├── UnknownModel        neither a name that is shipped nor a file
    ├── InvalidWeights      a file that does not hold what it should
    ├── UnavailableDevice   a device that is not there, or is not known
    ├── MissingExtra        a library that another install line brings
    ├── InvalidRecipe       a training that cannot be, or does not fit what it starts from
    ├── InvalidData         photographs or packed sets that nothing can be learnt from
    ├── InvalidRun          a run folder that is damaged, or belongs to another recipe
    ├── DivergedTraining    a loss that is no longer a finite number
    ├── InvalidTable        figures from which nothing can be computed
    ├── InvalidStudy        a study that cannot be, is not there, or is damaged
    ├── RefusedRating       a rating, or a rater, that the study does not take
    ├── UnwritableReport    a place where results cannot be written
    ├── InvalidDataset      test pictures that cannot be measured on
    ├── UnknownMethod       a method or metric that there is not
    ├── FailedMethod        a method that gave no result, or one of the wrong size
    └── InvalidScores       a file of scores that does not hold what it should
    """


class UnreadableImage(FourfoldError):
    """A file that is missing, cut short or not a picture."""


class ImageTooLarge(FourfoldError):
    """A picture of more pixels than allowed, or than a file format can hold."""


class UnwritableImage(FourfoldError):
    """A place that cannot be written, or a result that the format cannot hold."""


class InvalidImage(FourfoldError):
    """An array that is not a picture under the pixel contract."""


class InvalidSize(FourfoldError):
    """A size that no network enlarges to."""


class BrokenResult(FourfoldError):
    """A result that cannot be right: not finite, or constant where the picture is not."""


class ShapeMismatch(FourfoldError):
    """Two arrays that should have one shape."""


class InvalidConfig(FourfoldError):
    """A network that cannot be built."""


class UnknownModel(FourfoldError):
    """Neither the name of shipped weights nor a weights file."""


class InvalidWeights(FourfoldError):
    """A weights file that does not hold what it should."""


class UnavailableDevice(FourfoldError):
    """A device that is not there, or is not known."""


class MissingExtra(FourfoldError):
    """A library that the plain install does not bring."""


class InvalidRecipe(FourfoldError):
    """A training that cannot be, or does not fit the weights that it starts from."""


class InvalidData(FourfoldError):
    """Photographs or packed sets that nothing can be learnt from."""


class InvalidRun(FourfoldError):
    """A run folder that is damaged, cannot be written, or belongs to another recipe."""


class DivergedTraining(FourfoldError):
    """A loss that is no longer a finite number."""


class InvalidTable(FourfoldError):
    """Figures from which nothing can be computed."""


class InvalidStudy(FourfoldError):
    """A study that cannot be, is not there, is damaged, or is of a newer version."""


class RefusedRating(FourfoldError):
    """A rating or a rater that the study does not take; `reason` is a key of the pages' texts."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnwritableReport(FourfoldError):
    """A place where results cannot be written."""


class InvalidDataset(FourfoldError):
    """Test pictures that cannot be measured on."""


class UnknownMethod(FourfoldError):
    """A method or metric that there is not."""


class FailedMethod(FourfoldError):
    """A method that gave no result for a picture, or one of the wrong size."""


class InvalidScores(FourfoldError):
    """A file of scores that does not hold what it should."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The sentence that suggests the known name most like `name`, or all of them.

    Returns:
        `Did you mean 'srgan'?`, or `Known are: a, b.` where none is near.
    """
    names = sorted(known)
    match = get_close_matches(name, names, n=1) or get_close_matches(name.lower(), names, n=1)
    return f"Did you mean '{match[0]}'?" if match else f"Known are: {', '.join(names)}."


def amount(count: float) -> str:
    """A number of bytes as people read it: `4.3 MB`, `2.1 GB`."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e3:.1f} kB"


def install_line(extra: str) -> str:
    """How to get an extra: no index has the package yet, and its name there may be a stranger's."""
    return f"in fourfold's checkout, pip install '.[{extra}]'"
