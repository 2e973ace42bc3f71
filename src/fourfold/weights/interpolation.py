"""Between a network and its partner: how much invented detail a picture gets.

An SRGAN starts from an SRResNet, and their parameters stay close enough for each point on the line
between them to be a good network: from the closest picture to the most believable one.

Source: Wang et al. 2018, ESRGAN (arXiv 1809.00219), section 3.4.
"""

from fourfold.errors import InvalidConfig
from fourfold.weights.fold import FoldedGenerator, Layer


def interpolate(
    network: FoldedGenerator, partner: FoldedGenerator, realism: float
) -> FoldedGenerator:
    """The network at `realism` on the line from its partner (0) to itself (1).

    Raises:
        InvalidConfig: `realism` is not from 0 to 1, or the two differ in shape.
    """
    if not 0 <= realism <= 1:
        raise InvalidConfig(f"realism is {realism:g}; it must be from 0 to 1.")
    if _shape(network) != _shape(partner):
        raise InvalidConfig("A network and its partner must have one config; these differ.")

    def between(one: Layer, other: Layer) -> Layer:
        slopes = None
        if one.slopes is not None and other.slopes is not None:
            slopes = realism * one.slopes + (1 - realism) * other.slopes
        return Layer(
            weight=realism * one.weight + (1 - realism) * other.weight,
            bias=realism * one.bias + (1 - realism) * other.bias,
            slopes=slopes,
        )

    return FoldedGenerator(
        scale=network.scale,
        width=network.width,
        skips=network.skips,
        head=between(network.head, partner.head),
        blocks=tuple(
            (between(first, other_first), between(second, other_second))
            for (first, second), (other_first, other_second) in zip(
                network.blocks, partner.blocks, strict=True
            )
        ),
        trunk=between(network.trunk, partner.trunk),
        upsample=tuple(map(between, network.upsample, partner.upsample)),
        tail=between(network.tail, partner.tail),
    )


def _shape(network: FoldedGenerator) -> tuple[int, int, bool, int]:
    return network.scale, network.width, network.skips, len(network.blocks)
