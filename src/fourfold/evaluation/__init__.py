"""Measuring methods on test sets, proven by control rows: datasets, scores, tables, reports."""

from fourfold.evaluation.control import recognise as recognise
from fourfold.evaluation.dataset import Dataset as Dataset
from fourfold.evaluation.dataset import Pair as Pair
from fourfold.evaluation.dataset import find_dataset as find_dataset
from fourfold.evaluation.evaluate import evaluate as evaluate
from fourfold.evaluation.measures import MEASURES as MEASURES
from fourfold.evaluation.measures import Measure as Measure
from fourfold.evaluation.methods import Method as Method
from fourfold.evaluation.methods import find_method as find_method
from fourfold.evaluation.proof import Proof as Proof
from fourfold.evaluation.proof import prove as prove
from fourfold.evaluation.scores import Scores as Scores
