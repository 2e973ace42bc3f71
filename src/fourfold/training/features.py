"""Where VGG19's weights come from: a file that is named, or torchvision's, fetched once."""

from collections.abc import Callable
from pathlib import Path

import torch

from fourfold.errors import InvalidRecipe, InvalidWeights
from fourfold.networks import keep_convolutions
from fourfold.training.losses import LAYERS
from fourfold.training.recipe import Recipe

URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"


def find_vgg(
    recipe: Recipe, vgg: Path | None, *, say: Callable[[str], None], url: str | None = None
) -> Path | None:
    """The file with VGG19's weights that a recipe looks through, if it does.

    Args:
        recipe: what is trained.
        vgg: the file that was named.
        say: is told that a file is fetched, half a gigabyte.
        url: where another than torchvision's lies; its name ends with how its sha256 begins.

    Raises:
        InvalidRecipe: it cannot be fetched, or is not what its name says.
    """
    if not is_fetched(recipe, vgg, url=url):
        return vgg or (_places(url)[1] if recipe.content in LAYERS else None)
    url = url or URL
    whole, kept = _places(url)
    had = whole.exists()
    try:
        if not had:
            say(f"Fetching VGG19 from {url}, once.")
            whole.parent.mkdir(parents=True, exist_ok=True)
            hash_prefix = whole.stem.rpartition("-")[2]
            torch.hub.download_url_to_file(url, str(whole), hash_prefix=hash_prefix, progress=False)
        keep_convolutions(whole, kept)
    except (OSError, RuntimeError, InvalidWeights) as error:
        raise InvalidRecipe(
            f"The content loss {recipe.content} looks through VGG19, which could not be fetched "
            f"({error}): name a file with its weights with --vgg, or put {url} at {whole}."
        ) from error
    if not had:
        whole.unlink()
    return kept


def is_fetched(recipe: Recipe, vgg: Path | None, *, url: str | None = None) -> bool:
    """Whether a run has to fetch VGG19's weights, or to read them out of torchvision's file."""
    return vgg is None and recipe.content in LAYERS and not _places(url)[1].exists()


def _places(url: str | None) -> tuple[Path, Path]:
    """Where torchvision's file lies while it is read, and what is kept of it."""
    whole = Path(torch.hub.get_dir()) / "checkpoints" / (url or URL).rpartition("/")[2]
    return whole, whole.with_suffix(".convolutions.safetensors")
