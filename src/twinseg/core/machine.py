"""What a result was made with: versions of the libraries, and the kind of machine."""

import os
import platform
from importlib.metadata import version

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
