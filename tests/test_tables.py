"""Every table of a study is declared, column by column, and the page on them says the same."""

from pathlib import Path

import pandas as pd

import twinseg
from twinseg.metrics import METRICS
from twinseg.records.columns import COLUMNS, ColumnKind
from twinseg.records.grid_tables import GRID_TABLES
from twinseg.study.all_tables import all_tables, as_markdown

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_is_made_from_the_declarations() -> None:
    page = (DOCS / "tables.md").read_text(encoding="utf-8")
    assert page == as_markdown(), "python -m twinseg.study.all_tables > docs/tables.md"


def test_the_tables_of_a_study_are_those_declared(calm: twinseg.Study) -> None:
    found = {file.stem: pd.read_parquet(file) for file in calm.files.tables.glob("*.parquet")}
    declarations = all_tables()
    assert found.keys() == declarations.keys() - {"stress"}  # which nobody has asked for here
    for name, table in found.items():
        declared = declarations[name].columns
        assert [column.name for column in declared] == list(table.columns), name
        for column in declared:
            values = table[column.name].dropna()
            if len(values):
                assert fits(values, column.kind), (name, column.name)


def fits(values: pd.Series, kind: ColumnKind) -> bool:
    if kind is ColumnKind.YES_NO:
        return bool(values.isin([True, False]).all())
    if kind is ColumnKind.TEXT:
        return all(isinstance(value, str) for value in values)
    numbers = pd.to_numeric(values)
    return kind is ColumnKind.NUMBER or bool((numbers == numbers.astype(int)).all())


def test_no_column_is_declared_for_nothing() -> None:
    tables = [*all_tables().values(), *GRID_TABLES.values()]
    assert {name for table in tables for name in table.names} == COLUMNS.keys() | METRICS.keys()
    for table in tables:
        assert len(set(table.names)) == len(table.names)
        assert {*table.others} <= {*table.names}
