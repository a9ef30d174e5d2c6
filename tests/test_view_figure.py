"""Figures for papers as a view is asked for them."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.test_report import STRANGE, TWINS, make_study
from twinseg.view.app import make_app
from twinseg.view.guard import Guard
from twinseg.view.serve import open_desk

FIRST, SECOND = TWINS
POST = {"x-twinseg": "view"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    out, data = make_study(tmp_path, empty=False)
    guard = Guard(make_app(open_desk(out, data.folder)), 8000)
    with TestClient(guard, base_url="http://127.0.0.1:8000") as client:
        yield client


def test_figures_come_at_the_width_of_a_journal(client: TestClient) -> None:
    panels = ["image", "reference", f"errors:{FIRST}", "errors:union", f"target:{SECOND}"]
    asked = {"cases": ["c1", STRANGE], "panels": panels, "width_mm": 85, "format": "png"}
    drawn = client.post("/api/figure", json=asked, headers=POST)
    assert drawn.headers["content-disposition"] == 'attachment; filename="figure.png"'
    width = Image.open(io.BytesIO(drawn.content)).width
    assert width == pytest.approx(85 / 25.4 * 300, abs=1)
    svg = client.post("/api/figure", json=asked | {"format": "svg"}, headers=POST)
    assert "<svg" in svg.text
    assert "c1, Dice: " in svg.text  # of the models whose errors are shown
    bare = asked | {"format": "svg", "panels": ["image"]}
    assert "Dice: " not in client.post("/api/figure", json=bare, headers=POST).text
    for wrong in (
        {"format": "exe"},
        {"cases": []},
        {"cases": ["nobody"]},
        {"panels": ["probability:union"]},
        {"panels": ["../x"]},
        {"panels": ["image"] * 13},
        {"width_mm": 5},
        {"width_mm": "wide"},
        {"width_mm": True},
    ):
        refused = client.post("/api/figure", json=asked | wrong, headers=POST)
        assert refused.status_code == 422
        assert "\n" not in refused.json()["error"]
