"""Measuring methods on test sets, proven by control rows: datasets, scores, tables, reports."""

from fourfold.evaluation.cache import Cache as Cache
from fourfold.evaluation.comparing import compare_page as compare_page
from fourfold.evaluation.comparing import compare_text as compare_text
from fourfold.evaluation.comparing import compare_trio as compare_trio
from fourfold.evaluation.comparing import find_trios as find_trios
from fourfold.evaluation.dataset import Dataset as Dataset
from fourfold.evaluation.dataset import Pair as Pair
from fourfold.evaluation.dataset import find_dataset as find_dataset
from fourfold.evaluation.files import scores_csv as scores_csv
from fourfold.evaluation.files import scores_json as scores_json
from fourfold.evaluation.files import scores_latex as scores_latex
from fourfold.evaluation.measures import MEASURES as MEASURES
from fourfold.evaluation.measures import Compared as Compared
from fourfold.evaluation.measures import Measure as Measure
from fourfold.evaluation.measures import find_measures as find_measures
from fourfold.evaluation.measuring import evaluate as evaluate
from fourfold.evaluation.methods import Case as Case
from fourfold.evaluation.methods import Method as Method
from fourfold.evaluation.methods import default_methods as default_methods
from fourfold.evaluation.methods import find_method as find_method
from fourfold.evaluation.methods import find_methods as find_methods
from fourfold.evaluation.mos import read_opinions as read_opinions
from fourfold.evaluation.outputs import paper_text as paper_text
from fourfold.evaluation.outputs import summary as summary
from fourfold.evaluation.outputs import write_report as write_report
from fourfold.evaluation.proof import Proof as Proof
from fourfold.evaluation.proof import prove as prove
from fourfold.evaluation.scores import Scores as Scores
from fourfold.evaluation.snapshots import Snapshots as Snapshots
from fourfold.evaluation.snapshots import find_snapshots as find_snapshots
from fourfold.evaluation.snapshots import measure_snapshots as measure_snapshots
from fourfold.evaluation.snapshots import snapshots_page as snapshots_page
from fourfold.evaluation.snapshots import snapshots_text as snapshots_text
from fourfold.evaluation.text import proof_text as proof_text

__all__ = [
    "MEASURES",
    "Cache",
    "Case",
    "Compared",
    "Dataset",
    "Measure",
    "Method",
    "Pair",
    "Proof",
    "Scores",
    "Snapshots",
    "compare_page",
    "compare_text",
    "compare_trio",
    "default_methods",
    "evaluate",
    "find_dataset",
    "find_measures",
    "find_method",
    "find_methods",
    "find_snapshots",
    "find_trios",
    "measure_snapshots",
    "paper_text",
    "proof_text",
    "prove",
    "read_opinions",
    "scores_csv",
    "scores_json",
    "scores_latex",
    "snapshots_page",
    "snapshots_text",
    "summary",
    "write_report",
]
