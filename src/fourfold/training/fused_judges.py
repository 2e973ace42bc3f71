"""VGG19 and the discriminator as they train on a GPU, with few passes beside their convolutions."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fourfold.networks import Discriminator, VggFeatures
from fourfold.training.fused import cast_all, type_of


class FusedDiscriminator(Discriminator):
    """A discriminator that judges all batches in one go, each normalised by itself.

    The biases that a normalisation takes away again are left out, and so are its running
    statistics, which nobody asks of a judge in training.
    """

    def __init__(self, discriminator: Discriminator) -> None:
        super().__init__(discriminator.config)
        self.load_state_dict(discriminator.state_dict())
        self.train(discriminator.training)

    def forward(self, *batches: Tensor) -> Tensor:
        """As `Discriminator` has it; the batches are equally large."""
        from fourfold.training.fused_normalisation import normalise  # Triton, which not all have
        from fourfold.training.fused_passes import activate

        dtype = type_of(batches[0])
        maps = (2 * torch.cat(batches) - 1).to(dtype, memory_format=torch.channels_last)
        weighted = [layer for layer in self.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
        cast = cast_all([layer.weight for layer in weighted], dtype)
        weights = dict(zip(weighted, cast, strict=True))
        layers = iter(self.convolutions)
        for layer in layers:
            assert isinstance(layer, nn.Conv2d) and layer.bias is not None
            maps = F.conv2d(maps, weights[layer], stride=layer.stride, padding=layer.padding)
            norm = next(layers)
            if isinstance(norm, nn.LeakyReLU):
                slope = torch.full((1,), norm.negative_slope, device=maps.device)
                maps = activate(maps, layer.bias, slope)
                continue
            assert isinstance(norm, nn.BatchNorm2d)
            relu = next(layers)
            assert isinstance(relu, nn.LeakyReLU)
            maps = normalise(
                maps,
                norm.weight,
                norm.bias,
                slope=relu.negative_slope,
                epsilon=norm.eps,
                batches=len(batches),
            )
        judged = maps.flatten(start_dim=1)
        for judge in self.judge:
            if isinstance(judge, nn.Linear):
                judged = F.linear(judged, weights[judge], judge.bias.to(dtype))
            elif isinstance(judge, nn.LeakyReLU):
                judged = judge(judged)
        return judged.squeeze(1)


def fused_features(features: VggFeatures, image: Tensor) -> Tensor:
    """VGG19's features of pictures, as `VggFeatures` has them; its weights are frozen."""
    from fourfold.training.fused_passes import activate

    maps = features.centred(image).to(features.mean.dtype)
    none = torch.zeros(1, device=maps.device)  # of what is below 0 passes
    bias: Tensor | None = None
    for layer in features.layers:
        if isinstance(layer, nn.Conv2d):
            maps, bias = F.conv2d(maps, layer.weight, padding=1), layer.bias
        elif isinstance(layer, nn.ReLU):
            assert bias is not None
            maps = activate(maps, bias, none)
        else:
            maps = layer(maps)
    return maps.float()
