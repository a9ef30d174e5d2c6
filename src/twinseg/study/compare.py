"""The statistics alone, on anyone's tables of scores: one row per case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from twinseg.comparison import (
    Comparison,
    ManyModels,
    as_table,
    compare_tables,
    compare_tables_by_strata,
    correct,
    correct_many,
    correct_strata,
    rank_tables,
    read_scores,
    sentence,
)
from twinseg.comparison.columns import names_of, require_header
from twinseg.comparison.correction import CORRECTIONS
from twinseg.comparison.strata import Strata
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress, Silent
from twinseg.core.registry import choose
from twinseg.core.seeds import stream
from twinseg.core.store import require_absent
from twinseg.core.words import amount
from twinseg.report.compare_page import write_compare_page
from twinseg.study.hand_over import hand_over
from twinseg.study.metric_names import asked_metrics, missed_objects, turned_around

CASE_COLUMNS = ("case", "id", "case_id", "image", "image_id", "name", "filename", "subject_name")
_CORRECTIONS = {"holm": "holm", "bh": "benjamini-hochberg"}  # as the command calls them


@dataclass(frozen=True)
class Compared:
    """Everything that was found; parts that were not asked for are empty.

    Attributes:
        pairs: One for each metric, of two models; p values are corrected over the metrics.
        strata: One for each metric, if a column was named.
        many: By metric, of three models or more.
        notes: What was left out, and what was taken for what.
    """

    pairs: tuple[Comparison, ...]
    strata: tuple[Strata, ...]
    many: Mapping[str, ManyModels]
    notes: tuple[str, ...]

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each metric of a pair."""
        return as_table(self.pairs)

    @property
    def sentences(self) -> list[str]:
        """Everything in words."""
        pairs, strata = map(sentence, self.pairs), (one.sentence for one in self.strata)
        return [*pairs, *strata, *(f"{metric}: {many}." for metric, many in self.many.items())]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Tables by model, and what to do with them."""

    tables: Mapping[str, pd.DataFrame]
    metrics: Mapping[str, bool]  # whether more is better
    group: str
    case: str
    margin: float | None
    rope: float | None
    strata: str | None
    correction: str  # key of `CORRECTIONS`
    seed: int


def compare_files(
    files: Sequence[str | Path],
    *,
    metric: str = "dice",
    group: str = "group",
    case: str | None = None,
    models: Sequence[str] = (),
    model_column: str = "model",
    margin: float | None = None,
    rope: float | None = None,
    strata: str | None = None,
    lower_is_better: bool = False,
    correction: str = "holm",
    seed: int = 0,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Compared:
    """Compare the models of some tables; the same as ``twinseg compare``.

    Args:
        files: CSV, Parquet or Excel, one row per case; a file for each model, or one file with a
            column that names the model of each row. The difference is second minus first.
        metric: Column of numbers, or several joined by commas; ``NAME:lower`` or ``NAME:higher``
            says which way is better where the name does not.
        group: Column that says which cases belong together; without it each case stands alone.
        case: Column that names the cases; found by itself under usual names.
        models: Which models of a single file, in order; all by default.
        model_column: Of a single file.
        margin: Largest difference that does not matter, for equivalence and non-inferiority.
        rope: Half width of the region of practical equivalence.
        strata: Column whose values part the cases; numbers are cut at their median.
        lower_is_better: Of the one metric whose name does not say; known ones stay as they are.
        correction: ``holm`` or ``bh``, over the metrics.
        seed: Of the resamples.
        out: Folder to make, with table, JSON and a page.
        progress: Where to report.

    Raises:
        TwinsegError: If tables do not fit; one line says what to do.
    """
    if out is not None:
        require_absent(Path(out))  # before anything is computed
    correction = choose(_CORRECTIONS, correction, "correction")
    metrics = asked_metrics(metric, lower_is_better=lower_is_better)
    tables, notes = _tables([Path(file) for file in files], models, model_column)
    case = case or case_column(tables, notes)
    require_group(tables.values(), group)
    notes += turned_around(metrics) + missed_objects(tables, metrics)
    asked = _Asked(
        tables=tables,
        metrics=metrics,
        group=group,
        case=case,
        margin=margin,
        rope=rope,
        strata=strata,
        correction=correction,
        seed=seed,
    )
    task = progress or Silent()
    compared = _compare_two(asked, notes, task) if len(tables) == 2 else _compare_more(asked, notes)
    hand_over(
        "comparisons",
        compared.rows if compared.pairs else None,
        partial(
            write_compare_page,
            pairs=compared.pairs,
            many=compared.many,
            sentences=compared.sentences,
            notes=compared.notes,
        ),
        sentences=compared.sentences,
        notes=compared.notes,
        out=out,
        progress=task,
    )
    return compared


def _compare_two(asked: _Asked, notes: list[str], progress: Progress) -> Compared:
    (first, second), names = asked.tables.values(), tuple(asked.tables)
    pairs = [
        compare_tables(
            first,
            second,
            metric,
            rng=stream(asked.seed, "compare", metric),
            group=asked.group,
            case=asked.case,
            names=(names[0], names[1]),
            margin=asked.margin,
            rope=asked.rope,
            higher_is_better=higher_is_better,
            progress=progress,
        )
        for metric, higher_is_better in asked.metrics.items()
    ]
    if len(pairs) > 1:
        pairs = correct(pairs, correction=asked.correction)
    parts = [
        compare_tables_by_strata(
            asked.tables,
            metric,
            asked.strata,
            rng=stream(asked.seed, "strata", metric),
            group=asked.group,
            case=asked.case,
        )
        for metric in asked.metrics
        if asked.strata is not None
    ]
    notes += [note for one in pairs for note in one.notes]
    if any(one.needs_warning for one in pairs):
        notes.append(
            "if a case without a value is a failure, write the worst value there (inf for a "
            "distance)"
        )
    strata = correct_strata(parts, CORRECTIONS[asked.correction])
    return Compared(tuple(pairs), tuple(strata), {}, _once(notes))


def _compare_more(asked: _Asked, notes: list[str]) -> Compared:
    if (asked.margin, asked.rope, asked.strata) != (None, None, None):
        raise ConfigError("--margin, --rope and --strata are for two models; name two")
    found = {
        metric: rank_tables(
            asked.tables,
            metric,
            group=asked.group,
            case=asked.case,
            higher_is_better=higher_is_better,
        )
        for metric, higher_is_better in asked.metrics.items()
    }
    notes += [note for one in found.values() for note in one.notes]
    return Compared((), (), correct_many(found, CORRECTIONS[asked.correction]), _once(notes))


def _tables(
    files: list[Path], models: Sequence[str], column: str
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Read a table for each model, by its name."""
    notes: list[str] = []
    if len(files) > 1:
        stems = [file.stem for file in files]
        names = stems if len(set(stems)) == len(stems) else [str(file) for file in files]
        if len(set(names)) < len(names):
            raise ConfigError(f"{max(names, key=names.count)} is given twice; give other tables")
        if models:
            raise ConfigError("--models chooses among the models of one table; give one, or none")
        return {n: read_scores(file, notes) for n, file in zip(names, files, strict=True)}, notes
    table = read_scores(files[0], notes)
    if column not in table.columns:
        raise DataError(
            f"{files[0]} has no column {column} that names the model of each row; it has: "
            f"{', '.join(table.columns)}; give a second table, or --model-column"
        )
    named = names_of(table[column])
    if unnamed := int(named.isna().sum()):
        notes.append(f"{files[0]}: {amount(unnamed, 'row')} without a {column} left out")
    there = list(dict.fromkeys(named.dropna()))
    chosen = list(models) or there
    for name in chosen:
        choose(dict.fromkeys(there), name, f"model of {files[0].name}")
    if len(chosen) < 2:
        raise DataError(
            f"{files[0]} holds {amount(len(chosen), 'model')}: {', '.join(chosen) or 'none'}; it "
            "takes two to compare"
        )
    found = {name: table[named == name] for name in chosen}
    return found, [*notes, f"models of {files[0]}: {', '.join(chosen)}"]


def require_group(tables: Iterable[pd.DataFrame], group: str) -> None:
    """Refuse a column of groups that was asked for and that no table has.

    Raises:
        DataError: If so; the usual name may be missing, which is then said.
    """
    columns = dict.fromkeys(column for table in tables for column in table.columns)
    if group not in ("group", *columns):
        raise DataError(f"no table has the column {group}; there are: {', '.join(columns)}")


def case_column(tables: Mapping[str, pd.DataFrame], notes: list[str]) -> str:
    """Find the column that names the cases in all tables, by usual names; an odd one is noted."""
    for name in CASE_COLUMNS:
        if all(name in table.columns for table in tables.values()):
            if name != CASE_COLUMNS[0]:
                notes.append(f"cases are named by the column {name}")
            return name
    for name, table in tables.items():
        require_header(table, name, CASE_COLUMNS)
    columns = ", ".join(next(iter(tables.values())).columns)
    raise DataError(f"no column names the cases; there are: {columns}; say which: --case COLUMN")


def _once(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
