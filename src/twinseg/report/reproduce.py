"""The command that makes a study again, and where its parts lie."""

from pathlib import Path

from twinseg.records.settings import SETTINGS, STAGE_OF, StudySettings

PARTS = (  # from the page's own folder
    ("../study.toml", "every setting as it was asked for; what auto became stands on this page"),
    ("../manifest.json", "versions, machine, fingerprints of data and first weights, all files"),
    ("../runs/", "the trained models (safetensors), how to use each, its checksums and history"),
    ("../predictions/test/", "masks and probabilities of every model and combination"),
    ("../explanations/test/", "heat maps: raw values and overlays"),
    ("../tables/", "every number of this page, as Parquet and CSV"),
)


def command_of(settings: StudySettings) -> str:
    """Return the command of a study with every option that is not the default.

    Weights files are named without their folder, which is nobody else's business.
    """
    options = ""
    for name, value in settings.flat().items():
        if name not in STAGE_OF or value == SETTINGS[STAGE_OF[name]].model_fields[name].default:
            continue
        flag = f" --{name.replace('_', '-')}"
        options += flag if value is True else f"{flag} {_written(name, value)}"
    return f"twinseg run SOURCE OUT{options}"


def _written(name: str, value: object) -> str:
    if isinstance(value, tuple):
        parts = [Path(part).name if name == "init" else str(part) for part in value]
        return ",".join(parts)
    return f"{value:g}" if isinstance(value, float) else str(value)
