"""How like its original a result is: plain functions, under a named protocol."""

from typing import TYPE_CHECKING, Any

from fourfold.errors import MissingExtra, install_line
from fourfold.metrics.artefacts import colour_shift as colour_shift
from fourfold.metrics.artefacts import lattice_energy as lattice_energy
from fourfold.metrics.artefacts import white_spots as white_spots
from fourfold.metrics.protocol import LITERATURE as LITERATURE
from fourfold.metrics.protocol import PAPER as PAPER
from fourfold.metrics.protocol import Protocol as Protocol
from fourfold.metrics.psnr import consistency as consistency
from fourfold.metrics.psnr import psnr as psnr
from fourfold.metrics.psnr import psnr_rgb as psnr_rgb
from fourfold.metrics.psnr import psnr_y as psnr_y
from fourfold.metrics.ssim import ssim as ssim
from fourfold.metrics.ssim import ssim_daala as ssim_daala
from fourfold.metrics.ssim import ssim_daala_y as ssim_daala_y
from fourfold.metrics.ssim import ssim_y as ssim_y

if TYPE_CHECKING:
    from fourfold.metrics.perceptual import lpips as lpips

__all__ = [
    "LITERATURE",
    "PAPER",
    "Protocol",
    "colour_shift",
    "consistency",
    "lattice_energy",
    "lpips",
    "psnr",
    "psnr_rgb",
    "psnr_y",
    "ssim",
    "ssim_daala",
    "ssim_daala_y",
    "ssim_y",
    "white_spots",
]


def __getattr__(name: str) -> Any:
    """Load LPIPS when it is first used: it alone needs PyTorch."""
    if name != "lpips":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from fourfold.metrics.perceptual import lpips
    except ImportError as error:
        raise MissingExtra(f"LPIPS needs PyTorch: {install_line('torch')}.") from error
    return lpips
