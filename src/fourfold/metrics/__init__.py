"""How like its original a result is: plain functions, under a named protocol."""

from fourfold.metrics.protocol import LITERATURE as LITERATURE
from fourfold.metrics.protocol import PAPER as PAPER
from fourfold.metrics.protocol import Protocol as Protocol
from fourfold.metrics.psnr import psnr as psnr
from fourfold.metrics.psnr import psnr_y as psnr_y

__all__ = ["LITERATURE", "PAPER", "Protocol", "psnr", "psnr_y"]
