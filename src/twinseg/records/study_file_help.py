"""What editors and people read before they write a file: a schema, and an example to fill in.

Both are made from the settings' own descriptions.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from twinseg.records.presets import PRESETS
from twinseg.records.study_file import TABLES, DatasetTable, StudyFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HEAD = """\
# What to study: twinseg run THIS-FILE OUT
# Every setting is here with its default; take the # away in front of what you change.
# init, design, fraction and seed are lists: their values make a grid of runs, and every two of init
# are compared at each point of it.
"""
_DATASETS = """\
# Several datasets: in place of source, a table for each, which becomes OUT/<name>/. What it says of
# reading wins over [reading].
#
#   [[dataset]]
#   name = "skin"
#   source = "lesions"
#
#   [[dataset]]
#   name = "kidney"
#   source = "ct-series"
#   window = "abdomen"
"""


def example_text() -> str:
    """Return a file with every setting, all but ``source`` behind a ``#``."""
    own = StudyFile.model_fields
    lines = [_HEAD, *_lines("source", own["source"], value="lesions", is_set=True)]
    lines += _lines("remark", own["remark"])
    lines += _lines("preset", own["preset"], more=f": {', '.join(PRESETS)}")
    lines += ["", _DATASETS]
    for table, kind in TABLES.items():
        if kind is not DatasetTable:
            lines += [f"# {_first_line(kind)}", f"[{table}]"]
            for name, field in kind.model_fields.items():
                lines += _lines(name, field)
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def schema_text() -> str:
    """Return the JSON Schema of such files, for editors."""
    schema = StudyFile.model_json_schema()
    for kind in schema["$defs"].values():
        kind["properties"] = {n: _one_or_several(p) for n, p in kind["properties"].items()}
    return json.dumps({"$schema": _DIALECT} | schema, indent=2)


def _one_or_several(field: dict[str, Any]) -> dict[str, Any]:
    """Let an editor accept what reading accepts for a list: one value, or some joined by commas."""
    if field.get("type") != "array":
        return field
    about = {name: field[name] for name in ("title", "description", "default") if name in field}
    values = {name: value for name, value in field.items() if name not in about}
    return about | {"anyOf": [values, field["items"], {"type": "string"}]}


def _lines(
    name: str, field: FieldInfo, *, value: Any = None, is_set: bool = False, more: str = ""
) -> Iterator[str]:
    if value is None:
        value = field.get_default(call_default_factory=True)
    if value is None:
        value = (field.examples or [""])[0]
        more += "; not set" if not more else ""
    yield f"# {field.description}{more}"
    yield f"{'' if is_set else '#'}{name} = {json.dumps(value)}"


def _first_line(kind: type[BaseModel]) -> str:
    return (kind.__doc__ or "").splitlines()[0]
