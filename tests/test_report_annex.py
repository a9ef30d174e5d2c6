"""Methods, cards and checklists: true to the study, to the literature and to official numbers."""

import re
from pathlib import Path

import pytest

import twinseg
from tests.commands import twinseg_here
from twinseg.core.errors import DataError
from twinseg.report.annex.cards import data_card, model_card
from twinseg.report.annex.checklists import CLAIM, TRIPOD_AI, Item, filled
from twinseg.report.annex.methods_text import methods_text
from twinseg.report.annex.references import REFERENCES, bibtex, numbered
from twinseg.report.score_table import read_score_table
from twinseg.report.study_contents import Contents, read_contents
from twinseg.study.report import build_report

# Collins et al., BMJ 2024;385:e078378: 27 items, 52 with their parts.
OF_TRIPOD_AI = [
    *("1", "2", "3a", "3b", "3c", "4", "5a", "5b", "6a", "6b", "6c", "7", "8a", "8b", "8c"),
    *("9a", "9b", "9c", "10", "11", *(f"12{letter}" for letter in "abcdefg"), "13", "14", "15"),
    *("16", "17", *(f"18{letter}" for letter in "abcdef"), "19", "20a", "20b", "20c", "21", "22"),
    *("23a", "23b", "24", "25", "26", "27a", "27b", "27c"),
]


@pytest.fixture(scope="module")
def contents(calm: twinseg.Study) -> Contents:
    return read_contents(calm.folder)


def test_checklists_have_the_official_numbers() -> None:
    assert [item.number for item in TRIPOD_AI] == OF_TRIPOD_AI
    assert len(OF_TRIPOD_AI) == 52
    # Mongan et al., Radiology: Artificial Intelligence 2020;2(2):e200029: 42 items.
    assert [item.number for item in CLAIM] == [str(number) for number in range(1, 43)]


def test_what_nobody_can_know_is_open() -> None:
    known, unknown = filled((Item("1", "what", "key"), Item("2", "who")), {"key": "said"})
    assert (known.answer, known.is_open) == ("said", False)
    assert unknown.is_open


def test_every_item_with_an_answer_finds_it_on_the_page(calm: twinseg.Study) -> None:
    page = (calm.folder / "report" / "index.html").read_text(encoding="utf-8")
    opened = re.findall(r"<tr><td>(\w+)</td><td>[^<]*</td><td><b>open</b></td></tr>", page)
    assert {"17", "18a"} <= set(opened)
    answered = set(re.findall(r"see “([^”]+)”", page))
    headings = re.sub(
        r"<[^>]+>",
        "",
        " ".join(re.findall(r"<h2>.*?</h2>|<b>\w.*?\.</b>|<summary>.*?</summary>", page)),
    )
    assert {name for name in answered if name not in headings} == set()


def test_methods_say_what_was_asked_and_cite_in_order(contents: Contents) -> None:
    text = methods_text(contents, read_score_table(contents))
    whole = " ".join(paragraph for _, paragraph in text.paragraphs)
    training = contents.settings.training
    assert f"for {training.epochs} epoch" in whole
    assert f"batches of {training.batch_size}" in whole
    cited = [int(number) for number in re.findall(r"\[(\d+)\]", whole)]
    assert "[@" not in whole
    firsts = list(dict.fromkeys(cited))
    assert firsts == list(range(1, len(text.references) + 1))
    assert text.bibtex.count("\n@") + 1 == len(text.references)


def test_bibtex_has_every_work_once() -> None:
    text = bibtex(["holm1979", "holm1979", "wilcoxon1945"])
    assert text.count("@article{holm1979,") == 1
    assert "  journal = {Scandinavian Journal of Statistics}," in text
    assert text.count("{") == text.count("}")
    assert numbered(["b", "a", "b"]) == {"b": 1, "a": 2}
    assert all(work.year > 1900 for work in REFERENCES.values())


def test_cards_hold_the_numbers_of_the_study(contents: Contents) -> None:
    found = model_card(contents, read_score_table(contents), known=True)
    card = {one.question: one.answer for one in found}
    assert card["Trained on"].startswith(f"{sum(contents.cases['split'] == 'train')} cases of")
    assert card["Groups of people that fare worse"] == ""
    data = {one.question: one.answer for one in data_card(contents)}
    assert data["Fingerprint"] == contents.dataset["fingerprint"]


def test_the_report_is_built_anew_from_the_study_alone(calm: twinseg.Study, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (calm.folder / "report").rglob("*.*")}
    assert twinseg_here("report", calm.folder).returncode == 0
    assert {path: path.read_bytes() for path in (calm.folder / "report").rglob("*.*")} == before
    assert twinseg_here("check", calm.folder).returncode == 0
    with pytest.raises(DataError, match=r"is no study; give a folder that `twinseg run` has made"):
        build_report(tmp_path)
