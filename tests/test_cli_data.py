"""`twinseg prepare` and `twinseg inspect` as a person meets them: every kind, every slip."""

import json
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.commands import PROGRAM, twinseg, twinseg_here
from tests.conftest import WritePairs, write_discs
from tests.dicom_files import square, write_series, write_structures
from tests.fuzz_sources import MAKERS
from twinseg.data.prepared import open_prepared

KINDS = {  # as a person types it
    "pairs": [],
    "dicom": ["--roi", "target", "--segment", "target", "--window", "lung"],
    "nifti": ["--empty-slices", "0.5", "--window", "-500,500"],
    "slides": ["--foreground", "tumor", "--tile-px", "64", "--level", "0"],
    "masked": ["--foreground", "1", "--tile-px", "64", "--mpp", "0.5", "--tissue-share", "0.2"],
    "isic": [],
    "gleason": ["--foreground", "5"],
    "kits": ["--foreground", "kidney"],
}


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Call the command in this process; returns status, output and error output."""
    done = twinseg_here(*arguments)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_recognised_and_prepared(name: str, tmp_path: Path) -> None:
    for number in range(4):
        MAKERS[name].write(tmp_path / "source", number)
    options = ["--size", "32", *KINDS[name]]
    status, said, wrong = call("prepare", tmp_path / "source", tmp_path / "set", *options)
    assert (status, wrong) == (0, "")
    kind = "slides" if name == "masked" else name
    source = "SOURCE" if kind == "dicom" else tmp_path / "source"
    assert said.startswith(f"taking {source} for {kind}: ")
    assert said.endswith(f"dataset: {tmp_path / 'set'}\n")
    assert "\r" not in said
    assert "\x1b" not in said
    data = open_prepared(tmp_path / "set")
    assert data.dataset.left_out == ()
    assert f"{len(data.dataset.cases)} cases of 4 groups" in said
    assert data.pictures.shape[1:] == (32, 32, 3)
    assert 0 < np.mean(data.masks) < 1
    assert data.dataset.facts["settings"]["size"] == 32
    assert call("prepare", tmp_path / "source", tmp_path / "set", *options)[0] == 0  # opened
    assert open_prepared(tmp_path / "set").dataset.fingerprint == data.dataset.fingerprint


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kind", "photos"], "setting kind"),
        (["--kind", "dicom"], "no DICOM series of SOURCE has a mask"),
        (["--kind", "kits"], "has no case that is complete"),
        (["--size", "0"], "setting size"),
        (["--size", "100"], "size 100 does not fit a network: expected a multiple of 32; take 96"),
        (["--size", "16"], "expected a multiple of 32; take 32"),
        (["--window", "belly"], "unknown window 'belly'; choose abdomen, lung, bone or LO,HI"),
        (["--empty-slices", "1.5"], "setting empty_slices"),
        (["--tissue-share", "-1"], "setting tissue_share"),
        (["--mpp", "0"], "setting mpp"),
        (["--from", "elsewhere"], "--from goes with the name of a public set"),
        (["--foreground", "#ff00"], "#ff00"),
    ],
)
def test_wrong_choices_are_one_line_and_leave_nothing(
    options: list[str], said: str, write_pairs: WritePairs, tmp_path: Path
) -> None:
    status, _, wrong = call("prepare", write_pairs(cases=2), tmp_path / "set", *options)
    assert status == 2
    assert wrong.startswith("twinseg: ")
    assert said in wrong
    assert wrong.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs"]


@pytest.mark.parametrize("options", [["--size", "large"], ["--colour"], ["--level", "1.5"]])
def test_what_the_parser_refuses_is_status_2(
    options: list[str], write_pairs: WritePairs, tmp_path: Path
) -> None:
    status, _, wrong = call("prepare", write_pairs(cases=2), tmp_path / "set", *options)
    assert status == 2
    assert options[0] in wrong
    assert not (tmp_path / "set").exists()


def test_a_source_that_is_absent_or_empty(tmp_path: Path) -> None:
    status, _, wrong = call("prepare", tmp_path / "nowhere", tmp_path / "set")
    assert status == 2
    assert "nowhere does not exist; give a file or folder that does" in wrong
    (tmp_path / "empty").mkdir()
    status, _, wrong = call("prepare", tmp_path / "empty", tmp_path / "set")
    assert status == 2
    assert "holds no images; put images in images/" in wrong


def test_classes_are_asked_for_with_their_shares(write_pairs: WritePairs, tmp_path: Path) -> None:
    source = write_pairs(cases=2)
    classes = np.repeat(np.array([0, 3, 4, 4], np.uint8), 400).reshape(40, 40)
    Image.fromarray(classes).save(source / "masks" / "case00.png")
    status, _, wrong = call("prepare", source, tmp_path / "set")
    assert status == 2
    assert "mask holds 3 values: 4 in 50 %, 0 in 25 %, 3 in 25 % of its pixels" in wrong
    assert "choose the target, such as --foreground 3,4" in wrong
    assert not (tmp_path / "set").exists()
    assert call("prepare", source, tmp_path / "set", "--foreground", "nonzero")[0] == 0


def test_an_option_of_names_may_be_given_several_times(tmp_path: Path) -> None:
    write_series(tmp_path / "source" / "ct", [0, 2, 4])
    regions = {"Kidney, left": [square(1.5, 3.5, 2)], "b": [square(5.5, 8.5, 2)]}
    write_structures(tmp_path / "source" / "rt.dcm", regions)
    chosen = ["--roi", "Kidney, left", "--roi", "b", "--size", "32"]
    status, _, wrong = call("prepare", tmp_path / "source", tmp_path / "set", *chosen)
    assert (status, wrong) == (0, "")
    data = open_prepared(tmp_path / "set")
    assert sum(case.foreground_px for case in data.dataset.cases) == 4 + 9


def test_regions_and_segments_are_asked_for_by_name(tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_series(source / "slices", [0, 2, 4])
    outline = [square(1.5, 5.5, 2)]
    write_structures(source / "regions.dcm", {"Kidney": outline, "Liver": outline})
    status, _, wrong = call("prepare", source, tmp_path / "set")
    assert status == 2
    assert "has several regions: Kidney (1 outline), Liver (1 outline)" in wrong
    assert wrong.endswith("choose with --roi NAME\n")
    status, _, wrong = call("prepare", source, tmp_path / "set", "--roi", "Spleen")
    assert status == 2
    assert "has no region Spleen; it has Kidney" in wrong
    status, said, _ = call("prepare", source, tmp_path / "set", "--roi", "Kidney,Liver")
    assert status == 0
    assert "3 cases of 1 group (2 with an empty mask)" in said


def test_other_folders_and_other_settings_are_refused(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source, folder = write_pairs(cases=3), tmp_path / "set"
    assert call("prepare", source, folder, "--size", "32")[0] == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (source / "images" / "case00.png").unlink()
    status, _, wrong = call("prepare", source, folder, "--size", "32")
    assert status == 2
    assert "was prepared from other files: images, masks or groups changed since;" in wrong
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("Dear Sir")
    status, _, wrong = call("prepare", source, tmp_path / "letters")
    assert status == 2
    assert "exists and is no dataset; choose another name, nothing was changed" in wrong
    status, _, wrong = call("prepare", source, source / "set")
    assert status == 2
    assert "lies inside" in wrong


def test_bad_files_are_said_and_strict_stops(write_pairs: WritePairs, tmp_path: Path) -> None:
    source = write_pairs(cases=3)
    (source / "masks" / "case01.png").write_bytes(b"no picture")
    status, _, wrong = call("prepare", source, tmp_path / "set", "--strict")
    assert status == 2
    assert "1 file of" in wrong
    assert "masks/case01.png (cannot be read" in wrong
    status, said, _ = call("prepare", source, tmp_path / "set")
    assert status == 0
    assert "left out: 1\n  masks/case01.png: cannot be read" in said


def test_inspect_says_it_and_writes_a_page(write_pairs: WritePairs, tmp_path: Path) -> None:
    call("prepare", write_pairs(), tmp_path / "set", "--size", "32")
    status, said, wrong = call("inspect", tmp_path / "set")
    assert (status, wrong) == (0, "")
    page = tmp_path / "set" / "labels" / "index.html"
    assert said.splitlines()[-1] == f"figures and tables: {page}"
    assert any(line.startswith("- ") for line in said.splitlines())
    names = {path.name for path in page.parent.iterdir()}
    assert {"labels.parquet", "labels.csv", "labels.json", "index.html"} <= names
    assert json.loads((page.parent / "labels.json").read_text())
    status, _, wrong = call("inspect", tmp_path / "pairs")
    assert status == 2
    assert "is no dataset; make one by: twinseg prepare SOURCE" in wrong
    assert wrong.count("\n") == 1


def test_check_says_of_every_file_whether_it_is_right(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    call("prepare", write_pairs(cases=3), folder, "--size", "32")
    assert call("check", folder) == (
        0,
        "pictures.npy: right\nmasks.npy: right\nreferences.bin: right\ncases.parquet: right\n"
        "cases.csv: right\ndataset.json: right, and fits the others: 3 cases\n",
        "",
    )
    (folder / "cases.csv").write_text("case,group\n")
    masks = bytearray((folder / "masks.npy").read_bytes())
    masks[-1] ^= 1
    (folder / "masks.npy").write_bytes(masks)
    (folder / "references.bin").write_bytes(b"")  # 3 masks of 40 x 40 pixels, eight a byte: 600
    status, said, wrong = call("check", folder)
    assert status == 2
    assert said.splitlines()[:4] == [
        "pictures.npy: right",
        "masks.npy: damaged: it holds other bytes than were written (its SHA-256 differs)",
        "references.bin: damaged: it has 0 bytes, 600 were written",
        "cases.parquet: right",
    ]
    damaged = "damaged: masks.npy, references.bin, cases.csv; give the command that prepared it"
    assert wrong == f"twinseg: 3 of 5 files of {folder} {damaged} again\n"
    assert call("check", tmp_path / "pairs")[0] == 2


def test_help_has_an_example_for_each_command() -> None:
    example = "Example: twinseg prepare biopsies/ biopsies-256/ --foreground 3,4,5"
    assert example in twinseg_here("prepare", "--help").stdout
    assert "Example: twinseg inspect biopsies-256/" in twinseg_here("inspect", "--help").stdout


def test_a_public_set_behind_an_account_says_what_to_fetch_where(tmp_path: Path) -> None:
    status, _, wrong = call("prepare", "panda", tmp_path / "set")
    assert status == 2
    assert "--from" in wrong
    assert wrong.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_prepare_goes_on_where_ctrl_c_stopped_it(tmp_path: Path) -> None:
    source = write_discs(tmp_path, cases=100, side_px=500)
    whole = twinseg("prepare", source, tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    # A shell may have told its children to ignore interrupts; a person's terminal does not.
    running = subprocess.Popen(
        [PROGRAM, "prepare", source, tmp_path / "set"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    parts = tmp_path / ".set.preparing" / "parts"
    while not list(parts.glob("*.json")) and running.poll() is None:
        time.sleep(0.002)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 1
    assert said == "twinseg: stopped; the same command goes on from here\n"
    assert not (tmp_path / "set").exists()
    assert list(parts.glob("*.bin"))
    again = twinseg("prepare", source, tmp_path / "set")
    assert again.returncode == 0, again.stderr
    assert not parts.exists()
    for file in ("dataset.json", "pictures.npy", "masks.npy", "references.bin"):
        assert (tmp_path / "set" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
