"""The statistics alone, on anyone's tables of scores: one row per case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.comparison import (
    Analysis,
    ManyModels,
    benjamini_hochberg,
    compare_many,
    compare_strata,
    compare_tables,
    group_totals,
    halves,
    holm,
    read_scores,
)
from twinseg.comparison.strata import Strata
from twinseg.comparison.words import probability
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress, Silent
from twinseg.core.registry import choose
from twinseg.core.seeds import stream
from twinseg.core.store import require_absent
from twinseg.metrics import METRICS
from twinseg.report.compare_page import write_compare_page
from twinseg.study.answers import hand_over

CASE_COLUMNS = ("case", "id", "case_id", "image", "image_id", "name")
_CORRECTIONS = {"holm": holm, "bh": benjamini_hochberg}
_MOST_STRATA = 12


@dataclass(frozen=True)
class Compared:
    """Everything that was found; parts that were not asked for are empty.

    Attributes:
        pairs: One for each metric, of two models.
        p_adjusted: Wilcoxon's p value of each after the correction.
        strata: One for each metric, if a column was named.
        many: By metric, of three models or more.
        notes: What was taken for what.
        correction: holm or bh.
    """

    pairs: tuple[Analysis, ...]
    p_adjusted: tuple[float, ...]
    strata: tuple[Strata, ...]
    many: Mapping[str, ManyModels]
    notes: tuple[str, ...]
    correction: str

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each metric of a pair."""
        return pd.DataFrame(
            [
                one.row | {"p_adjusted": adjusted, "correction": self.correction}
                for one, adjusted in zip(self.pairs, self.p_adjusted, strict=True)
            ]
        )

    @property
    def sentences(self) -> list[str]:
        """Everything in words."""
        said = []
        for one, adjusted in zip(self.pairs, self.p_adjusted, strict=True):
            more = f" Wilcoxon p {probability(adjusted)} after {self.correction}"
            over = f" over {len(self.pairs)} metrics." if len(self.pairs) > 1 else ""
            said.append(one.sentence + (more + over if over else ""))
        said += [one.sentence for one in self.strata]
        return said + [f"{metric}: {many}." for metric, many in self.many.items()]


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
        metric: Column of numbers, or several joined by commas.
        group: Column that says which cases belong together; without it each case stands alone.
        case: Column that names the cases; found by itself under usual names.
        models: Which models of a single file, in order; all by default.
        model_column: Of a single file.
        margin: Largest difference that does not matter, for equivalence and non-inferiority.
        rope: Half width of the region of practical equivalence.
        strata: Column whose values part the cases; numbers are cut at their median.
        lower_is_better: Of metrics that twinseg does not know.
        correction: ``holm`` or ``bh``, over the metrics.
        seed: Of the resamples.
        out: Folder to make, with table, JSON and a page.
        progress: Where to report.

    Raises:
        TwinsegError: If tables do not fit; one line says what to do.
    """
    if out is not None:
        require_absent(Path(out))  # before anything is computed
    adjust = choose(_CORRECTIONS, correction, "correction")
    metrics = [name.strip() for name in metric.split(",")]
    tables, notes = _tables([Path(file) for file in files], models, model_column)
    case = case or case_column(tables, notes)
    require_group(tables.values(), group)
    if len(tables) > 2:
        if margin is not None or rope is not None or strata is not None:
            raise ConfigError("--margin, --rope and --strata are for two models; name two")
        many = {m: _many(tables, m, group, case, lower_is_better) for m in metrics}
        compared = Compared((), (), (), many, tuple(notes), correction)
    else:
        (first, second), names = tables.values(), tuple(tables)
        pairs = tuple(
            compare_tables(
                first,
                second,
                name,
                rng=stream(seed, "compare", name),
                group=group,
                case=case,
                names=(names[0], names[1]),
                margin=margin,
                rope=rope,
                higher_is_better=None if name in METRICS else not lower_is_better,
            )
            for name in metrics
        )
        raw = np.array([one.wilcoxon.p_value for one in pairs])
        parts = [
            _strata(tables, m, group, case, strata, stream(seed, "strata", m))
            for m in metrics
            if strata is not None
        ]
        notes += list(dict.fromkeys(note for one in pairs for note in one.notes))
        compared = Compared(
            pairs, tuple(adjust(raw).tolist()), tuple(parts), {}, tuple(notes), correction
        )
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
        progress=progress or Silent(),
    )
    return compared


def _tables(
    files: list[Path], models: Sequence[str], column: str
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Read a table for each model, by its name."""
    if len(files) > 1:
        stems = [file.stem for file in files]
        names = stems if len(set(stems)) == len(stems) else [str(file) for file in files]
        if len(set(names)) < len(names):
            raise ConfigError(f"{max(names, key=names.count)} is given twice; give other tables")
        if models:
            raise ConfigError("--models chooses among the models of one table; give one, or none")
        return {n: read_scores(file) for n, file in zip(names, files, strict=True)}, []
    table = read_scores(files[0])
    if column not in table.columns:
        raise DataError(
            f"{files[0]} has no column {column} that names the model of each row; it has: "
            f"{', '.join(table.columns)}; give a second table, or --model-column"
        )
    there = list(dict.fromkeys(table[column].astype(str)))
    chosen = list(models) or there
    for name in chosen:
        choose(dict.fromkeys(there), name, f"model of {files[0].name}")
    if len(chosen) < 2:
        raise DataError(f"{files[0]} holds one model, {chosen[0]}; it takes two to compare")
    found = {name: table[table[column].astype(str) == name] for name in chosen}
    return found, [f"models of {files[0].name}: {', '.join(chosen)}"]


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
    columns = ", ".join(next(iter(tables.values())).columns)
    raise DataError(f"no column names the cases; there are: {columns}; say which: --case COLUMN")


