"""The program as a person calls it: as a process, or in this one where only words are asked for."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import jaxtyping
import pytest

PROGRAM = Path(sys.executable).parent / "twinseg"

Done = subprocess.CompletedProcess[str]


def twinseg(*arguments: str | Path, **environment: str) -> Done:
    """Call the installed program without a terminal and without weights."""
    clean = {name: value for name, value in os.environ.items() if name != "TWINSEG_WEIGHTS"}
    return subprocess.run(
        [PROGRAM, *arguments],
        capture_output=True,
        text=True,
        env=clean | {"COLUMNS": "100"} | environment,
    )


def twinseg_here(*arguments: str | Path, columns: int = 100) -> Done:
    """Call the program in this process, which has loaded what it needs: tenths of a second."""
    from twinseg.cli.start import run_app

    out, err, status = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["twinseg", *map(str, arguments)])
        patch.setenv("COLUMNS", str(columns))
        patch.delenv("TWINSEG_WEIGHTS", raising=False)
        jaxtyping.config.update("jaxtyping_disable", True)  # as users run it
        try:
            run_app()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        finally:
            jaxtyping.config.update("jaxtyping_disable", False)
    return subprocess.CompletedProcess(["twinseg"], status, out.getvalue(), err.getvalue())
