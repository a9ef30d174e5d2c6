"""Values from outside into frozen settings, with one line for people if one is wrong."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from twinseg.core.errors import ConfigError

Settings = TypeVar("Settings", bound=BaseModel)


def checked(kind: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Return settings of ``kind``.

    Raises:
        ConfigError: One line that names the setting, what came and what was expected.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            said = f"there is no such setting; choose from: {', '.join(kind.model_fields)}"
        raise ConfigError(f"setting {name} = {first['input']!r}: {said}") from error
