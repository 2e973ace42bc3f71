"""Between arrays (H, W, C) and tensors (N, C, H, W)."""

import numpy as np
import torch
from torch import Tensor


def to_tensor(image: np.ndarray, *, device: str | torch.device = "cpu") -> Tensor:
    """A picture (H, W, C) as a channels-last tensor (1, C, H, W), float, in [0, 1].

    uint8 and uint16 are divided by 255 and 65535; floats keep their values and their type.
    """
    pixels = torch.from_numpy(np.ascontiguousarray(image))
    if torch.device(device).type == "cuda":
        # A copy from pinned memory does not wait for what the device still computes.
        pixels = pixels.pin_memory().to(device, non_blocking=True)
    else:
        pixels = pixels.to(device)
    if image.dtype.kind == "u":
        pixels = pixels.to(torch.float32) / np.iinfo(image.dtype).max
    return pixels.permute(2, 0, 1).unsqueeze(0)


def to_image(tensor: Tensor) -> np.ndarray:
    """A tensor (1, C, H, W) as an array (H, W, C) with the same values."""
    return tensor.squeeze(0).permute(1, 2, 0).contiguous().cpu().numpy()
