"""Where the jobs of a grid are worked off on this machine, so that they do not fight for cores."""

import os
from typing import Any

from twinseg.core.checked import checked
from twinseg.core.executor import Executor
from twinseg.core.machine import cores, free_memory_bytes
from twinseg.core.on_ray import OnRay
from twinseg.core.processes import InProcesses
from twinseg.core.progress import Progress
from twinseg.records.place_settings import PlaceSettings, require_one_place
from twinseg.records.settings import Hardware

_BYTES_A_RUN = 2.5 * 2**30  # libraries, network, batches and pages of pictures
_BUSY = 1.5  # of the cores


def executor_here(runs: int, hardware: Hardware, at_once: int | None = None) -> Executor:
    """Choose how many runs are worked off at a time.

    One a core, as many as there is memory for: a training of one thread wastes none on waiting for
    others. On a GPU one after the other; more GPUs are for Ray.

    Args:
        runs: How many there are.
        hardware: What they are computed on.
        at_once: How many the user asked for.
    """
    here = cores()
    if at_once is None:
        room = max(1, int(free_memory_bytes() // _BYTES_A_RUN))
        at_once = 1 if hardware.device != "cpu" else min(here, runs, room)
    return InProcesses(at_once, threads=max(1, here // at_once))


def executor_asked(**options: Any) -> Executor | None:
    """Return where somebody wants the runs to be worked off; None if that is left to us.

    Args:
        **options: Of `PlaceSettings`.

    Raises:
        ConfigError: If they are wrong, or do not go together.
    """
    place = checked(PlaceSettings, options)
    require_one_place(place)
    if place.ray is not None:
        address = "" if place.ray == "local" else place.ray
        return OnRay(address, place.cpus_per_run or 1, place.gpus_per_run or 0.0)
    if place.at_once is None:
        return None
    return executor_here(place.at_once, Hardware(), place.at_once)


def say_how_busy(progress: Progress) -> None:
    """Say so if others are at work on these cores, which makes everything much slower."""
    if not hasattr(os, "getloadavg"):  # Windows
        return
    load, here = os.getloadavg()[0], cores()
    if load > _BUSY * here:
        progress.say(
            f"note: this machine is busy: {load:.1f} processes want its {here} cores; the runs "
            "and whatever works beside them slow each other down"
        )
