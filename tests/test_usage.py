"""Commands and functions called wrongly: one line that says what came and what was expected."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

import twinseg
from tests.commands import twinseg_here
from twinseg.cli import main, start
from twinseg.records.grid import GridSettings
from twinseg.records.place_settings import PlaceSettings
from twinseg.records.settings import SETTINGS
from twinseg.records.source_settings import ReadingSettings


def called(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int | str | None, str]:
    """Run the program here and return its status and its error stream."""
    monkeypatch.setattr(sys, "argv", ["twinseg", *arguments])
    with pytest.raises(SystemExit) as ended:
        main.run_app()
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("trian", "no such command 'trian'; did you mean run? see twinseg --help"),
        ("inpsect a", "no such command 'inpsect'; did you mean inspect? see twinseg --help"),
        ("zzz", "no such command 'zzz'; see twinseg --help"),
        ("--nope", "no such option --nope; see twinseg --help"),
        ("--versoin", "no such option --versoin; did you mean --version? see twinseg --help"),
        ("run", "SOURCE is missing; see twinseg run --help"),
        ("run a", "OUT is missing; see twinseg run --help"),
        ("explain a", "INPUT is missing; see twinseg explain --help"),
        ("compare", "TABLE [TABLE] is missing; see twinseg compare --help"),
        ("run a b c", "got unexpected extra argument(s) (c); see twinseg run --help"),
        ("run a b --shade", "no such option --shade; see twinseg run --help"),
        ("run a b --epcohs 3",
         "no such option --epcohs; did you mean --epochs? see twinseg run --help"),
        ("prepare a b --forground 3",
         "no such option --forground; did you mean --foreground? see twinseg prepare --help"),
        ("run a b -x", "no such option -x; see twinseg run --help"),
        ("run a b --epochs", "option '--epochs' requires an argument; see twinseg run --help"),
        ("run a b --flips=yes", "option '--flips' does not take a value; see twinseg run --help"),
        ("run a b --size big",
         "--size: expected a whole number, got 'big'; see twinseg run --help"),
        ("run a b --seed 1.5",
         "setting seed = '1.5': expected a whole number at least 0 and below 9.22337e+18"),
        ("prepare a b --mpp x",
         "--mpp: expected a number, got 'x'; see twinseg prepare --help"),
        ("needs a --times x", "--times: expected a number, got 'x'; see twinseg needs --help"),
        ("run a b --epochs 0", "setting epochs = 0: expected a whole number above 0"),
        ("run a b --fraction 12",
         "setting fraction = '12': expected a number above 0 and at most 1"),
        ("run a b --test-fraction 1",
         "setting test_fraction = 1.0: expected a number above 0 and below 1"),
        ("run a b --batch-size -1", "setting batch_size = -1: expected a whole number above 0"),
        ("run a b --learning-rate nan",
         "setting learning_rate = 'nan': expected a number above 0 or auto"),
        ("run a b --learning-rate inf",
         "setting learning_rate = 'inf': expected a number above 0 or auto"),
        ("run a b --design spars",
         "setting design = 'spars': expected one of: random, sparse, gaussian, no-rare, "
         "few-groups; did you mean sparse?"),
        ("prepare a b --mpp inf", "setting mpp = inf: expected a number above 0"),
        ("prepare a b --level -1", "setting level = -1: expected a whole number at least 0"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_line_in_our_words(
    arguments: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert called(arguments.split(), monkeypatch, capsys) == (2, f"twinseg: {said}\n")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: twinseg.run("a", "b", epoch=3), "no setting 'epoch'; did you mean epochs?"),
        (lambda: twinseg.run("a", "b", foregrund="3"), "did you mean foreground?"),
        (lambda: twinseg.run("a", "b", weigths_dir="w"), "did you mean weights_dir?"),
        (lambda: twinseg.prepare("a", "b", sise=3), "no setting 'sise'; did you mean size?"),
        (lambda: twinseg.run("a", "b", epochs=2.5), "epochs = 2.5: expected a whole number"),
        (lambda: twinseg.run("a", "b", flips="perhaps"), "expected true or false"),
        (lambda: twinseg.prepare("a", "b", foreground=3), "expected a list of names"),
        (lambda: twinseg.compare_files(["a"], metrc="dice"),  # type: ignore[call-arg]
         "twinseg.compare_files: got an unexpected keyword argument 'metrc'; did you mean metric?"),
        (lambda: twinseg.explain_files("a", "b", "c", regoin="x"),  # type: ignore[call-arg]
         "did you mean region?"),
        (lambda: twinseg.run("a"),  # type: ignore[call-arg]
         "twinseg.run: missing a required argument: 'out'"),
    ],
)  # fmt: skip
def test_functions_called_wrongly_say_what_was_meant(call, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(twinseg.TwinsegError) as error:
        call()
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_dir_shows_the_public_names() -> None:
    assert dir(twinseg) == sorted(twinseg.__all__)


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from importlib.metadata import version

    monkeypatch.setattr(sys, "argv", ["twinseg", "--version"])
    main.run_app()
    assert capsys.readouterr().out == f"twinseg {version('twinseg')}\n"


@pytest.mark.parametrize("command", ["run", "prepare", "explain"])
def test_help_loads_no_library_of_the_work_and_groups_its_options(command: str) -> None:
    heavy = "{'torch', 'numpy', 'pandas', 'matplotlib', 'PIL'}"
    code = f"""
