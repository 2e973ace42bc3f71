"""What fixes a study before the first rater comes: presets, their limits, questions."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

from fourfold.errors import InvalidStudy, nearest
from fourfold.study.ratings import Mode

Language = Literal["en", "de", "ko"]

MOST_QUESTIONS = 5
MOST_LOOK = 60


@dataclass(frozen=True)
class Question:
    """A question of the laboratory's own, answered by one of several choices."""

    text: str
    choices: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.choices) < 2:
            raise InvalidStudy(
                f"The question '{self.text}' needs a text and at least two choices: "
                "'Age: under 30 | 30 to 49 | 50 and over'."
            )
        if len(set(self.choices)) < len(self.choices):
            raise InvalidStudy(f"The question '{self.text}' has one choice twice.")

    @classmethod
    def parse(cls, line: str) -> "Question":
        """Read `TEXT: choice | choice | choice`."""
        text, _, choices = line.partition(":")
        return cls(text.strip(), tuple(part.strip() for part in choices.split("|") if part.strip()))


@dataclass(frozen=True, kw_only=True)
class Design:
    """All that a study is, besides its pictures; defaults: Ledig et al. 2017, section 3.5."""

    mode: Mode = "acr"
    seed: int = 1
    repeats: int = 10
    """Pictures that each rater sees a second time, for test-retest."""
    calibration: int = 20
    """Images of which each rater is first shown the nearest (1) and the original (5)."""
    most_ratings: int | None = None
    """Of one rater, calibration and repeats included; None: every picture."""
    break_every: int = 100
    """Ratings between two breaks."""
    least_look: float = 1.0
    """Seconds for which a picture must be looked at before it can be rated."""
    language: Language = "en"
    consent: str = ""
    """The laboratory's own text, paragraphs parted by empty lines; empty: the pages' own."""
    questions: tuple[Question, ...] = field(default=())

    def __post_init__(self) -> None:
        for name, values in (("mode", Mode), ("language", Language)):
            value = getattr(self, name)
            if value not in get_args(values):
                raise InvalidStudy(
                    f"There is no {name} '{value}'. {nearest(value, get_args(values))}"
                )
        for name in ("seed", "repeats", "calibration", "least_look"):
            if getattr(self, name) < 0:
                raise InvalidStudy(f"{name} is {getattr(self, name)}; it cannot be below 0.")
        if not self.least_look <= MOST_LOOK:  # which infinity and no number are not, either
            raise InvalidStudy(
                f"least_look is {self.least_look}; it cannot be above {MOST_LOOK} seconds."
            )
        if self.break_every < 1:
            raise InvalidStudy(f"break_every is {self.break_every}; it cannot be below 1.")
        if len(self.questions) > MOST_QUESTIONS:
            raise InvalidStudy(
                f"{len(self.questions)} questions are too many; at most {MOST_QUESTIONS}."
            )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Design":
        """The design that `dataclasses.asdict` was made of."""
        unknown = set(values) - {entry.name for entry in fields(cls)}
        if unknown:
            raise InvalidStudy(
                f"The study's design knows {', '.join(sorted(unknown))}, which this fourfold does "
                "not; a newer one made it."
            )
        questions = tuple(
            Question(question["text"], tuple(question["choices"]))
            for question in values.get("questions", ())
        )
        return cls(**values | {"questions": questions})


PRESETS = {
    "paper": Design(),
    "short": replace(
        Design(), repeats=5, calibration=5, most_ratings=60, break_every=30, least_look=0.5
    ),
}
"""`short` fits a phone and a quarter of an hour: 60 ratings of up to 15 seconds."""


def find_preset(name: str) -> Design:
    """The preset of a name.

    Raises:
        InvalidStudy: there is none; the sentence suggests one.
    """
    if name not in PRESETS:
        raise InvalidStudy(f"There is no preset '{name}'. {nearest(name, PRESETS)}")
    return PRESETS[name]
