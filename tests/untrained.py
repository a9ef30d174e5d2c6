"""A run folder of a network that nobody trained: enough for whatever is shown to a model."""

from pathlib import Path

from safetensors.torch import save_file

from twinseg.core.sealed import write_sealed
from twinseg.core.store import facts_of
from twinseg.records.input_spec import InputSpec
from twinseg.training.network import build_network

SIDE_PX = 32
SPEC = InputSpec(SIDE_PX, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))


def write_untrained(
    folder: Path, spec: InputSpec = SPEC, *, encoder: str = "mobilenet_v2", seed: int = 3
) -> Path:
    """Write a run folder; its name is the id of the run."""
    folder.mkdir(parents=True)
    save_file(build_network(encoder, seed=seed).state_dict(), folder / "model.safetensors")
    described = {
        "run": folder.name,
        "encoder": encoder,
        "init": "random",
        "seed": 0,
        "fraction": 1.0,
        "input": spec.as_facts(),
    }
    write_sealed(folder / "model.json", described)
    digest = facts_of(folder / "model.safetensors").sha256
    write_sealed(folder / "manifest.json", {"sha256": {"model.safetensors": digest}})
    return folder
