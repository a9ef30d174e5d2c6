"""What the page claims agrees with itself: same cases, no contradiction, words as people write."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from tests.report_tables import find
from tests.test_report import make_study
from twinseg.core.progress import Silent
from twinseg.core.tables import write_table
from twinseg.ensemble.mask_rules import RULES
from twinseg.report.answer import answer
from twinseg.report.environment import with_code
from twinseg.report.evidence_section import draw_evidence
from twinseg.report.models import TWIN_COLOURS, rule_models
from twinseg.report.page import _environment, name_models
from twinseg.report.rule_section import LEAST_GAP, RuleFigures, _say_control
from twinseg.report.score_table import read_score_table
from twinseg.report.study_contents import Contents, read_contents
from twinseg.report.write_report import write_report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out, data = make_study(tmp_path_factory.mktemp("truth"), empty=False)
    write_report(out, data, progress=Silent())
    return out


@pytest.fixture
def undefined_once(tmp_path: Path) -> Contents:
    """The same study, one case without a Dice for the first twin only, as of two empty masks."""
    out, data = make_study(tmp_path, empty=False)
    contents = read_contents(out)
    scores = contents.scores.copy()
    scores["dice"] = np.linspace(0.2, 0.9, len(scores))
    first = scores.index[scores["model"] == contents.twins[0].id]
    scores.loc[first[1], "dice"] = np.nan
    write_table(out / "tables" / "scores.parquet", scores)
    find(out, data)
    return read_contents(out)


def shown(html: str) -> str:
    """Return what a reader sees of a page, without code, pictures and marks."""
    text = re.sub(r"<(style|svg|script|code).*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def test_means_and_difference_of_the_twins_stand_on_the_same_cases(
    undefined_once: Contents,
) -> None:
    table = read_score_table(undefined_once)
    first, second = (undefined_once.scores_of("dice", twin) for twin in undefined_once.twins)
    both = np.isfinite(first) & np.isfinite(second)
    means = [table.headline[twin].summary.mean for twin in undefined_once.twins]
    assert table.shared == both.sum() == len(first) - 1
    np.testing.assert_allclose(means, [first[both].mean(), second[both].mean()])
    np.testing.assert_allclose(means[1] - means[0], np.nanmean(second - first))
    said = answer(undefined_once, table, draw_evidence(undefined_once))
    for mean in means:
        assert f"a mean Dice of {mean:.3f}" in said.points[0].text
    assert (
        "These means and their difference stand on the 5 cases in which both twins have a "
        "defined Dice; in 1 more case there was nothing to find" in " ".join(said.notes)
    )


def test_nothing_is_said_of_cases_apart_where_there_are_none(folder: Path) -> None:
    contents = read_contents(folder)
    said = answer(contents, read_score_table(contents), draw_evidence(contents))
    assert "stand on the" not in " ".join(said.notes)


def test_the_page_has_no_marks_of_code_and_no_wrong_plural(folder: Path) -> None:
    text = shown((folder / "report" / "index.html").read_text(encoding="utf-8"))
    assert "`" not in text
    assert not re.search(r"\b1 (cases|groups|images|masks|epochs|objects)\b", text)


def test_every_rule_has_a_colour_of_its_own() -> None:
    colours = [model.colour for model in rule_models([*RULES, "weighted", "chosen"])]
    assert len({*colours, *TWIN_COLOURS}) == len(colours) + 2


def some_rules() -> RuleFigures:
    """What is known of rules where nothing was measured but a ceiling."""
    return RuleFigures(
        chosen="",
        better=rule_models(["union"])[0],
        candidates=["`union`"],
        ceiling=0.9,
        gap=0.0,
        gains=[],
        doubt=None,
        remaining={},
        doubt_sentences=[],
        control=None,
        controls=[],
        control_sentences=[],
    )


def test_a_share_of_next_to_nothing_is_not_given() -> None:
    some = some_rules()
    for gap, matters in [(0.0, False), (LEAST_GAP - 1e-6, False), (LEAST_GAP, True)]:
        assert replace(some, gap=gap).gap_matters is matters


def test_the_ceiling_is_said_to_be_one_of_choosing_among_named_candidates() -> None:
    models = rule_models(["union", "majority"])
    rules = replace(some_rules(), gap=0.1, candidates=[f"`{model.id}`" for model in models])
    template, told = _environment(models).get_template("rules.html"), {"few_groups": ""}
    said = shown(template.render(rules=rules, answer=told))
    names = f"{models[0].label} , {models[1].label}"
    assert (
        f"The ceiling of choosing is a mean Dice of 0.900: for each image the best of {names}"
        in said
    )
    assert "a rule that makes new masks of its members can be above it" in said
    assert "above 1 it made masks that are better than every choice among those" in said


def test_names_in_backticks_are_set_as_code_and_escaped(folder: Path) -> None:
    assert with_code("`--rope` of <b>") == "<code>--rope</code> of &lt;b&gt;"
    models = read_contents(folder).models
    assert "`" not in name_models(f"`chosen` takes `{models[0].id}`", models)


def test_the_answer_stands_before_all_else_with_a_picture_and_a_figure(folder: Path) -> None:
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    hero = page[page.index('class="hero"') : page.index("<main>")]
    assert 2 <= hero.count("<li>") <= 5
    assert hero.count("<img") == 6
    assert hero.count("<svg") == 1
    links = re.findall(r'<a href="#(\w+)">', hero)
    assert all(f'id="{link}"' in page for link in links)


def test_cases_that_are_groups_of_their_own_are_said_to_be(folder: Path) -> None:
    study = read_contents(folder)
    table, evidence = read_score_table(study), draw_evidence(study)
    assert "group of its own" in answer(study, table, evidence).caveat
    in_two = study.scores["case"].isin(study.test_cases[:3]).astype(str)
    parted = replace(study, scores=study.scores.assign(group=in_two))
    assert "group of its own" not in answer(parted, table, evidence).caveat


@pytest.mark.parametrize(
    ("rate", "low", "high", "groups", "said"),
    [
        (0.09, 0.05, 0.13, 40, "0.090 (0.050 to 0.130), as wished;"),
        (0.13, 0.06, 0.2, 40, "more than wished, but no more than chance may do;"),
        (0.2, 0.15, 0.25, 40, "more than wished beyond chance: are these cases like"),
        (0.2, 0.15, 0.25, 4, "0.200 (no interval), more than wished, on too few groups"),
        (np.nan, np.nan, np.nan, 0, "which tells nothing;"),
    ],
)
def test_a_wish_tells_whether_it_came_true(
    rate: float, low: float, high: float, groups: int, said: str
) -> None:
    row = {
        "risk": "type2_rate",
        "price": "type1_rate",
        "alpha": 0.1,
        "is_reachable": True,
        "limit": 0.4,
    }
    row |= {"validation_groups": 30, "test_groups": groups, "test_risk": rate, "test_price": 0.02}
    assert said in _say_control(row | {"low": low, "high": high, "level": 0.95})
