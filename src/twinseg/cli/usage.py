"""One line for a command that was called wrongly, in the words of our other errors."""

from collections.abc import Iterable
from typing import Any

import typer

from twinseg.core.nearest import did_you_mean

# typer does not give out the root of its errors under a name of its own.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

# What people call the commands elsewhere.
_ELSEWHERE = {
    "train": "run",
    "fit": "run",
    "study": "run",
    "test": "compare",
    "statistics": "compare",
    "heatmap": "explain",
    "cam": "explain",
    "convert": "prepare",
    "import": "prepare",
    "verify": "check",
    "stats": "inspect",
}


def said_of(error: Any, arguments: list[str], app: typer.Typer) -> str:
    """Say what was wrong with ``arguments`` and where to read more, in one line.

    Args:
        error: What typer raised.
        arguments: The words after ``twinseg``.
        app: The commands.
    """
    group: Any = typer.main.get_command(app)
    command = group.commands.get(_command_of(error, arguments, group.commands))
    what = _what(error, arguments, command or group, group.commands)
    then = " see" if what.endswith("?") else "; see"
    return f"{what}{then} twinseg {f'{command.name} ' if command else ''}--help"


def _command_of(error: Any, arguments: list[str], commands: Iterable[str]) -> str | None:
    """Name the command; typer does not say it with every error."""
    if error.ctx is not None:
        return str(error.ctx.info_name)
    return next((word for word in arguments if word in commands), None)


def _what(error: Any, arguments: list[str], command: Any, commands: Iterable[str]) -> str:
    if type(error).__name__ == "NoSuchOption":
        options = [name.strip("-") for parameter in command.params for name in parameter.opts]
        option = str(error.option_name)
        meant = did_you_mean(option.strip("-"), [*options, "help"])
        return f"no such option {option}{meant.replace('mean ', 'mean --')}"
    if hasattr(command, "commands"):
        return _no_command(next((word for word in arguments if word[:1] != "-"), ""), commands)
    parameter = getattr(error, "param", None)
    name = _name(parameter) if parameter is not None else ""
    if type(error).__name__ == "MissingParameter":
        return f"{name} is missing"
    if name:
        return f"{name}: {_of_value(error)}"
    said = str(error.format_message()).rstrip(".")
    return said[:1].lower() + said[1:]


def _no_command(word: str, commands: Iterable[str]) -> str:
    meant = did_you_mean(word, [*commands, *_ELSEWHERE])
    for elsewhere, ours in _ELSEWHERE.items():
        meant = meant.replace(f" {elsewhere}?", f" {ours}?")
    return f"no such command {word!r}{meant}" if word else "a command is missing"


def _name(parameter: Any) -> str:
    """The option as it is typed, or the argument as help shows it."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name.upper())


def _of_value(error: Any) -> str:
    """What came and what was expected: newer typers keep it in pydantic's error."""
    cause = error.__cause__
    if hasattr(cause, "errors"):
        from twinseg.core.checked import said_of_first

        return said_of_first(cause)
    said = str(error.message).rstrip(".")
    return said[:1].lower() + said[1:]
