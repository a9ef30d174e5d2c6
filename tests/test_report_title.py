"""What the heading of a report calls its dataset."""

from dataclasses import replace

import pytest

from tests.test_report import make_study
from twinseg.report.study_contents import Contents, read_contents


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    return read_contents(make_study(tmp_path_factory.mktemp("title"), empty=False)[0])


@pytest.mark.parametrize(
    ("name", "facts", "title"),
    [
        ("pairs", {"window_hu": [-160, 240]}, "CT slices with masks"),
        ("dicom", {"window_hu": [-160, 240]}, "CT series"),
        ("dicom", {}, "DICOM series"),
        ("my lesions", {"window_hu": [-160, 240]}, "my lesions"),
    ],
)
def test_the_title_tells_what_was_segmented(
    contents: Contents, name: str, facts: dict, title: str
) -> None:
    assert replace(contents, dataset={"name": name, "facts": facts}).title == title
