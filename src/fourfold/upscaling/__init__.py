"""Enlarging pictures: the upscaler, the engines that it runs on, and batches of files."""

from fourfold.upscaling.batch import Job as Job
from fourfold.upscaling.batch import plan_jobs as plan_jobs
from fourfold.upscaling.batch import results_among as results_among
from fourfold.upscaling.engines import EngineName as EngineName
from fourfold.upscaling.engines import open_engine as open_engine
from fourfold.upscaling.ledger import Ledger as Ledger
from fourfold.upscaling.ledger import fingerprint as fingerprint
from fourfold.upscaling.overlapping import Stop as Stop
from fourfold.upscaling.overlapping import overlapping as overlapping
from fourfold.upscaling.picture import Facts as Facts
from fourfold.upscaling.picture import Progress as Progress
from fourfold.upscaling.precision import Precision as Precision
from fourfold.upscaling.region import Region as Region
from fourfold.upscaling.size import fitting_size as fitting_size
from fourfold.upscaling.upscaler import Upscaler as Upscaler

__all__ = [
    "EngineName",
    "Facts",
    "Job",
    "Ledger",
    "Precision",
    "Progress",
    "Region",
    "Stop",
    "Upscaler",
    "fingerprint",
    "fitting_size",
    "open_engine",
    "overlapping",
    "plan_jobs",
    "results_among",
]