def _many(
    tables: Mapping[str, pd.DataFrame], metric: str, group: str, case: str, lower: bool
) -> ManyModels:
    first = next(iter(tables))
    # Each pair is compared once for its checks: same cases, same groups, numbers.
    for name, table in list(tables.items())[1:]:
        compare_tables(
            tables[first], table, metric, rng=np.random.default_rng(0), group=group, case=case,
            names=(first, name), draws=1,
        )  # fmt: skip
    units, columns = None, []
    for table in tables.values():
        ordered = table.sort_values(case, key=lambda column: column.astype(str))
        if group in ordered.columns:
            units = ordered[group].astype(str).to_numpy()
        columns.append(ordered[metric].to_numpy(float))
    if units is None:
        units = np.arange(len(columns[0])).astype(str)
    whole = np.isfinite(columns).all(axis=0)
    means = np.full((len(set(units)), len(columns)), np.nan)
    there = np.isin(np.unique(units), units[whole])
    for place, values in enumerate(columns):
        means[there, place] = group_totals(values[whole], units[whole]).means
    higher = METRICS[metric].higher_is_better if metric in METRICS else not lower
    return compare_many(means, tuple(tables), higher_is_better=higher)


def _strata(
    tables: Mapping[str, pd.DataFrame],
    metric: str,
    group: str,
    case: str,
    column: str,
    rng: np.random.Generator,
) -> Strata:
    first, second = (
        table.sort_values(case, key=lambda cases: cases.astype(str)) for table in tables.values()
    )
    having = [table for table in (first, second) if column in table.columns]
    if not having:
        raise DataError(f"no table has the column {column}; there are: {', '.join(first.columns)}")
    parts = having[0][column].reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(parts) and parts.nunique() > _MOST_STRATA:
        parts = halves(parts, names=("up to the median", "above the median"))
    grouped = [table for table in (first, second) if group in table.columns]
    units = grouped[0][group].astype(str).to_numpy() if grouped else first[case].to_numpy(str)
    names = tuple(tables)
    return compare_strata(
        first[metric].to_numpy(float),
        second[metric].to_numpy(float),
        parts,
        groups=units,
        metric=metric,
        names=(names[0], names[1]),
        rng=rng,
    )
