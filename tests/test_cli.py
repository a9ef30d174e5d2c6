"""The command line as a person meets it: quick help, one line and status 2 when called wrongly."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import PROGRAM, twinseg, twinseg_here
from tests.conftest import WritePairs

RANDOM = ["--init", "random:1,random:2"]
HERE = str(Path(__file__).parent)
SMALL = ["--encoder", "tu-test_efficientnet", "--size", "32", "--epochs", "1", *RANDOM]
SMALL += ["--evidence-cases", "1"]


def test_help_names_the_commands_with_an_example() -> None:
    done = twinseg("--help")
    assert done.returncode == 0
    for word in ("run", "demo", "twinseg demo"):
        assert word in done.stdout
    assert "Example: twinseg run" in twinseg("run", "--help").stdout


@pytest.mark.parametrize("program", ["import twinseg", "import twinseg.cli.main"])
def test_what_help_needs_is_light(program: str) -> None:
    heavy = "{'torch', 'numpy', 'pandas', 'matplotlib', 'PIL', 'jaxtyping'}"
    code = f"import sys; {program}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


@pytest.mark.parametrize(
    "module",
    [
        "study.compare",
        "study.needs",
        "study.prepare",
        "study.check_dataset",
        "study.inspect",
        "view.serve",
        "view.app",
    ],
)
def test_commands_without_a_network_do_not_wait_for_torch(module: str) -> None:
    code = f"import sys, twinseg.{module}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_the_public_names_are_those_listed() -> None:
    import twinseg

    assert all(getattr(twinseg, name) for name in twinseg.__all__)
    with pytest.raises(AttributeError, match="public names: Study, StudySettings"):
        twinseg.train  # noqa: B018


def test_run_prints_plain_lines_and_the_report(write_pairs: WritePairs, tmp_path: Path) -> None:
    done = twinseg("run", write_pairs(), tmp_path / "out", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "\r" not in done.stdout
    assert "\x1b" not in done.stdout
    assert "10 cases of 10 groups" in done.stdout
    assert done.stdout.splitlines()[-1] == f"report: {tmp_path / 'out' / 'report' / 'index.html'}"
    assert done.stderr == ""


def test_ctrl_c_says_that_the_same_command_goes_on(write_pairs: WritePairs, tmp_path: Path) -> None:
    arguments = ["run", write_pairs(), tmp_path / "out", *SMALL, "--epochs", "500"]
    with subprocess.Popen(
        [PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has told its children to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        for line in running.stdout:
            if "10 cases of 10 groups" in line:
                break
        running.send_signal(signal.SIGINT)
        try:
            assert running.wait(timeout=120) == 1
        finally:
            running.kill()
        said = running.stderr.read()
    assert said == "twinseg: stopped; the same command goes on from here\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
            (["nowhere", "out", *SMALL],
             "twinseg: nowhere does not exist; give a file or folder that does"),
        ([HERE, "out", *SMALL, "--size", "33"], "take 32 or 64"),
        ([HERE, "out", *SMALL, "--init", "random"], "setting init"),
        ([HERE, "out", *SMALL, "--weights-dir", "none",
          "--init", "imagenet,random"],
         "twinseg: weights folder none does not exist; see --weights-dir"),
        ([HERE, "out", *SMALL, "--device", "cuda"], "take --device cpu"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_and_status_2(arguments: list[str], said: str) -> None:
    done = twinseg_here("run", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not Path("out").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_one_line_and_the_same_command_goes_on(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small]
    subprocess.run(mounted, check=True)
    try:
        done = twinseg("run", write_pairs(), small / "out", *SMALL)
        assert done.returncode == 2
        assert "No space left on device; make room" in done.stderr
        assert done.stderr.count("\n") == 1
        assert not list((small / "out" / "runs").glob("[!.]*"))
        subprocess.run(["mount", "-o", "remount,size=1g", small], check=True)
        assert twinseg("run", tmp_path / "pairs", small / "out", *SMALL).returncode == 0
    finally:
        subprocess.run(["umount", small], check=True)
