"""The entry of the program: light, so that Ctrl-C while the commands are loaded is one line too."""


def run_app() -> None:
    """Load the commands and run the one that was asked for."""
    from twinseg.cli.terminal import said_when_stopped

    with said_when_stopped("stopped before anything was done"):
        from twinseg.cli.main import run_app as run_commands

    run_commands()
