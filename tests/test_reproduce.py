"""The command that the page gives to make a study again."""

from twinseg.records.settings import make_settings
from twinseg.report.reproduce import command_of


def test_the_command_has_what_is_not_the_default_and_no_folder_of_anyone() -> None:
    assert command_of(make_settings()) == "twinseg run SOURCE OUT"
    settings = make_settings(
        init=("imagenet", "/home/someone/medical.safetensors"),
        encoder="mobilenet_v2",
        epochs=8,
        flips=True,
        fraction=0.25,
        remark="secret",
    )
    assert command_of(settings) == (
        "twinseg run SOURCE OUT --init imagenet,medical.safetensors --fraction 0.25 "
        "--encoder mobilenet_v2 --epochs 8 --flips"
    )
