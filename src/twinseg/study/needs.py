"""What more data would bring: the scores of some studies over their numbers of training cases."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.comparison import (
    CasesNeeded,
    LearningCurve,
    WithMoreData,
    cases_needed,
    fit_learning_curve,
    read_scores,
    with_more_data,
)
from twinseg.comparison.columns import names_of, numbers_of
from twinseg.comparison.possible_values import require_possible
from twinseg.comparison.summary_rows import without_summaries
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress, Silent
from twinseg.core.seeds import stream
from twinseg.core.store import require_absent
from twinseg.core.tables import read_table
from twinseg.core.words import amount
from twinseg.metrics import METRICS
from twinseg.records.folders import StudyFolder
from twinseg.report.needs_page import write_needs_page
from twinseg.study.compare import case_column, require_group
from twinseg.study.hand_over import hand_over
from twinseg.study.metric_names import asked_metrics, turned_around

SIZE = "train_cases"
_NAMES = ("kind", "init", "model", "design", "seed")


@dataclass(frozen=True)
class DataNeeds:
    """A learning curve for each kind of start, or model, and what it answers.

    Attributes:
        curves: By init (and design, if there are several), or by model.
        more: What the asked multiple of the data is expected to bring.
        wished: Training cases for the wished score; empty if none was asked for.
        notes: What was left out.
    """

    curves: Mapping[str, LearningCurve]
    more: Mapping[str, WithMoreData]
    wished: Mapping[str, CasesNeeded]
    notes: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """Every answer in words, with its warnings."""
        answers = [(name, one.sentence) for name, one in self.more.items()]
        answers += [(name, one.sentence) for name, one in self.wished.items()]
        return [f"{name}: {sentence}" for name, sentence in answers]

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each curve and measured number of training cases."""
        return pd.DataFrame(
            [
                {"curve": name, "metric": curve.metric, SIZE: int(size), "mean": float(mean)}
                | {"a": curve.law[0], "b": curve.law[1], "c": curve.law[2]}
                | {"groups": curve.groups, "seeds": curve.seeds}
                for name, curve in self.curves.items()
                for size, mean in zip(curve.sizes, curve.means, strict=True)
            ]
        )


