"""The metrics that evaluation knows, and what it says where one cannot be taken."""

import subprocess
import sys

WITHOUT_TORCH = """
import sys

class WithoutTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, WithoutTorch())
from fourfold.errors import MissingExtra
from fourfold.evaluation import find_measures
measures, missing = find_measures(None)
print([measure.name for measure in measures])
print(missing)
try:
    find_measures(["psnr_y", "lpips"])
except MissingExtra as error:
    print("refused:", error)
"""


def test_without_pytorch_lpips_is_said_to_be_missing_and_the_others_are_taken():
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True
    )
    taken, missing, refused = result.stdout.splitlines()
    assert taken == "['psnr_y', 'ssim_daala_y', 'ssim_y', 'psnr_rgb', 'consistency']"
    assert "LPIPS needs PyTorch" in missing and "pip install" in missing
    assert refused.startswith("refused: LPIPS needs PyTorch")
