"""Every table of a study, column by column, and the page `docs/tables.md` made from that."""

from collections.abc import Iterator, Mapping

from twinseg.metrics.score_tables import score_tables
from twinseg.records.grid_tables import GRID_TABLES
from twinseg.records.tables import TABLES, Table

_HEAD = """# Tables of a study

Each lies in `tables/` as `.parquet`, with the same as `.csv` beside it. This page is made from
what the code declares (`python -m twinseg.study.all_tables > docs/tables.md`); tests hold the
tables and this page to it.
"""
_GRID_HEAD = """# Tables of a grid

What a grid of runs says as a whole ([statistics.md](statistics.md)). Seeds are averaged within
each case first; cases of all folds are taken together.
"""


def all_tables() -> dict[str, Table]:
    """Return the declaration of every table that a study leaves, by its name."""
    return score_tables() | TABLES


def as_markdown() -> str:
    """Return the page that says every column of every table."""
    of_study, of_grid = _sections(all_tables()), _sections(GRID_TABLES)
    return "\n".join([_HEAD, *of_study, _GRID_HEAD, *of_grid])


def _sections(tables: Mapping[str, Table]) -> Iterator[str]:
    for table in tables.values():
        yield f"## {table.name}\n\nA row: {table.row}.\n"
        yield "| column | is | unit | meaning |\n|---|---|---|---|"
        for one in table.columns:
            meaning = one.meaning.replace("|", "\\|")  # which would end the cell
            yield f"| `{one.name}` | {one.kind.value} | {one.unit} | {meaning} |"
        yield ""


if __name__ == "__main__":
    import sys

    sys.stdout.write(as_markdown())
