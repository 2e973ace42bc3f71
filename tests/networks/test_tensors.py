"""Between arrays and tensors."""

import numpy as np
import torch

from fourfold.networks import to_image, to_tensor


def test_integers_become_fractions_of_their_peak():
    image = np.array([[[0, 51, 255]]], np.uint8)
    assert to_tensor(image).flatten().tolist() == [0.0, np.float32(0.2), 1.0]
    assert to_tensor(np.array([[[65535]]], np.uint16)).item() == 1.0


def test_axes_go_there_and_back(photograph: np.ndarray):
    tensor = to_tensor(photograph / 255)
    assert tensor.shape == (1, 3, *photograph.shape[:2])
    assert tensor[0, 2, 5, 7] == photograph[5, 7, 2] / 255
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(to_image(tensor), photograph / 255)
