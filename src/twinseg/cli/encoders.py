"""The command that lists encoders."""

from typing import Annotated

import typer

from twinseg.cli.terminal import progress_here, stop
from twinseg.core.nearest import one_of

MEASURED_UP_TO = 12  # each is built to be measured, which takes a second or so


def encoders(
    pattern: Annotated[
        str, typer.Argument(help="Part of a name; * stands for anything. Also finds timm's.")
    ] = "",
) -> None:
    """List encoders: where ImageNet weights come from, how large, which images they take."""
    from twinseg.training.encoders import close_to, find_encoders
    from twinseg.training.network import measured

    found, progress = find_encoders(pattern), progress_here()
    if not found:
        advice = one_of(close_to(pattern), "name another part")
        stop(f"no encoder has {pattern!r} in its name; {advice}", status=2)
    is_measured = len(found) <= MEASURED_UP_TO
    width = max(len(encoder.name) for encoder in found)
    head = ("parameters   smallest   " if is_measured else "") + "ImageNet weights (hub), licence"
    progress.say(f"{'encoder':{width}}   {head}")
    for encoder in found:
        size = _size(measured(encoder.name)) if is_measured else ""
        weights = ", ".join(filter(None, (encoder.weights or "none", encoder.licence)))
        progress.say(f"{encoder.name:{width}}   {size}{weights}")
    if not is_measured:
        progress.say(f"a part of a name that fits at most {MEASURED_UP_TO} shows their sizes, too")
    if not pattern:
        progress.say("more than a thousand of timm's are called tu-<timm name>: give a part of one")


def _size(found: object) -> str:
    from twinseg.training.network import Measured

    if not isinstance(found, Measured):
        return f"{'cannot be the encoder of a U-Net':24}   "
    smallest = "-" if found.smallest_px is None else f"{found.smallest_px} px"
    return f"{found.parameters / 1e6:8.1f} M   {smallest:>8}   "
