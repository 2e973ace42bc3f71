"""Small random generators, as weights files would hold them."""

import numpy as np
from hypothesis import strategies as st

from fourfold.weights import Card, GeneratorConfig, Weights, tensor_shapes

CARD = Card(purpose="a test", recipe="random", data="none")


def random_weights(config: GeneratorConfig, seed: int) -> Weights:
    """Kaiming convolutions, BN variances from 0.5 to 2, slopes from -0.1 to 1.5; float32."""
    rng = np.random.default_rng(seed)

    def tensor(name: str, shape: tuple[int, ...]) -> np.ndarray:
        if name.endswith("prelu.weight"):
            return rng.uniform(-0.1, 1.5, shape)
        if name.endswith("running_var"):
            return rng.uniform(0.5, 2, shape)
        if len(shape) == 4:
            return rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
        if ".norm" in name and name.endswith("weight"):
            return rng.uniform(0.5, 1.5, shape)
        return rng.normal(0, 0.1, shape)

    tensors = {
        name: tensor(name, shape).astype(np.float32)
        for name, shape in tensor_shapes(config).items()
    }
    return Weights(config=config, tensors=tensors, card=CARD)


def configs(
    *, largest_depth: int = 3, largest_width: int = 6
) -> st.SearchStrategy[GeneratorConfig]:
    """Every kind of generator, small."""
    return st.builds(
        GeneratorConfig,
        scale=st.sampled_from([2, 4, 8]),
        depth=st.integers(1, largest_depth),
        width=st.integers(1, largest_width),
        normalisation=st.sampled_from(["batch", "none"]),
        slopes=st.sampled_from(["shared", "channel"]),
        skips=st.booleans(),
    )
