"""The command that makes one file of a trained model."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.terminal import progress_here, said_when_stopped


def export(
    model_out: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL.. OUT.zip",
            help="A study or run folders (STUDY/runs/<run>); then the file to make.",
        ),
    ],
    rule: options.Rule = None,
    max_miss_rate: options.MaxMissRate = None,
) -> None:
    """Write MODEL into one file for `twinseg predict`: weights, rule and threshold, no pictures."""
    with said_when_stopped("stopped; nothing was written"):
        from twinseg.core.errors import ConfigError
        from twinseg.study.refused_at_once import refuse_to_export

        if len(model_out) < 2:
            raise ConfigError("expected MODEL OUT.zip, such as twinseg export study/ model.zip")
        *models, out = model_out
        refuse_to_export(models, out)
        from twinseg.study.export import export_model

        progress = progress_here()
        export_model(models, out, rule=rule, max_miss_rate=max_miss_rate, progress=progress)
        progress.say(f"bundle: {out} ({out.stat().st_size / 2**20:.1f} MiB)")
