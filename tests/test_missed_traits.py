"""Cases of which a twin misses half or more, and what they share: the table and its words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.test_report import make_study
from twinseg.core.progress import Silent
from twinseg.core.tables import read_table, write_table
from twinseg.findings.missed_traits import missed_traits
from twinseg.records.tables import TABLES
from twinseg.report.missed_section import draw_missed
from twinseg.report.study_contents import read_contents
from twinseg.report.write_report import write_report

CASES = 60


def made(missed: np.ndarray, **facts: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of one twin that misses some cases whole, and facts of them."""
    ids = [f"c{number:02}" for number in range(CASES)]
    scores = pd.DataFrame({"model": "twin", "case": ids, "type2_rate": np.where(missed, 1.0, 0.2)})
    return scores, pd.DataFrame({"case": ids, "group": ids, **facts})


def test_what_missed_cases_share_is_found_and_counted() -> None:
    rng = np.random.default_rng(0)
    size = rng.permutation(CASES) / CASES
    missed = size < 0.25  # 15 cases
    scores, labels = made(missed, foreground_share=size, contrast=rng.normal(size=CASES))
    found = missed_traits(scores, labels, ["twin"], seed=0)
    assert tuple(found.columns) == TABLES["missed_traits"].names
    first = found.iloc[0]
    assert (first["missed"], first["others"]) == (15, 45)
    assert (first["column"], first["missed_with_it"], first["others_with_it"]) == (
        "foreground_share",
        15,
        0,
    )
    assert first["trait"] == "foreground_share below 0.246"
    assert first["p_adjusted"] == pytest.approx(0.001)
    assert len(found) == len(found["column"].unique())  # each fact once


def test_half_is_missed_and_cases_without_a_target_are_not_looked_at() -> None:
    scores, labels = made(np.zeros(CASES, dtype=bool), contrast=np.arange(CASES) * 1.0)
    scores.loc[:2, "type2_rate"] = [0.5, 0.4999, np.nan]
    (row,) = missed_traits(scores, labels, ["twin"], seed=0).to_dict("records")
    assert (row["missed"], row["others"]) == (1, CASES - 2)
    assert (row["trait"], row["searched"]) == ("", 0)  # one case shares nothing
    assert np.isnan(row["p_adjusted"])


def test_chance_is_not_taken_for_a_trait() -> None:
    lowest = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        facts = {name: rng.normal(size=CASES) for name in ("contrast", "lightness", "compactness")}
        found = missed_traits(*made(rng.random(CASES) < 0.3, **facts), ["twin"], seed=seed)
        lowest.append(found["p_adjusted"].min())
    assert np.mean(np.array(lowest) < 0.05) <= 0.15  # 1 in 20 by its level


def test_no_test_case_at_all_is_no_trait() -> None:
    scores, labels = made(np.zeros(CASES, dtype=bool))
    (row,) = missed_traits(scores[:0], labels, ["twin"], seed=0).to_dict("records")
    assert (row["missed"], row["others"]) == (0, 0)


def test_the_page_names_missed_cases_and_what_is_sure_of_them(tmp_path: Path) -> None:
    out, data = make_study(tmp_path, empty=False)
    twins = [twin.id for twin in read_contents(out).twins]
    scores = read_table(out / "tables" / "scores.parquet")
    own = scores.index[scores["model"] == twins[0]]
    scores.loc[own, "type2_rate"] = [0.5, 1.0, 0.1, 0.7, 0.2, 0.3]
    write_table(out / "tables" / "scores.parquet", scores)
    counted = {"missed": 3, "others": 3, "searched": 12, "missed_with_it": 3, "others_with_it": 1}
    traits = [("contrast", "contrast below 0.4", 0.01), ("rarity", "rarity above 0.6", 0.2)]
    rows = [
        {"model": twins[0], **counted, "column": column, "trait": trait, "p_adjusted": p_value}
        for column, trait, p_value in traits
    ]
    none = dict.fromkeys(counted, 0) | {"column": "", "trait": "", "p_adjusted": np.nan}
    none |= {"missed": 1, "others": 5}
    rows.append({"model": twins[1], **none})
    table = pd.DataFrame(rows)[list(TABLES["missed_traits"].names)]
    write_table(out / "tables" / "missed_traits.parquet", table, sealed=True)
    one, other = draw_missed(read_contents(out))
    ids = scores.loc[own, "case"].to_numpy()
    assert one.worst == (ids[1], ids[3], ids[0])  # from the highest rate
    (trait,) = one.traits  # what may be chance is not told
    assert (trait.text, trait.missed, trait.others) == ("contrast below 0.4", 3, 1)
    assert trait.meaning.startswith("contrast: lightness inside minus")
    assert (other.traits, other.searched) == ((), 0)
    page = write_report(out, data, progress=Silent()).read_text()
    assert "3 of 6 cases</strong> with a target" in page
    assert "contrast below 0.4: 3 of 3, of the others 1 of 3 (p = 0.010)" in page
    assert "Too few are missed, or too few are not" in page
    (out / "tables" / "missed_traits.parquet").unlink()  # as in a study of an earlier version
    assert draw_missed(read_contents(out)) == ()
    assert 'id="missed"' not in write_report(out, data, progress=Silent()).read_text()
