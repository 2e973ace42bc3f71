"""Whether a training is well, in words: the game of two networks, and updates that were lost."""

from collections.abc import Mapping


def health_line(seen: Mapping[str, float]) -> str:
    """One line on the game between generator and discriminator, and on updates left out.

    Args:
        seen: means over some steps of what `adversarial_step` gives; without `ratio` where the
            discriminator trained alone.

    Returns:
        The numbers, and a verdict in plain words; empty where there is nothing to tell.
    """
    skipped = seen.get("skipped", 0.0)
    lost = f"{skipped:.0%} of the updates left out, for fp16 could not hold them" if skipped else ""
    if "d_hr" not in seen:
        return lost
    ratio = f", adversarial to content {seen['ratio']:.3f}" if "ratio" in seen else ""
    return (
        f"D(hr) {seen['d_hr']:.2f}, D(sr) {seen['d_sr']:.2f}, {seen['saturated']:.0%} beyond "
        f"doubt{ratio}{', ' if lost else ''}{lost}: {verdict(seen)}"
    )


def verdict(seen: Mapping[str, float]) -> str:
    """What the numbers mean, and what to do where it goes wrong.

    The bounds lie around the first run that went well: D(hr) .84 to .87, D(sr) .09 to .18.
    """
    if "ratio" not in seen:
        return "the discriminator trains alone"
    if seen["saturated"] > 0.9:
        return "the discriminator has won: lower discriminator_learning_rate"
    if seen["d_hr"] - seen["d_sr"] < 0.1:
        return "the discriminator cannot tell them apart: raise discriminator_learning_rate"
    if seen["ratio"] < 0.01:
        return "the adversarial loss hardly counts: raise adversarial"
    if seen["ratio"] > 10:
        return "the adversarial loss drowns the content: lower adversarial"
    return "in balance"
