"""The command line, as ``python -m twinseg``."""

from twinseg.cli.start import run_app

run_app()
