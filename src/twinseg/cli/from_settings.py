"""Options made from classes of settings: name, default and help are declared there, once."""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_CONTEXT = inspect.Parameter(
    "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
)


def with_options(
    panels: Mapping[str, type[BaseModel]], *, leave_out: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for every field of some classes of settings.

    The command takes as ``**settings`` those that were given, with names that were given one at a
    time joined: what was not has its default from the classes, or from a file.

    Args:
        panels: The classes, by the heading that their options stand under.
        leave_out: Fields that the command declares itself, or does not have.
    """
    fields = {
        name: (field, panel)
        for panel, kind in panels.items()
        for name, field in kind.model_fields.items()
        if name not in leave_out
    }

    def dressed(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        own = [one for one in signature.parameters.values() if one.kind != one.VAR_KEYWORD]
        arguments = [one for one in own if one.kind != one.KEYWORD_ONLY]
        made = [_option(name, *about) for name, about in fields.items()]

        def called(context: Any, **values: Any) -> None:
            for name, (field, _) in fields.items():
                source = context.get_parameter_source(name)
                if source is None or source.name == "DEFAULT":
                    del values[name]
                elif _may_be_repeated(field):
                    values[name] = ",".join(values[name])
            command(**values)

        called.__name__, called.__doc__ = command.__name__, command.__doc__
        together = [_CONTEXT, *arguments, *made, *own[len(arguments) :]]
        called.__signature__ = signature.replace(parameters=together)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in together}
        return called

    return dressed


def _option(name: str, field: FieldInfo, panel: str) -> inspect.Parameter:
    """Return the parameter of one option, for typer to read."""
    kind, default = _typed(field.annotation), field.default
    if isinstance(default, tuple):
        default = ",".join(map(str, default)) or None
    typed: Any = kind if default is not None else kind | None
    if _may_be_repeated(field):
        typed = list[str] | None
    flags = [f"--{name.replace('_', '-')}"] if kind is bool else []  # no --no-...
    listed = _listed(field.annotation)
    option = typer.Option(*flags, help=_sentence(field), rich_help_panel=panel, metavar=listed)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[typed, option],
    )


def _may_be_repeated(field: FieldInfo) -> bool:
    """Tell whether an option takes any number of names: joined by commas, or one at a time."""
    return isinstance(field.default, tuple) and not field.default


def _listed(annotation: Any) -> str | None:
    """Return how values that are joined by commas are written; None for one value alone."""
    if get_origin(annotation) is not tuple:
        return None
    kind, *_ = get_args(annotation)
    kind = next((one for one in (int, float) if one in get_args(kind)), str)
    return f"<{kind.__name__},...>"


def _typed(annotation: Any) -> type:
    """Return what is typed for a field: a number, a switch, else text, as of several values."""
    for kind in (bool, int, float) if get_origin(annotation) is not tuple else ():
        if annotation is kind or kind in get_args(annotation):
            return kind
    return str


def _sentence(field: FieldInfo) -> str:
    text = (field.description or "").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
