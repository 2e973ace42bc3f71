"""Names of weights: those shipped with fourfold, and files."""

import os
from pathlib import Path

from fourfold.errors import InvalidWeights, UnknownModel, nearest
from fourfold.weights.files import Weights, read_weights, tensors_sha256

DEFAULT_MODEL = "srgan"
"""What people come for; `srresnet` is for measuring."""

_SHIPPED = Path(__file__).parent / "shipped"


def shipped_names() -> list[str]:
    """The names of all weights that fourfold ships, sorted."""
    return sorted(path.stem for path in _SHIPPED.glob("*.safetensors"))


def run_weights(run: Path) -> Path:
    """The weights file of a training run's folder: the best look at the held-out photographs."""
    return run / "best" / "weights.safetensors"


def weights_path(model: str | Path) -> Path:
    """The file behind a model: a shipped name, else the path of a weights file or of a run.

    Raises:
        UnknownModel: neither a shipped name nor a file; the message suggests the nearest name.
    """
    if str(model) in shipped_names():
        return _SHIPPED / f"{model}.safetensors"
    path = Path(model)
    try:
        is_folder, is_there = path.is_dir(), path.exists()
        is_run = is_folder and run_weights(path).is_file()
    except (OSError, ValueError) as error:  # no permission to look, or no name that can be
        raise UnknownModel(f"The model '{model}' cannot be looked at: {error}.") from error
    if is_run:
        return run_weights(path)
    if is_folder:
        raise UnknownModel(
            f"'{model}' is a folder, and no run that has weights; name shipped weights, a weights "
            "file or a run."
        )
    if not is_there:
        run = Path(os.environ.get("FOURFOLD_RUNS", "runs"), model)  # where `train` puts a bare name
        is_run = run_weights(run).is_file()
        hint = f"Did you mean '{run}'?" if is_run else nearest(str(model), shipped_names())
        raise UnknownModel(f"There is no model or weights file '{model}'. {hint}")
    return path


def model_at(model: str | Path, scale: float | None) -> str | Path:
    """The model to take for a factor: at 2 its twin NAME-x2, shipped or beside it, if there is one.

    At other factors the model itself, whose result is reduced.
    """
    if scale != 2:
        return model
    if f"{model}-x2" in shipped_names():
        return f"{model}-x2"
    path = weights_path(model)
    twin = path.with_name(f"{path.stem}-x2{path.suffix}")
    return twin if twin.exists() else model


def load_weights(model: str | Path) -> Weights:
    """Read the weights that a shipped name or a path stands for.

    Raises:
        UnknownModel: neither a shipped name nor a file.
        InvalidWeights: the file is not a weights file of fourfold, or is damaged.
    """
    return read_weights(weights_path(model))


def load_partner(model: str | Path) -> Weights:
    """Read the weights that a model's started from: shipped, or a file beside the model's.

    Raises:
        UnknownModel: the model has no partner, or the partner is not there.
        InvalidWeights: a file is damaged, or the partner's tensors are not those it started from.
    """
    path = weights_path(model)
    partner = read_weights(path).card.partner
    if partner is None:
        raise UnknownModel(f"The model '{model}' has no partner: its realism cannot be changed.")
    beside = path.with_name(f"{partner.name}{path.suffix}")
    weights = load_weights(beside if beside.exists() else partner.name)
    if tensors_sha256(weights.tensors) != partner.sha256:
        raise InvalidWeights(
            f"'{model}' started from another '{partner.name}' than the one that is here: "
            "its realism cannot be changed."
        )
    return weights
