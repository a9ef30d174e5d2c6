"""Tables as other tools and other countries write them: the right numbers, or one line why not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from twinseg.comparison import read_scores
from twinseg.comparison.summary_rows import is_summary, without_summaries
from twinseg.core.errors import DataError, TwinsegError

DICE = np.linspace(0.6, 0.9, 8).round(4)
GAIN = np.array([0.01, 0.02, 0.03, 0.04, 0.05, 0.02, 0.03, 0.04])  # mean 0.03
CASES = [f"c{n}" for n in range(8)]


def compared(tmp_path: Path, name: str, written, **settings):
    """Compare two files of one kind; the mean difference is 0.03 where all is read right."""
    for folder, values in (("A", DICE), ("B", DICE + GAIN)):
        (tmp_path / folder).mkdir(exist_ok=True)
        content = written([f"{value:.4f}" for value in values])
        content = content if isinstance(content, bytes) else content.encode()
        (tmp_path / folder / name).write_bytes(content)
    return twinseg.compare_files([tmp_path / "A" / name, tmp_path / "B" / name], **settings)


def plain(values: list[str], *, mark: str = ",", end: str = "\n") -> str:
    rows = zip(["case", *CASES], ["dice", *values], strict=True)
    return "".join(f"{case}{mark}{value}{end}" for case, value in rows)


def german(values: list[str]) -> str:
    return plain([value.replace(".", ",") for value in values], mark=";").replace("case", "Größe")


KINDS = {
    "utf-16": (lambda v: plain(v, mark="\t").encode("utf-16"), {}),
    "utf-16 without mark": (lambda v: plain(v, mark="\t").encode("utf-16-le"), {}),
    "latin-1, decimal comma": (lambda v: german(v).encode("latin-1"), {"case": "Größe"}),
    "utf-8 with mark": (lambda v: german(v).encode("utf-8-sig"), {"case": "Größe"}),
    "utf-16, tabs, decimal comma": (
        lambda v: german(v).replace(";", "\t").encode("utf-16"),
        {"case": "Größe"},
    ),
    "three decimals, decimal comma": (
        lambda v: plain([f"1,{x[2:5]}" for x in v], mark=";").replace("dice", "y"),
        {"metric": "y:higher"},
    ),
    "comment lines": (lambda v: "# made by x\n# at 12:00, y\n" + plain(v) + "# end\n", {}),
    "comment names columns": (lambda v: "# run 1\n# " + plain(v), {}),
    "empty rows": (lambda v: plain(v).replace("c3", "\nc3") + ",\n,\n\n", {}),
    "line ends of Windows": (lambda v: plain(v, end="\r\n"), {}),
    "mean and std": (lambda v: plain(v) + "mean,0.9\nstd,0.1\n", {}),
    "mean between empty rows": (lambda v: plain(v) + ",\nMean ± SD,0.75\n,\n", {}),
    "as pandas describes": (lambda v: plain(v) + "count,8\nmean,.7\nmin,.6\n25%,.6\nmax,.9\n", {}),
    "as Excel marks it": (lambda v: "sep=;\r\n" + german(v), {"case": "Größe"}),
    "parted by |": (lambda v: plain(v, mark="|"), {}),
    "parted by blanks": (lambda v: "# a b c\n" + plain(v, mark="   "), {}),
    "columns without a name": (lambda v: plain(v).replace("\n", ",,\n"), {}),
    "lists in cells": (
        lambda v: plain([f'"[0.99, {value}]"' for value in v]),
        {"metric": "dice.1"},
    ),
    "values joined": (lambda v: plain([f"0.99_{value}" for value in v]), {"metric": "dice.1"}),
    "quoted with commas": (lambda v: plain([f'"{x.replace(".", ",")}"' for x in v], mark=";"), {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_read_right(tmp_path: Path, kind):
    written, settings = KINDS[kind]
    (one,) = compared(tmp_path, "t.csv", written, **settings).pairs
    assert one.cases == 8
    assert one.mean_difference == pytest.approx(0.03, abs=1e-4 if "three" not in kind else 1e-3)


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        ("latin-1, decimal comma", "t.csv is not UTF-8: read as Windows-1252"),
        ("comment lines", "t.csv: 3 comment lines left out"),
        ("comment names columns", "t.csv: 1 comment line left out"),
        ("empty rows", "t.csv: 2 empty rows left out"),
        ("mean and std", "2 rows of a summary left out (mean, std)"),
        ("as pandas describes", "5 rows of a summary left out (count, mean, min, 25%, max)"),
    ],
)
def test_what_was_left_out_or_guessed_is_said(tmp_path: Path, kind, note):
    written, settings = KINDS[kind]
    notes = compared(tmp_path, "t.csv", written, **settings).notes
    assert [folder for folder in "AB" if any(f"{folder}/t.csv" in n and note in n for n in notes)]


@pytest.mark.parametrize(
    ("written", "settings", "message"),
    [
        (lambda v: plain([f"{x}%" for x in v]), {}, "write numbers without the sign"),
        (
            lambda v: plain(["1.843,50" for _ in v], mark=";"),
            {},
            "is '1.843,50' for the case c0; write numbers with one decimal point, and nothing",
        ),
        (lambda v: plain([x.replace(".", ",") for x in v]), {}, "3 cells in row 2 and 2 columns"),
        (lambda v: plain([f'"[0.9, {x}]"' for x in v]), {}, "its 2 values: --metric dice.0 to dic"),
        (lambda v: plain([*v[:-1], "good"]), {}, "is 'good' for the case c7; numbers are needed"),
        (lambda v: b"\x89PNG\r\n\x1a\n\x00\x00", {}, "is not text, or is damaged"),
        (lambda v: plain(v).replace("c1", "c\x1b"), {}, "damaged (character 0x1b in line 3); save"),
        (lambda v: "case,dice\nmean,1\nstd,2\n", {}, "holds summaries only (mean, std)"),
        (lambda v: ",\n,\n", {}, "it is empty"),
        (lambda v: 'case,dice\n"a,1\n', {}, "mend its quotes"),
        (lambda v: plain(v) + ",0.5\n", {}, "has 1 row without a name in the column case"),
    ],
)
def test_refused_in_one_line_that_names_the_way_out(tmp_path: Path, written, settings, message):
    with pytest.raises(TwinsegError) as raised:
        compared(tmp_path, "t.csv", written, **settings)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("version", [1, 2])
def test_summaries_of_nnunet(tmp_path: Path, version):
    def written(values: list[str]) -> str:
        rows = [{"1": {"Dice": float(value), "TP": 3}} for value in values]
        if version == 1:
            named = zip(rows, CASES, strict=True)
            all_of_them = [row | {"test": f"/p/{c}.nii.gz", "reference": c} for row, c in named]
            return json.dumps({"results": {"all": all_of_them, "mean": rows[0]}})
        return json.dumps({
            "mean": rows[0],
            "metric_per_case": [
                {"metrics": row, "prediction_file": f"C:\\p\\{case}.nii.gz"}
                for row, case in zip(rows, CASES, strict=True)
            ],
        })  # fmt: skip

    found = compared(tmp_path, "summary.json", written, metric="Dice")
    assert found.pairs[0].mean_difference == pytest.approx(0.03)
    assert found.pairs[0].higher_is_better is True
    assert list(read_scores(tmp_path / "A" / "summary.json")["case"]) == CASES


def test_several_labels_of_nnunet_are_not_mixed(tmp_path: Path):
    labels = {"1": {"Dice": 0.5}, "2": {"Dice": float("nan")}}
    cases = [{"metrics": labels, "prediction_file": "a.nii.gz"}]
    (tmp_path / "s.json").write_text(json.dumps({"metric_per_case": cases}))
    assert list(read_scores(tmp_path / "s.json").columns) == ["case", "Dice.1", "Dice.2"]
    for content in ("[1, 2]", "{}", '{"metric_per_case": [3]}', "no json"):
        (tmp_path / "s.json").write_text(content)
        with pytest.raises(DataError, match=r"is no summary.json of nnU-Net: no metric_per_case"):
            read_scores(tmp_path / "s.json")


@pytest.mark.parametrize(
    ("names", "summaries"),
    [
        (["a", "Mean", "STD:", None], [False, True, True, False]),
        (["Anna", "Max", "Min", "Zoe"], [False, False, False, False]),  # names of people
        (["Anna", "Zoe", "Max"], [False, False, True]),
        (["Anna", "Max", "mean", "max"], [False, False, True, True]),
        (["count", "mean", "std", "min", "25%", "50%", "75%", "max"], [True] * 8),
        (["case mean", "meaning", "mean_1"], [False, False, False]),
        (["mean (n=18)", "a", "mean n=18"], [True, False, True]),
        (["average", "a", "standard deviation"], [True, False, True]),
        (["n", "all"], [False, True]),
        (["b", "c", "n"], [False, False, False]),
        (["p1", "p3", "p5"], [False, False, False]),
        (["24", "25"], [False, False]),
        (["24%", "25%"], [False, False]),
        (["u", "95% CI", "Standard error", "IQR"], [False, True, True, True]),
    ],
)
def test_what_is_a_summary(names, summaries):
    assert is_summary(names) == summaries


@pytest.mark.parametrize("word", ["fold 0 mean", "mean (fold 1)", "fold1_mean", "avg fold 2",
    "Mean ± SD", "median all", "total", "overall", "overall mean", "mean fold 1 ± SD", "seed3_sd",
    "Mean of class left kidney", "class-liver-mean", "split test std", "run 2, epoch 10: average",
    "5-fold mean", "mean over all folds", "per-class mean", "mean seed=3", "epoch 12 mean (n=18)",
])  # fmt: skip
def test_a_summary_of_a_part_is_one_wherever_it_stands(word):
    assert is_summary(["k0", word, "k1", "k2"]) == [False, True, False, False]


@pytest.mark.parametrize("word", ["mean_01", "fold 1", "fold 1 case 3", "fold1_p1_mean", "run 7",
    "epoch 3 patient 4 mean", "class mean patient 2", "seed", "split max", "Max fold", "all",
    "case mean", "liver mean", "class a b c d mean", "mean 3",
])  # fmt: skip
def test_a_case_whose_name_only_sounds_like_one_stays(word):
    assert is_summary(["k0", word, "k1", "k2"]) == [False] * 4


@pytest.mark.parametrize("word", ["mean (n=18)", "dataset mean", "95% CI", "IQR", "25%", "max",
    "min", "all", "global", "Q1", "sum", "count", "n", "Mean over all cases", "25th percentile",
])  # fmt: skip
def test_a_lone_summary_below_the_cases(word):
    assert is_summary(["Anna", "Max", "Zoe", word]) == [False, False, False, True]


def test_a_row_that_is_a_case_in_one_table_is_one_in_both():
    tables = [
        (name, pd.DataFrame({"case": names, "dice": 0.5}))
        for name, names in (("A", ["Ann", "Max", "Zoe"]), ("B", ["Zoe", "Ann", "Max"]))
    ]
    notes: list[str] = []
    assert [len(table) for _, table in without_summaries(tables, "case", notes)] == [3, 3]
    assert notes == []
    tables[0] = ("A", pd.DataFrame({"case": ["Ann", "Zoe", "Max"], "dice": 0.5}))
    assert [len(table) for _, table in without_summaries(tables, "case", notes)] == [2, 2]
    assert notes[0] == (
        "A: 1 row of a summary left out (Max); if that is the name of a case, give it another one"
    )


@pytest.mark.parametrize("settings", [{}, {"case": "case"}])
def test_a_header_below_titles_is_named_as_the_cause(tmp_path: Path, settings):
    with pytest.raises(DataError, match=r"the header of .* \(case, dice\) is not in its first row"):
        compared(tmp_path, "t.csv", lambda v: "Results of run 7,\n,\n" + plain(v), **settings)


@pytest.mark.parametrize("column", ["label", "class", "organ", "fold"])
def test_several_rows_of_a_case_are_told_apart_by_a_named_column(tmp_path: Path, column):
    def long(values):
        rows = (f"{c},{part},{x}\n" for c, x in zip(CASES, values, strict=True) for part in "ab")
        return f"case,{column},dice\n" + "".join(rows)

    said = f"a row per case and {column}; keep one {column}, such as a \\(of a, b\\)"
    with pytest.raises(DataError, match=said):
        compared(tmp_path, "t.csv", long)


def test_cases_that_differ_in_file_endings_only_are_said_to(tmp_path: Path):
    files = [tmp_path / "A.csv", tmp_path / "B.csv"]
    for file, ending in zip(files, (".nii.gz", ".nii"), strict=True):
        file.write_text("case,dice\n" + "".join(f"k{n}{ending},0.{n}\n" for n in range(1, 9)))
    said = (
        r"8 cases may be the same .* \(k1.nii.gz and k1.nii differ in file endings\); spell them al"
    )
    with pytest.raises(DataError, match=said):
        twinseg.compare_files(files)
