"""The losses of the paper and of its variants, each a mean over a batch.

Pictures come on [0, 1]; the paper's losses live on [-1, 1], a factor that is at home here.
"""

from pathlib import Path
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from fourfold.engine import TrainingKernels
from fourfold.errors import InvalidRecipe
from fourfold.networks import VggFeatures, read_vgg
from fourfold.training.native_features import features_of_both
from fourfold.training.reduction import reduce_differentiably

Content = Literal["mse", "l1", "vgg22", "vgg54"]

LAYERS: dict[str, Literal["2_2", "5_4"]] = {"vgg22": "2_2", "vgg54": "5_4"}
"""Which of VGG19's a content loss looks at, where it does."""


class ContentLoss:
    """How far a result is from its original, in pixels or in features of VGG19.

    Args:
        kind: mse, l1, vgg22 or vgg54.
        vgg: VGG19 or the file with its weights, where features are compared.
        device: where they are.
        dtype: what VGG19 computes in.
        kernels: what computes its convolutions in float32; PyTorch's if None.

    Raises:
        InvalidRecipe: features are to be compared and no file is named.
        InvalidWeights: the file is not a VGG19.

    Source: Ledig et al. 2017, equations 4 and 5; means over channels too are our reading of them.
    """

    def __init__(
        self,
        kind: Content,
        vgg: Path | VggFeatures | None,
        *,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        kernels: TrainingKernels | None = None,
    ) -> None:
        assert kind in get_args(Content)
        self.kind = kind
        self._features: VggFeatures | None = None
        if kind in LAYERS:
            if vgg is None:
                raise InvalidRecipe(
                    f"The content loss {kind} looks through VGG19: name the file with its weights "
                    "with --vgg."
                )
            read = vgg if isinstance(vgg, VggFeatures) else read_vgg(vgg, LAYERS[kind])
            self._features, self._kernels = read.to(device, dtype), kernels

    def __call__(self, sr: Tensor, hr: Tensor) -> Tensor:
        """The loss of `sr`, not clamped, against `hr`: both (N, 3, H, W)."""
        if self._features is None:
            difference = 2 * (sr - hr)
        else:
            results, originals = features_of_both(self._features, sr, hr, kernels=self._kernels)
            difference = results - originals
        return difference.abs().mean() if self.kind == "l1" else difference.square().mean()


def adversarial_loss(judged_sr: Tensor) -> Tensor:
    """-log D(G(lr)), the mean over a batch.

    Args:
        judged_sr: the discriminator's logits of results, (N,).

    Source: Ledig et al. 2017, equation 6, printed as a sum.
    """
    return F.softplus(-judged_sr).mean()


def discriminator_loss(judged_hr: Tensor, judged_sr: Tensor) -> Tensor:
    """-log D(hr) - log (1 - D(G(lr))), the mean over a batch.

    Args:
        judged_hr: the discriminator's logits of originals, (N,).
        judged_sr: those of results, (N,).

    Source: Ledig et al. 2017, equation 2.
    """
    return F.softplus(-judged_hr).mean() + F.softplus(judged_sr).mean()


def tones_loss(sr: Tensor, small: Tensor, *, scale: int) -> Tensor:
    """Mean absolute difference between the result made small again and what it should be then.

    Not in the paper: VGG features hardly see local tones, which wander by 4 to 5 levels without it.

    Args:
        sr: shape (N, 3, scale h, scale w), not clamped.
        small: shape (N, 3, h - 4, w - 4), on [0, 1]: the input without its outermost 2 pixels,
            which lie beyond what a crop knows.
        scale: factor per side.
    """
    return (reduce_differentiably(sr, scale) - small).abs().mean()


def total_variation(sr: Tensor) -> Tensor:
    """Sum of absolute differences of neighbours, down and across, on [-1, 1]; mean over a batch.

    The paper gives its weight, 2e-8 for SRResNet-VGG22, and neither form nor reduction.
    """
    down = (sr[:, :, 1:] - sr[:, :, :-1]).abs().sum()
    across = (sr[:, :, :, 1:] - sr[:, :, :, :-1]).abs().sum()
    return 2 * (down + across) / len(sr)
