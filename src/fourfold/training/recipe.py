"""What fixes a training run: the recipe."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from fourfold.errors import InvalidRecipe
from fourfold.training.degradation import Degradation
from fourfold.training.reduction import Kernel
from fourfold.weights import GeneratorConfig

_COUNTS = (
    "hr_crop",
    "batch",
    "late_hr_crop",
    "late_batch",
    "shard_steps",
    "steps",
    "validate_every",
    "discriminator_width",
    "discriminator_dense",
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that fixes one training run but its photographs; defaults: Ledig et al. 2017, 3.2.

    Raises:
        InvalidRecipe: a value with which nothing can be trained.
    """

    name: str
    reference: str
    """One line: what of the paper it follows, and where it leaves it."""
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    start: Literal["kaiming", "nearest", "srresnet", "srgan"] = "kaiming"
    """Weights to start from where none are named: random, random ones that enlarge by nearest
    neighbour, or shipped ones, with their normalisation."""
    content: Literal["mse", "l1", "vgg22", "vgg54"] = "mse"
    """Content loss: of the pixels on [-1, 1], or squared of VGG19's features, divided by 12.75."""
    adversarial: float = 0.0
    """Weight of the adversarial loss beside the content loss; 0 for no discriminator."""
    adversarial_most: float = 0.0
    """Largest norm of the adversarial gradient at the result, the content's being 1; 0 for any.
    Nothing else holds it down, and late in a run it can outgrow the content's."""
    tones: float = 0.0
    """Weight of the tones term, which is not in the paper: mean |reduce(SR) - LR| on [0, 1]."""
    total_variation: float = 0.0
    """Weight of the total variation of the result."""
    hr_crop: int = 96
    """Side of the square HR crop, pixels; a multiple of the scale."""
    batch: int = 16
    """Crops in a step."""
    crops_from: Literal["distinct", "area"] = "distinct"
    """A batch's crops come from distinct pictures, as in the paper; or each pixel is as likely."""
    reduction: Kernel = "bicubic"
    """Makes LR of HR: the cubic of section 3.2, or section 2's Gaussian and decimation."""
    degradation: Degradation | None = None
    """What makes LR pictures worse than the bicubic does; None for nothing, as in the paper."""
    clean: float = 0.0
    """Share of the crops that a degradation leaves as the bicubic makes them."""
    shard_steps: int = 500
    """Steps that a shard serves, where photographs come in shards."""
    turned: bool = False
    """Whether crops are flipped and turned at random; the paper mentions nothing of it."""
    steps: int = 1_000_000
    """Updates of the generator."""
    minutes: float = 0.0
    """Length by time: `steps` are then sized from the measured rate; 0 for `steps` as they are."""
    late_share: float = 0.0
    """Share of the steps, at the end, that the next three values hold for; 0 for none."""
    late_content: Literal["mse", "l1", "vgg22", "vgg54"] = "mse"
    """Content loss near the end."""
    late_hr_crop: int = 192
    """Side of the HR crop near the end, pixels."""
    late_batch: int = 32
    """Crops in a step near the end."""
    learning_rate: float = 1e-4
    """Adam's rate between warm-up and decay."""
    optimiser: Literal["adam", "muon"] = "adam"
    """What moves the generator: Adam, or Muon for its 3x3 convolutions and Adam for the rest."""
    muon_rate: float = 1e-3
    """Muon's rate, which follows Adam's in all else."""
    beta2: float = 0.999
    """Adam's second beta; the first is 0.9, as in the paper."""
    warm_up: int = 0
    """Steps in which the rate rises from 0."""
    decay: int | None = 0
    """Steps at the end in which the rate falls to 0 along a cosine; None for `decay_share`."""
    decay_share: float = 0.15
    """Share of the steps that the decay takes, as far as the warm-up leaves room."""
    tenth: int = 0
    """Steps at the end with a tenth of the rate."""
    judges: Literal["fp32", "bf16", "auto"] = "fp32"
    """What VGG19 and the discriminator compute in; auto: bf16 where the device has it natively."""
    discriminator_width: int = 64
    """Maps of the discriminator's first convolutions."""
    discriminator_dense: int = 1024
    """Features of its last layer but one."""
    discriminator_learning_rate: float = 1e-4
    """The discriminator's rate; it follows the generator's in all else."""
    discriminator_alone: int = 0
    """Steps at the beginning in which the discriminator trains alone."""
    clip: float = 0.0
    """Largest norm of the gradient of all parameters; 0 for any."""
    average: float = 0.0
    """What the average of the parameters keeps at each step, .999 for instance; 0 for none."""
    kernels: Literal["native", "torch"] = "native"
    """What computes convolutions in fp32 on CPUs: fourfold's own kernels, or PyTorch's."""
    norm_of_all: bool = False
    """Whether batch normalisation sees the batch of all processes, or each its own part."""
    recalibrate: int = 0
    """Batches that batch normalisation's statistics are estimated anew from at the end."""
    seed: int = 1
    """Decides all random values: another gives another run."""
    validate_every: int = 5_000
    """Steps between two looks at the held-out photographs."""
    snapshots: tuple[int, ...] = ()
    """Steps after which the weights as they are then are kept, as in figure 8."""

    def __post_init__(self) -> None:
        for name in _COUNTS:
            self._check(name, getattr(self, name) >= 1, "must be a whole number above 0")
        for name in ("warm_up", "seed", "tenth", "discriminator_alone", "recalibrate"):
            self._check(name, getattr(self, name) >= 0, "must be a whole number, 0 or more")
        for name in (
            "clip",
            "adversarial",
            "adversarial_most",
            "tones",
            "total_variation",
            "minutes",
        ):
            value = getattr(self, name)
            self._check(name, 0 <= value < math.inf, "must be 0 or more, and finite")
        for name in ("learning_rate", "muon_rate", "discriminator_learning_rate"):
            self._check(name, 0 < getattr(self, name) < 1, "must lie between 0 and 1")
        for name in ("beta2", "average", "late_share"):
            self._check(name, 0 <= getattr(self, name) < 1, "must be at least 0 and below 1")
        for name in ("decay_share", "clean"):
            self._check(name, 0 <= getattr(self, name) <= 1, "must be 0 to 1")
        need = "must be 0: this recipe degrades nothing"
        self._check("clean", not self.clean or self.degradation is not None, need)
        is_right = all(step >= 1 for step in self.snapshots)
        self._check("snapshots", is_right, "must be whole numbers above 0")
        if self.late_share and self.adversarial:
            need = f"must be {self.hr_crop}, as hr_crop is: the discriminator judges that size"
            self._check("late_hr_crop", self.late_hr_crop == self.hr_crop, need)
        scale = self.generator.scale
        for name in ("hr_crop", *(["late_hr_crop"] if self.late_share else [])):
            is_whole = getattr(self, name) % scale == 0
            self._check(name, is_whole, f"must be a multiple of scale {scale}")
        room = self.steps - self.warm_up
        need = f"must be at most the {self.steps} steps: set it smaller, or more steps"
        self._check("warm_up", room >= 0, need)
        need = f"must be below the {self.steps} steps, or all of them have a tenth of the rate"
        self._check("tenth", self.tenth < self.steps, need)
        fits = 0 <= self.decay_steps <= room
        need = f"must fit into the {room} steps after warm_up"
        self._check("decay", fits, need, self.decay_steps)
        if self.tones:
            room = self.lr_crop - 4
            self._check("hr_crop", room > 0, f"must be above {4 * scale} for tones")
        if self.start == "nearest":
            width, normalisation = self.generator.width, self.generator.normalisation
            self._check("width", width >= 3, "must be 3 or more for start 'nearest'", width)
            self._check(
                "normalisation",
                normalisation == "none",
                "must be 'none' for start 'nearest', whose maps no normalisation may touch",
                normalisation,
            )

    def _check(self, name: str, is_right: bool, need: str, value: object = None) -> None:
        if not is_right:
            value = getattr(self, name) if value is None else value
            raise InvalidRecipe(f"{name} is {value!r}; it {need}.")

    @property
    def is_plain(self) -> bool:
        """Whether the input is the original's exact bicubic, so that it has the right tones."""
        return self.reduction == "bicubic" and self.degradation is None

    @property
    def is_perceptual(self) -> bool:
        """Whether it trains for the eye, so that LPIPS says which weights are best, not PSNR."""
        return self.adversarial > 0 or self.content in ("vgg22", "vgg54")

    @property
    def decay_steps(self) -> int:
        """Steps in which the rate falls at the end."""
        if self.decay is None:
            return min(round(self.decay_share * self.steps), self.steps - self.warm_up)
        return self.decay

    @property
    def crops(self) -> int:
        """Crops seen in all."""
        return self.crops_until(self.steps)

    @property
    def largest_hr_crop(self) -> int:
        """The side that every photograph must have, pixels."""
        return max(self.hr_crop, self.late_hr_crop if self.late_share else 0)

    @cached_property
    def late(self) -> "Recipe":
        """The recipe as it is near the end."""
        return replace(
            self, content=self.late_content, hr_crop=self.late_hr_crop, batch=self.late_batch
        )

    @property
    def late_from(self) -> int:
        """The first step that `late` holds for."""
        return self.steps - round(self.late_share * self.steps)

    def at(self, step: int) -> "Recipe":
        """The recipe as it is at a step, counted from 0."""
        is_late = self.late_share > 0 and step >= self.late_from
        return self.late if is_late else self

    def crops_until(self, step: int) -> int:
        """Crops seen in the steps before `step`."""
        late = max(0, step - self.late_from) if self.late_share else 0
        return (step - late) * self.batch + late * self.late_batch

    @property
    def lr_crop(self) -> int:
        """Side of the square LR crop, pixels."""
        return self.hr_crop // self.generator.scale
