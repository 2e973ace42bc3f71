"""Studies of what people see: their design, their store, and what their ratings say."""

from fourfold.errors import MissingExtra, install_line
from fourfold.study.ratings import Choice as Choice
from fourfold.study.ratings import Rating as Rating
from fourfold.study.ratings import RatingTable as RatingTable

try:
    from fourfold.study.creation import create_study as create_study
    from fourfold.study.design import Design as Design
    from fourfold.study.design import Question as Question
    from fourfold.study.design import find_preset as find_preset
    from fourfold.study.pictures import method_folders as method_folders
    from fourfold.study.pictures import picture_path as picture_path
    from fourfold.study.progress import RaterProgress as RaterProgress
    from fourfold.study.progress import progress as progress
    from fourfold.study.raters import Rater as Rater
    from fourfold.study.raters import answer_questions as answer_questions
    from fourfold.study.raters import check_link as check_link
    from fourfold.study.raters import find_rater as find_rater
    from fourfold.study.raters import forget as forget
    from fourfold.study.raters import has_answered as has_answered
    from fourfold.study.raters import invite as invite
    from fourfold.study.raters import join as join
    from fourfold.study.raters import renew_link as renew_link
    from fourfold.study.rating import Entry as Entry
    from fourfold.study.rating import rate as rate
    from fourfold.study.standing import Standing as Standing
    from fourfold.study.standing import picture_of as picture_of
    from fourfold.study.standing import standing as standing
    from fourfold.study.studies import Study as Study
    from fourfold.study.table import rating_table as rating_table
    from fourfold.study.transfer import export_study as export_study
    from fourfold.study.transfer import import_study as import_study
except ModuleNotFoundError as error:
    raise MissingExtra(f"Studies need {error.name}: {install_line('study')}.") from error

__all__ = [
    "Choice",
    "Design",
    "Entry",
    "Question",
    "Rater",
    "RaterProgress",
    "Rating",
    "RatingTable",
    "Standing",
    "Study",
    "answer_questions",
    "check_link",
    "create_study",
    "export_study",
    "find_preset",
    "find_rater",
    "forget",
    "has_answered",
    "import_study",
    "invite",
    "join",
    "method_folders",
    "picture_of",
    "picture_path",
    "progress",
    "rate",
    "rating_table",
    "renew_link",
    "standing",
]
