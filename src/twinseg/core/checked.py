"""Values from outside into frozen settings, with one line for people if one is wrong."""

import types
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from twinseg.core.errors import ConfigError
from twinseg.core.nearest import did_you_mean

Settings = TypeVar("Settings", bound=BaseModel)

_KINDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
}
_BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


def checked(kind: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Return settings of ``kind``.

    Raises:
        ConfigError: One line that names the setting, what came and what was expected.
    """
    require_known(values, kind.model_fields)
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "missing":
            raise ConfigError(f"setting {name} is missing") from error
        said = first["msg"].removeprefix("Value error, ")
        if first["type"] != "value_error":
            field, came = kind.model_fields[name], values[name]
            if len(first["loc"]) > 1 and get_origin(field.annotation) is tuple:
                field = FieldInfo.from_annotation(get_args(field.annotation)[0])
                came = first["input"]
            said = f"expected {allowed(field)}"
            said += did_you_mean(str(came), _choices(field.annotation))
        raise ConfigError(f"setting {name} = {values[name]!r}: {said}") from error


def require_known(values: Collection[str], known: Collection[str]) -> None:
    """Refuse names of settings that there are not.

    Raises:
        ConfigError: One line with the nearest name and all that there are.
    """
    for name in values:
        if name not in known:
            nearest = did_you_mean(name, known) or ";"
            raise ConfigError(
                f"there is no setting {name!r}{nearest} choose from: {', '.join(known)}"
            )


def said_of_first(error: ValidationError) -> str:
    """Say of a value without a field what came and what was expected."""
    first = error.errors()[0]
    for kind, words in _KINDS.items():
        if first["type"].startswith((kind.__name__, {str: "string"}.get(kind, kind.__name__))):
            return f"expected {words}, got {first['input']!r}"
    return f"{first['msg']}, got {first['input']!r}"


def allowed(field: FieldInfo) -> str:
    """Say which values ``field`` takes: "a whole number above 0", "one of: random, sparse"."""
    choices, ranges = _choices(field.annotation), []
    for part in _parts(field.annotation):
        if part is type(None) or get_origin(part) is Literal:
            continue
        kind, *bounds = get_args(part) if get_origin(part) is Annotated else (part,)
        ranges.append(f"{_KINDS.get(kind, 'a list of names')} {_range([*field.metadata, *bounds])}")
    if not ranges:
        return f"one of: {', '.join(choices)}"
    if len(ranges) > 1:
        return "another kind of value"
    return " or ".join([ranges[0].strip(), *choices])


def _range(bounds: Iterable[Any]) -> str:
    """Say of bounds, which pydantic keeps inside fields where a type carries them: at least 0."""
    found = [inner for bound in bounds for inner in getattr(bound, "metadata", [bound])]
    return " and ".join(
        f"{words} {getattr(bound, name):g}"
        for bound in found
        for name, words in _BOUNDS.items()
        if hasattr(bound, name)
    )


def _choices(annotation: Any) -> list[str]:
    return [
        str(choice)
        for part in _parts(annotation)
        if get_origin(part) is Literal
        for choice in get_args(part)
    ]


def _parts(annotation: Any) -> tuple[Any, ...]:
    """The types a value may have: those of a union, else the one."""
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(part for each in get_args(annotation) for part in _parts(each))
    return (annotation,)
