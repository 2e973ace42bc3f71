"""Training: recipes, packed photographs, and the loop that makes weights of them."""

from fourfold.errors import MissingExtra, install_line

try:
    from fourfold.training.loop import train as train
except ModuleNotFoundError as error:
    raise MissingExtra(f"Training needs {error.name}: {install_line('train')}.") from error
from fourfold.training.checking import check_data as check_data
from fourfold.training.devices import find_device as find_device
from fourfold.training.gathering import Sample as Sample
from fourfold.training.measured import MEASURED as MEASURED
from fourfold.training.measured import Measured as Measured
from fourfold.training.packing import Pack as Pack
from fourfold.training.packing import Place as Place
from fourfold.training.packing import open_pack as open_pack
from fourfold.training.packing import pack as pack
from fourfold.training.photographs import is_packed as is_packed
from fourfold.training.planning import plan as plan
from fourfold.training.recipe import Recipe as Recipe
from fourfold.training.recipes import RECIPES as RECIPES
from fourfold.training.recipes import find_recipe as find_recipe
from fourfold.training.recipes import with_settings as with_settings
from fourfold.training.shards import is_shards as is_shards
from fourfold.training.shards import shard_names as shard_names

__all__ = [
    "MEASURED",
    "RECIPES",
    "Measured",
    "Pack",
    "Place",
    "Recipe",
    "Sample",
    "check_data",
    "find_device",
    "find_recipe",
    "is_packed",
    "is_shards",
    "open_pack",
    "pack",
    "plan",
    "shard_names",
    "train",
    "with_settings",
]
