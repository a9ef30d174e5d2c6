"""Every rule's gain over the better twin, as the table of docs/ensembles.md, from study folders.

python bench/rules.py STUDY...
"""

import sys
from pathlib import Path

import pandas as pd

from twinseg import Study
from twinseg.comparison.number_text import number, probability


def table_of(study: Study) -> str:
    """Rows of Markdown: rule, mean Dice, gain with interval, p values, share of the gap."""
    tables = study.folder / "tables"
    ceiling = pd.read_parquet(tables / "ceiling.parquet").set_index("model")
    by_case = study.scores.pivot(index="case", columns="model", values="dice")
    dice = by_case.dropna().mean()  # of the cases where all are defined, as the ceiling
    better, groups = ceiling["better_twin"].iloc[0], study.scores["group"].nunique()
    top = ceiling.iloc[0]
    lines = [
        f"**{study.folder.name}**: {len(by_case)} cases of {groups} groups, {top['cases']} of them "
        f"with a Dice of all; better twin of validation `{better}`, mean Dice "
        f"{number(dice[better])}; ceiling {number(top['ceiling'])}, {number(top['gap'])} above.",
        "",
        "| rule | mean Dice | gain over the better twin (95 %) | p | after Holm | share of gap |",
        "|---|---|---|---|---|---|",
    ]
    for one in study.comparisons:
        if one.first == better and one.metric == "dice" and one.second in ceiling.index:
            row = ceiling.loc[one.second]
            gain = f"{number(one.mean_difference, signed=True)} ({number(one.low, signed=True)} to "
            share = f"{number(row['share_of_gap'])} ({number(row['low'])} to {number(row['high'])})"
            lines.append(
                f"| `{one.second}` | {number(dice[one.second])} | "
                f"{gain}{number(one.high, signed=True)}) | {_bare(one.p_value)} | "
                f"{_bare(one.p_adjusted)} | {share} |"
            )
    return "\n".join([*lines, ""])


def _bare(p_value: float) -> str:
    return probability(p_value).removeprefix("= ")


def main() -> None:
    """Print one table a study."""
    for folder in sys.argv[1:]:
        print(table_of(Study(Path(folder))))


if __name__ == "__main__":
    main()
