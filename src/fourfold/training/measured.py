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


_MACHINE = "one thread of a Xeon with AVX-512 and AMX, beside other work"

MEASURED: dict[str, Measured] = {
    "srresnet-mse-cpu": Measured(
        crops=20_000, minutes=27, machine=_MACHINE, score="30.93 dB on Set5, bicubic 28.43"
    ),
    "srresnet-mse-fast": Measured(
        crops=607_680,
        minutes=2.3,
        machine="one H200, all of 192x192",
        score="31.94 dB on Set5, its start, the shipped srresnet, 31.87",
    ),
    "srgan-vgg54-fast": Measured(
        crops=526_784,
        minutes=3.2,
        machine="one H200, adversarial_most=0",
        score="LPIPS .089 on Set5, its start .170",
    ),
    "srgan-vgg54-cpu": Measured(
        crops=20_000, minutes=61, machine=_MACHINE, score="LPIPS .103 on Set5, its start .172"
    ),
}
"""By the name of the recipe."""
