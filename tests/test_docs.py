"""What the pages say is what the code does; the README's example runs."""

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import WritePairs
from twinseg.metrics import METRICS

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_every_file_that_contributing_names_is_there() -> None:
    known = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("[st]*/**/*.py")}
    for name in re.findall(r"(?<![\w/*])[\w/]+\.py", (ROOT / "CONTRIBUTING.md").read_text()):
        assert any(f"/{path}".endswith(f"/{name}") for path in known), name


def test_the_table_of_empty_masks_is_the_one_in_use() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text()
    for name, metric in METRICS.items():
        row = metric.when_empty
        cells = (row.both, row.only_reference, row.only_prediction, row.no_background)
        assert f"| `{name}` | {' | '.join(cell.value for cell in cells)} |" in text
        assert f"| `{name}` | {metric.label} |" in text
        assert metric.meaning in text


def test_the_example_of_the_readme_runs(
    write_pairs: WritePairs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(example.strip().splitlines()) <= 15
    lesions = write_pairs("lesions")
    shutil.copy(lesions / "images" / "case00.png", tmp_path / "new-lesion.png")
    monkeypatch.chdir(tmp_path)
    # As shown, but smaller, and from random weights: tests bring no ImageNet weights.
    for shown, small in (
        ('"mobilenet_v2", size=128, epochs=8', '"tu-test_efficientnet", size=32, epochs=1'),
        ('weights_dir="weights"', 'init=("random:1", "random:2")'),
    ):
        assert shown in example
        example = example.replace(shown, small)
    exec(example, {})
    out = capsys.readouterr().out
    assert "random1-f100-s0 - " in out or "- random1-f100-s0" in out
    assert out.rstrip().endswith("index.html")


def test_no_page_names_a_machine() -> None:
    for page in PAGES:
        assert not re.search(r"/(home|root|work|tmp|Users)/", page.read_text()), page
