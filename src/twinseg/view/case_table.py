"""All cases with their columns, filtered and sorted by DuckDB: the only place that knows it.

A column is read from its Parquet table when it is first asked for, and stays.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any
from weakref import finalize

import duckdb
import pandas as pd
import pyarrow.parquet as parquet

from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.machine import cores
from twinseg.view.columns import Column, Columns, Type
from twinseg.view.expressions import Sql, to_sql

_MEMORY = "400MB"
_MOST_ROWS = 500  # of one page
_MANY_ROWS, _ROWS_A_GROUP = 20_000, 4_096
_SQL_TYPES = {Type.NUMBER: "DOUBLE", Type.TEXT: "VARCHAR", Type.FLAG: "BOOLEAN"}
FIXED = ("case", "group", "stack", "height_px", "width_px")  # of every case


@dataclass(frozen=True)
class Query:
    """Which cases, in which order.

    Attributes:
        where: An expression; "" takes all.
        sort: An expression; "" keeps the order of the study.
        descending: Whether the largest comes first. What is undefined comes last either way.
    """

    where: str = ""
    sort: str = ""
    descending: bool = False


@dataclass(frozen=True)
class Page:
    """Some rows of a query.

    Attributes:
        total: How many there are in all.
        rows: Values of `FIXED`, the flag, then those that were asked for.
    """

    total: int
    rows: list[tuple[Any, ...]]


class CaseTable:
    """The cases of a study."""

    def __init__(self, cases: pd.DataFrame, columns: Columns) -> None:
        """Take the cases, with the columns `FIXED`, in the order of the study."""
        self.columns = columns
        # Names of our own: SQL does not tell capitals apart, and models may differ in no more.
        self._names = {one.name: f"v{number}" for number, one in enumerate(columns.all)}
        self._names |= {name: f'"{name}"' for name in FIXED}
        self._made: set[str] = set()
        self._alone = Lock()
        self._database = duckdb.connect(":memory:")
        self._scratch = Path(mkdtemp(prefix="twinseg-view-"))
        finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        self._sorted: dict[Path, Path] = {}
        self._database.execute(f"SET memory_limit = '{_MEMORY}'; SET threads = {cores()}")
        self._database.execute(f"SET temp_directory = '{self._scratch}'")
        # Nothing but the tables of the study is ever read, whatever a filter says.
        self._database.register("given", cases[list(FIXED)].assign(place=range(len(cases))))
        self._database.execute("CREATE TABLE cases AS SELECT * FROM given ORDER BY place")
        self._database.execute('CREATE TABLE flags ("case" VARCHAR PRIMARY KEY, flag VARCHAR)')
        self._database.unregister("given")

    def page(self, query: Query, offset: int, limit: int, names: Sequence[str] = ()) -> Page:
        """Return some rows of a query, and how many it finds in all.

        Raises:
            ConfigError: If an expression or a name is wrong, or too many rows are asked for.
        """
        if not 0 <= limit <= _MOST_ROWS or offset < 0:
            raise ConfigError(f"{limit} rows from {offset}: at most {_MOST_ROWS} from 0 or more")
        asked = self.columns.named(names)
        wanted = [self._names[name] for name in FIXED] + ["coalesce(flag, '')"]
        wanted += [self._names[column.name] for column in asked]
        where, order, values = self._parts(query, asked)
        total = self._rows(f"SELECT count(*) FROM cases WHERE {where[0]}", where[1])[0][0]
        if not total:
            return Page(0, [])
        rows = self._rows(
            f'SELECT {", ".join(wanted)} FROM cases LEFT JOIN flags USING ("case") '
            f"WHERE {where[0]} ORDER BY {order} LIMIT {int(limit)} OFFSET {int(offset)}",
            values,
        )
        return Page(int(total), rows)

    def rank(self, case: str, query: Query) -> int | None:
        """Return the place of a case among those found, from 0; None if it is not among them."""
        where, order, values = self._parts(query, [])
        # The order's values come first: it stands before the filter here.
        values = [*values[len(where[1]) :], *where[1], case]
        rows = self._rows(
            f'SELECT place_found FROM (SELECT "case", row_number() OVER (ORDER BY {order}) - 1 '
            f'AS place_found FROM cases WHERE {where[0]}) WHERE "case" = ?',
            values,
        )
        return int(rows[0][0]) if rows else None

    def frame(
        self, where: str, names: Sequence[str], fixed: Sequence[str] = ("case", "group")
    ) -> pd.DataFrame:
        """Return columns of the cases found, in the order of the study, ``fixed`` ones first."""
        asked = self.columns.named(names)
        (text, values), _, _ = self._parts(Query(where), asked)
        named = [*dict.fromkeys([*fixed, *(column.name for column in asked)])]
        wanted = [self._names[name] for name in named]
        with self._cursor() as cursor:
            found: pd.DataFrame = cursor.execute(
                f"SELECT {', '.join(wanted)} FROM cases WHERE {text} ORDER BY place", values
            ).df()
        return found.set_axis(named, axis=1)

    def values(self, case: str) -> dict[str, Any]:
        """Return every column of one case, each table read once for it."""
        by_file: dict[tuple[Path, str, tuple[tuple[str, str], ...]], list[Column]] = {}
        for column in self.columns.all:
            if column.name not in FIXED:
                of = (column.file, column.key, tuple(column.rows.items()))
                by_file.setdefault(of, []).append(column)
        found: dict[str, Any] = {}
        tables: dict[Path, pd.DataFrame] = {}
        for (file, key, rows), columns in by_file.items():
            if file not in tables:
                with self._cursor() as cursor:
                    tables[file] = cursor.execute(
                        f"SELECT * FROM read_parquet(?) WHERE {_quoted(key)} = ?",
                        [str(self._by_case(file, key)), case],
                    ).df()
            of_case = tables[file]
            for name, value in rows:
                of_case = of_case[of_case[name] == value]
            for column in columns if len(of_case) else ():
                value = of_case[column.value].iloc[0]
                found[column.name] = None if pd.isna(value) else value
        return found

    def _by_case(self, file: Path, key: str) -> Path:
        """Return a table in which a case is found without reading all of it.

        A large one is sorted by case, once, into a file beside the database: ten readers who each
        read 840,000 rows for one of them would wait, and fill the memory.
        """
        with self._alone:
            if file not in self._sorted:
                rows = parquet.read_metadata(file).num_rows
                self._sorted[file] = file
                if rows > _MANY_ROWS:
                    copy = self._scratch / f"{len(self._sorted)}.parquet"
                    with self._cursor() as cursor:
                        cursor.execute(
                            f"COPY (SELECT * FROM read_parquet(?) ORDER BY {_quoted(key)}) "
                            f"TO '{copy}' (ROW_GROUP_SIZE {_ROWS_A_GROUP})",
                            [str(file)],
                        )
                    self._sorted[file] = copy
        return self._sorted[file]

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor of its own for a question; say in one line what DuckDB says in many."""
        with self._database.cursor() as cursor:
            try:
                yield cursor
            except (duckdb.BinderException, duckdb.ConversionException) as error:
                line = str(error).splitlines()[0]
                raise ConfigError(f"texts and numbers do not go together here: {line}") from error
            except duckdb.Error as error:
                line = (str(error).splitlines() or [type(error).__name__])[0]
                raise StoreError(f"the tables cannot be asked now, try again: {line}") from error

    def mark(self, flags: Iterable[tuple[str, str]]) -> None:
        """Take flags of cases, in place of those that were known."""
        with self._alone, self._cursor() as cursor:
            cursor.execute("DELETE FROM flags")
            if rows := [(case, flag) for case, flag in flags if flag]:
                cursor.executemany("INSERT INTO flags VALUES (?, ?)", rows)

    def _parts(
        self, query: Query, more: Iterable[Column]
    ) -> tuple[tuple[str, list[Any]], str, list[Any]]:
        """Return filter, order, and the values of both; the columns are there then."""
        where, sort = self._sql(query.where), self._sql(query.sort)
        if sort and not sort.columns and "flags" not in sort.text:
            raise ConfigError(f"{query.sort[:40]} is the same for every case; name a column")
        for column in (*(where.columns if where else ()), *(sort.columns if sort else ()), *more):
            self._make(column)
        text, values = (where.text, where.values) if where else ("TRUE", [])
        order = "place"
        if sort:
            order = f"{sort.text} {'DESC' if query.descending else 'ASC'} NULLS LAST, place"
        elif query.descending:
            order = "place DESC"
        return (text, values), order, [*values, *(sort.values if sort else ())]

    def _sql(self, text: str) -> Sql | None:
        if not text.strip():
            return None
        return to_sql(text, self.columns, lambda column: self._names[column.name])

    def _make(self, column: Column) -> None:
        """Read a column that was never asked for."""
        if column.name in self._made or column.name in FIXED:
            return
        with self._alone:
            if column.name in self._made:
                return
            rows = "".join(f" AND {_quoted(name)} = ?" for name in column.rows)
            value = _quoted(column.value)
            if column.type is Type.NUMBER:
                value = f"nullif(CAST({value} AS DOUBLE), 'NaN'::DOUBLE)"
            name = self._names[column.name]
            with self._cursor() as cursor:
                cursor.execute(f"ALTER TABLE cases ADD COLUMN {name} {_SQL_TYPES[column.type]}")
                other = f"SELECT {_quoted(column.key)} AS of_case, {value} AS value"
                cursor.execute(
                    f"UPDATE cases SET {name} = other.value FROM "
                    f"({other} FROM read_parquet(?) WHERE TRUE{rows}) AS other "
                    'WHERE cases."case" = other.of_case',
                    [str(column.file), *column.rows.values()],
                )
            self._made.add(column.name)

    def _rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            return cursor.execute(sql, list(values)).fetchall()


def _quoted(name: str) -> str:
    """Return the name of a column of a file as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
