"""What cannot be begun is refused before anything heavy is loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

import twinseg

_LOADED = """
import sys
from twinseg.cli.start import run_app
try:
    run_app()
finally:
    print(*sorted({"torch", "scipy", "pandas", "pydicom"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("others")
    (folder / "thesis.txt").write_text("mine")
    return folder


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("run NONE OUT", "none does not exist; give a file or folder"),
        ("prepare NONE OUT", "none does not exist; give a file or folder"),
        ("predict STUDY NONE OUT", "none does not exist; give a file or folder"),
        ("predict NONE IMAGES OUT", "none is no model; give a study, run folders"),
        ("predict STUDY IMAGES OUT --rule onion", "unknown rule 'onion'; choose one of: "),
        ("predict STUDY IMAGES OTHERS", "holds other files; choose another OUT"),
        ("predict STUDY IMAGES IMAGES/out", "choose an OUT outside of INPUT"),
        ("run IMAGES OTHERS", "exists and is not a study; choose another OUT"),
        ("prepare IMAGES OTHERS", "exists and is no dataset; choose another name"),
    ],
)
def test_wrong_paths_and_names_are_refused_in_one_line_before_torch_is_loaded(
    calm: twinseg.Study, source: Path, others: Path, tmp_path: Path, asked: str, said: str
) -> None:
    places = {
        "NONE": tmp_path / "none",
        "OUT": tmp_path / "out",
        "STUDY": calm.folder,
        "IMAGES": source / "images",
        "OTHERS": others,
    }
    for name, path in places.items():
        asked = asked.replace(name, str(path))
    line = [sys.executable, "-c", _LOADED, *asked.split()]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "\n")
    assert said in done.stderr
    assert not places["OUT"].exists()