import sys
sys.argv = ["twinseg", "{command}", "--help"]
from twinseg.cli.main import run_app
run_app()
print({heavy} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("set()", "")
    headings = {
        "run": [
            "Runs",
            "Model",
            "Training",
            "Split",
            "Evaluation",
            "How SOURCE is read",
            "Machine",
        ],
        "prepare": ["How SOURCE is read"],
        "explain": ["What is asked", "Machine"],
    }
    for heading in headings[command]:
        assert f"─ {heading} ─" in done.stdout


@pytest.mark.parametrize("command", ["run", "prepare", "inspect", "compare", "needs", "explain"])
def test_ctrl_c_while_libraries_are_loaded_is_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupting:
        """As if Ctrl-C came while a module of the work is imported."""

        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name.startswith("twinseg.study"):
                raise KeyboardInterrupt

    for name in [name for name in sys.modules if name.startswith("twinseg.study")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    arguments = [command, "a", "b", "c"][: 4 if command == "explain" else 3]
    arguments = arguments[:2] if command == "inspect" else arguments
    status, said = called(arguments, monkeypatch, capsys)
    assert status == 1
    assert said.startswith("twinseg: stopped")
    assert said.count("\n") == 1


def test_ctrl_c_while_the_commands_are_loaded_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupting:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "twinseg.cli.main":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "twinseg.cli.main")
    monkeypatch.delattr("twinseg.cli.main")
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        start.run_app()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "twinseg: stopped before anything was done\n"


@pytest.mark.parametrize("command", [["--help"], ["compare", "a.csv", "b.csv"]])
def test_an_answer_that_could_not_be_written_is_no_success(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("case,dice\nk,0.5\nl,0.75\n")
    monkeypatch.chdir(tmp_path)
    with suppress(OSError), Path("/dev/full").open("w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        status, said = called(command, patch, capfd)
    assert status == 1
    first = said.splitlines()[0]
    assert first.startswith("twinseg: cannot write the output: No space left on device")


def test_options_are_those_of_the_settings_with_their_defaults_and_help() -> None:
    said = twinseg_here("run", "--help", columns=300).stdout
    stages = [kind for stage, kind in SETTINGS.items() if stage != "point"]
    for kind in (GridSettings, *stages, ReadingSettings, PlaceSettings):
        for name, field in kind.model_fields.items():
            option = f"--{name.replace('_', '-')} "
            if name == "size":  # that of the command: as prepared, or the default
                continue
            (line,) = [line for line in said.splitlines() if f"│ {option}" in line]
            assert str(field.description)[1:] in line
            if isinstance(field.default, int | float) and not isinstance(field.default, bool):
                assert f"[default: {field.default}]" in line


def test_names_may_be_given_one_at_a_time_or_joined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source, out = str(tmp_path), str(tmp_path.parent / "out")
    asked: list[dict] = []
    monkeypatch.setattr(
        "twinseg.study.prepare.prepare",
        lambda *_, **more: asked.append(more) or SimpleNamespace(folder="x"),
    )
    for words in (["--roi", "a,b"], ["--roi", "a", "--roi", "b"], []):
        monkeypatch.setattr(sys, "argv", ["twinseg", "prepare", source, out, *words])
        main.run_app()
    assert [one.get("roi") for one in asked] == ["a,b", "a,b", None]
    assert not {"keep_ids", "mpp"} & asked[0].keys()  # their defaults are those of the settings