def data_needs(
    sources: Sequence[str | Path],
    *,
    metric: str = "dice",
    wished: float | None = None,
    times: float = 2.0,
    group: str = "group",
    case: str | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> DataNeeds:
    """Fit a learning curve to studies of one dataset; the same as ``twinseg needs``.

    Args:
        sources: Study folders that differ in ``fraction``, or tables of anyone with the columns
            ``train_cases``, a case, the metric, and if there are several, ``init`` or ``model``,
            ``design``, ``seed``. Three numbers of training cases at least, the same test cases.
        metric: Column of numbers of which more is better, at most 1; ``NAME:higher`` says so of
            one whose name does not.
        wished: A mean; how many training cases does it take?
        times: How many times the largest number of training cases to look ahead.
        group: Column that says which cases belong together; without it each case stands alone.
        case: Column that names the cases; found by itself under usual names.
        seed: Of the resamples.
        out: Folder to make, with table, JSON and a page.
        progress: Where to report.

    Raises:
        TwinsegError: If the tables do not fit; one line says what to do.
    """
    if out is not None:
        require_absent(Path(out))  # before anything is computed
    (metric, higher), *others = asked_metrics(metric).items()
    if others:
        raise ConfigError(f"needs takes one metric, got {metric}, {', '.join(dict(others))}")
    if not higher:
        raise ConfigError(f"of {metric} less is better; a learning curve takes one that grows")
    if wished is not None and not 0 < wished < 1:
        raise ConfigError(f"--wished is a mean {metric} between 0 and 1, got {wished}")
    table, notes = _read(sources, metric, group, case)
    notes += turned_around({metric: higher})
    curves = {
        name: fit_learning_curve(rows, metric, rng=stream(seed, "needs", name))
        for name, rows in _by_curve(table).items()
    }
    for name, curve in curves.items():
        if curve.undefined:
            notes.append(f"{name}: {curve.undefined} cases have no {metric} in some run: left out")
    found = DataNeeds(
        curves=curves,
        more={name: with_more_data(curve, times=times) for name, curve in curves.items()},
        wished={n: cases_needed(c, wished=wished) for n, c in curves.items() if wished is not None},
        notes=tuple(notes),
    )
    hand_over(
        "learning_curves",
        found.rows,
        partial(
            write_needs_page,
            curves=found.curves,
            label=METRICS[metric].label if metric in METRICS else metric,
            sentences=found.sentences,
            notes=found.notes,
        ),
        sentences=found.sentences,
        notes=found.notes,
        out=out,
        progress=progress or Silent(),
    )
    return found


def _read(
    sources: Sequence[str | Path], metric: str, group: str, case: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Stack the tables; columns ``train_cases, seed, case, group``, the metric, and the rest."""
    notes: list[str] = []
    tables = []
    if not sources:
        raise ConfigError("needs takes studies or tables of scores, got none")
    (most, times), *_ = Counter(Path(source).resolve() for source in sources).most_common()
    if times > 1:
        raise ConfigError(f"{most} is given {times} times; name each study or table once")
    for source in map(Path, sources):
        if not source.exists():
            raise DataError(f"{source} is no study folder and no table; check the path")
        file = scores_file(source) if source.is_dir() else source
        table = read_table(file) if source.is_dir() else read_scores(file, notes)
        tables.append((str(source), _runs(table, file, metric, group, case, notes)))
    scores = [(name, table.set_index("case")[metric]) for name, table in tables]
    require_possible(scores, metric, has_direction=True)
    for name, column in scores:
        if column.max() > 1:
            raise DataError(
                f"{metric} of {name} goes up to {column.max():g}; a learning curve takes scores "
                "of at most 1; divide percent by 100"
            )
    return pd.concat([table for _, table in tables], ignore_index=True), list(dict.fromkeys(notes))


def _runs(
    table: pd.DataFrame, file: Path, metric: str, group: str, case: str | None, notes: list[str]
) -> pd.DataFrame:
    """Return the rows of trained models of one table, with names cleaned and numbers made."""
    if missing := [column for column in (SIZE, metric) if column not in table.columns]:
        raise DataError(f"{file} has no column {missing[0]}; there are: {', '.join(table.columns)}")
    require_group([table], group)
    case = case or case_column({"": table}, notes)
    ((_, table),) = without_summaries([(file.name, table)], case, notes)
    names = {"case": case, "group": group if group in table.columns else case}
    names |= {name: name for name in _NAMES if name in table.columns}
    cleaned = pd.DataFrame({name: names_of(table[column]) for name, column in names.items()})
    for name in ("case", "group"):
        if gaps := int(cleaned[name].isna().sum()):
            raise DataError(
                f"{file} has {amount(gaps, 'row')} without a name in the column {names[name]}; "
                "fill it, or delete the rows"
            )
    indexed = table.set_axis(cleaned["case"], axis="index")
    for name in (SIZE, metric):
        numbers = numbers_of(indexed[name], file.name)
        if np.isinf(numbers).any() or (name == SIZE and np.isnan(numbers).any()):
            raise DataError(f"{file} has rows whose {name} is empty or infinite; mend them")
        cleaned[name] = numbers
    if "seed" not in cleaned.columns:
        cleaned["seed"] = "0"
    return cleaned if "kind" not in cleaned.columns else cleaned[cleaned["kind"] == "run"]


def scores_file(study: Path) -> Path:
    """Return the table of scores of a study.

    Raises:
        DataError: If the folder is no study, or one that has no scores yet.
    """
    file = StudyFolder(study).table("scores")
    if file.exists():
        return file
    if not StudyFolder(study).settings.exists():
        raise DataError(f"{study} is no study folder and no table; check the path")
    raise DataError(
        f"{study} is not finished; it has no scores yet; its `twinseg run` command goes on"
    )


def _by_curve(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Part the rows by what makes a curve of its own."""
    of_start = next((column for column in ("init", "model") if column in table.columns), None)
    keys = [of_start] if of_start else []
    if "design" in table.columns and table["design"].nunique() > 1:
        keys.append("design")
    if not keys:
        return {"all": table}
    parts = table.groupby(keys, sort=False, observed=True)
    return {", ".join(map(str, key)): rows for key, rows in parts}
