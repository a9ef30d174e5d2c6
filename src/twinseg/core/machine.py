"""The machine: what of it there is to use, and what a result was made with."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = (
    "twinseg",
    "torch",
    "torchvision",
    "segmentation-models-pytorch",
    "timm",
    "lightning-fabric",
    "numpy",
    "scipy",
    "pandas",
    "pillow",
    "pydicom",
)


def versions_and_machine() -> dict[str, object]:
    """Return facts for a manifest; nothing that names a person, a host or a folder."""
    return {
        "versions": {"python": platform.python_version()} | {n: version(n) for n in _LIBRARIES},
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
        },
    }


def cores() -> int:
    """How many cores this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory_bytes() -> int:
    """How much memory there is for more processes; where nobody can tell, 8 GiB."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = dict(line.split(":", 1) for line in lines)
        return int(found["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):  # not Linux
        return 8 * 2**30
