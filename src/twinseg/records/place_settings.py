"""Where the runs of a study are worked off: no part of what it is, so kept nowhere."""

from pydantic import BaseModel, ConfigDict, Field

from twinseg.core.errors import ConfigError


class PlaceSettings(BaseModel):
    """On this machine, or on Ray, and how many runs at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    at_once: int | None = Field(
        None,
        gt=0,
        description="runs at a time on this machine; as many as cores and memory allow, one on a "
        "GPU, if not given",
    )
    ray: str | None = Field(
        None,
        description="work the runs off on Ray: auto (the cluster that this machine is in), local "
        "(one is begun here), or an address",
    )
    cpus_per_run: int | None = Field(None, gt=0, description="cores of each run on Ray; 1")
    gpus_per_run: float | None = Field(
        None, ge=0, description="share of a GPU of each run on Ray, such as 0.25; 0"
    )


def require_one_place(place: PlaceSettings) -> None:
    """Refuse options that do not go together.

    Raises:
        ConfigError: If so; says which.
    """
    if place.ray is not None:
        if not place.ray:
            raise ConfigError("--ray is empty: expected auto, local, or the address of a cluster")
        if place.at_once is not None:
            raise ConfigError(
                "--at-once is of this machine alone; on Ray, --cpus-per-run and --gpus-per-run say "
                "how many runs there is room for"
            )
        return
    for name in ("cpus_per_run", "gpus_per_run"):
        if getattr(place, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(
                f"{option} goes with --ray; on this machine --at-once shares the cores out"
            )
