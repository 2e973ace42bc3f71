"""What runs by the recipes took and gave: only those that were done, each with its machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One run; docs/reproduce.md has its command and its curve."""

    crops: int
    minutes: float
    """From start to end, looks at the held-out photographs included."""
    machine: str
    score: str
    """Of what came out, with what it was measured on."""

    def __str__(self) -> str:
        time = (
            f"{self.minutes:,.0f} minutes" if self.minutes >= 10 else f"{self.minutes:.1f} minutes"
        )
        return f"{self.crops:,} crops in {time} on {self.machine}: {self.score}"


MEASURED: dict[str, Measured] = {}
"""By the name of the recipe."""
