"""Pairs of crops, drawn at random from packed photographs, as tensor operations on the device."""

import hashlib
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from fourfold.errors import InvalidData
from fourfold.training.degradation import BLUR, Faults, degraded, draw_faults, reach
from fourfold.training.devices import sent
from fourfold.training.graphs import Graphs
from fourfold.training.jpeg import UNIT
from fourfold.training.packing import Place, Samples
from fourfold.training.processes import count, part_of
from fourfold.training.recipe import Recipe
from fourfold.training.reduction import margin, reduce_batch


class Crops:
    """Draws the batch of any step: the same step gives the same crops, on every machine.

    Args:
        pack: the photographs; mapped on a CPU, resident on a GPU.
        places: those of them that are trained on.
        recipe: sides, batch, and how crops are drawn.
        device: where the crops are made.

    Raises:
        InvalidData: a photograph is smaller than a crop, or there are fewer than a batch needs.
    """

    def __init__(
        self,
        pack: Samples,
        places: Sequence[Place],
        recipe: Recipe,
        *,
        device: torch.device,
    ) -> None:
        self._recipe, self._device = recipe, device
        self._pixels = pack.samples().view(-1, 3).to(device)
        _check(places, recipe)
        self._starts = torch.tensor([place.start for place in places], device=device)
        self._sides = torch.tensor([(place.height, place.width) for place in places])
        self._sides_there = self._sides.to(device)
        self._beginnings: dict[int, tuple[Tensor, Tensor]] = {}
        self._graphs: Graphs | None = None

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """The pairs of one step, counted from 0, or this process's part of them.

        Returns:
            lr: shape (N, 3, h, h), float32 in [0, 1], channels-last memory: the bicubic
                reduction of the whole photograph, pixel for pixel, cut out; degraded where the
                recipe says so.
            hr: the same places, (N, 3, scale h, scale h).
        """
        recipe = self._recipe.at(step)
        drawn = self._drawn(recipe, _rng(recipe.seed, step))
        part = part_of(recipe.batch)  # all is drawn in every process, and its own part cut
        there = [sent(each[part], self._device) for each in drawn]
        make = partial(self._degraded if recipe.degradation else self._exact, recipe)
        if self._device.type != "cuda" or count() > 1:
            values = make(*there)
            return values["lr"], values["hr"]
        # Telling a GPU of each of a hundred operations takes longer than a step of few crops.
        self._graphs = self._graphs or Graphs()
        values = self._graphs((recipe.hr_crop, len(there[0])), make, *there)
        return values["lr"].clone(), values["hr"].clone()  # the next replay writes where they lie

    def _drawn(self, recipe: Recipe, rng: torch.Generator) -> list[Tensor]:
        """All numbers of a batch, a row a crop: what `_exact` or `_degraded` takes."""
        pictures, corners = self._draw(recipe, rng)
        faults: list[Tensor] = []
        if recipe.degradation:
            side = _units(recipe) * UNIT
            faults += draw_faults((recipe.batch, side, side), recipe.degradation, rng)
            if recipe.clean:
                faults.append(torch.rand(recipe.batch, generator=rng) < recipe.clean)
        turns = _draw_turns(recipe, rng)
        return [torch.cat([pictures[:, None], corners, turns], dim=1), *faults]

    def _exact(self, recipe: Recipe, drawn: Tensor) -> dict[str, Tensor]:
        """The pairs that (N, 3 + turns) stands for: photograph, corner, turns."""
        pictures, corners, turns = drawn[:, 0], drawn[:, 1:3], drawn[:, 3:]
        scale = recipe.generator.scale
        around = margin(scale)
        side = recipe.hr_crop + 2 * around
        with_margin = self._cut(pictures, scale * corners - around, side)
        hr = with_margin[:, around:-around, around:-around]
        lr = reduce_batch(with_margin, scale, recipe.reduction)
        return {"lr": _as_input(_turned(lr, turns)), "hr": _as_input(_turned(hr, turns))}

    def _degraded(self, recipe: Recipe, drawn: Tensor, *faults: Tensor) -> dict[str, Tensor]:
        """The same; LR crops out of degraded squares that begin where JPEG units do."""
        pictures, corners, turns = drawn[:, 0], drawn[:, 1:3], drawn[:, 3:]
        scale, side = recipe.generator.scale, recipe.lr_crop
        hr = self._cut(pictures, scale * corners, recipe.hr_crop)
        inside = corners % UNIT
        around = reach(scale)
        square = scale * _units(recipe) * UNIT + 2 * around
        squares = self._cut(pictures, scale * (corners - inside) - around, square)
        lr = degraded(squares, scale, Faults(*faults[:5]), recipe.reduction)
        for is_clean in faults[5:]:
            with_margin = squares[:, BLUR:-BLUR, BLUR:-BLUR]
            reduced = reduce_batch(with_margin, scale, recipe.reduction)
            lr = torch.where(is_clean.view(-1, 1, 1, 1), reduced, lr)
        along = inside[:, :, None] + torch.arange(side, device=self._device)
        which = torch.arange(len(lr), device=self._device)[:, None, None]
        lr = lr[which, along[:, 0, :, None], along[:, 1, None, :]]
        return {"lr": _as_input(_turned(lr, turns)), "hr": _as_input(_turned(hr, turns))}

    def _draw(self, recipe: Recipe, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Which photographs, (N,), and where their LR crops begin, (N, 2)."""
        size = recipe.batch
        positions, cumulative = self._where_crops_begin(recipe)
        if recipe.crops_from == "distinct":
            pictures = torch.randperm(len(positions), generator=rng)[:size]
        else:
            drawn = torch.rand(size, generator=rng, dtype=torch.float64) * cumulative[-1]
            pictures = torch.searchsorted(cumulative, drawn.long(), right=True)
        corners = torch.rand(size, 2, generator=rng, dtype=torch.float64) * positions[pictures]
        return pictures, corners.long()

    def _where_crops_begin(self, recipe: Recipe) -> tuple[Tensor, Tensor]:
        """At how many places an LR crop may, down and right, (N, 2); how many up to each, (N,)."""
        side = recipe.lr_crop
        if side not in self._beginnings:
            positions = self._sides // recipe.generator.scale - side + 1
            self._beginnings[side] = positions, positions.prod(dim=1).cumsum(dim=0)
        return self._beginnings[side]

    def _cut(self, pictures: Tensor, corners: Tensor, side: int) -> Tensor:
        """Squares (N, side, side, 3), uint8; beyond a photograph's edge its edge pixel repeated."""
        inside = corners[:, :, None] + torch.arange(side, device=self._device)
        sides = self._sides_there[pictures]
        inside = inside.clamp(min=0).minimum(sides[:, :, None] - 1)  # (N, 2, side)
        index = inside[:, 0, :, None] * sides[:, 1, None, None] + inside[:, 1, None, :]
        return self._pixels[index + self._starts[pictures][:, None, None]]


def _check(places: Sequence[Place], recipe: Recipe) -> None:
    if not places:
        raise InvalidData("No photograph is left to train on; add others than the held-out ones.")
    for place in places:
        if min(place.height, place.width) < recipe.largest_hr_crop:
            raise InvalidData(
                f"{place.name} is {place.width}x{place.height}, too small for crops of "
                f"{recipe.largest_hr_crop} pixels; pack the photographs anew, or set smaller crops."
            )
    if recipe.crops_from == "distinct" and len(places) < recipe.batch:
        raise InvalidData(
            f"There are {len(places)} photographs to train on; batches of {recipe.batch} from "
            "distinct ones need as many. Add photographs, or set crops_from=area."
        )


def _units(recipe: Recipe) -> int:
    """Of how many JPEG units a side a square is that holds an LR crop, wherever that begins."""
    return -(-(recipe.lr_crop + UNIT - 1) // UNIT)


def _rng(seed: int, step: int) -> torch.Generator:
    """The random numbers of one step; hashed, because PyTorch's seeds are of 32 bits only."""
    digest = hashlib.sha256(f"{seed} {step}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:4], "little"))


def _draw_turns(recipe: Recipe, rng: torch.Generator) -> Tensor:
    """Whether each crop is turned in each of three ways, (N, 3); (N, 0) where none is."""
    if not recipe.turned:
        return torch.zeros(recipe.batch, 0, dtype=torch.int64)
    return (torch.rand(3, recipe.batch, generator=rng) < 0.5).long().T


def _turned(crops: Tensor, turns: Tensor) -> Tensor:
    """Mirror left to right, top to bottom, and along the diagonal, each where `turns` says so."""
    if not turns.shape[1]:
        return crops
    turns = turns.bool().T[:, :, None, None, None]
    crops = torch.where(turns[0], crops.flip(2), crops)
    crops = torch.where(turns[1], crops.flip(1), crops)
    return torch.where(turns[2], crops.transpose(1, 2), crops)


def _as_input(crops: Tensor) -> Tensor:
    return crops.permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
