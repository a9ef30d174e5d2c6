"""A slide in the browser: pieces come as far as one zooms, the mask keeps to its place."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

import twinseg
from tests.drawn_slides import tissue_picture, write_pyramid
from tests.listening import listen
from tests.test_predict_slides import TILES
from tests.untrained import write_untrained
from twinseg.view.serve import open_desk, served

sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("predicted")
    (folder / "slides").mkdir()
    picture = tissue_picture(1200, 2800, left=160, right=2400)
    write_pyramid(folder / "slides" / "one.tif", picture)
    run = write_untrained(folder / "run", replace(TILES, tile_px=256), seed=3)
    twinseg.predict_files(run, folder / "slides", folder / "out")
    with served(open_desk(folder / "out", images=folder / "slides")) as address:
        yield address


def test_zooming_in_fetches_finer_pieces_of_what_is_seen(browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    listen(page, wrong)
    page.goto(f"{address}?case=one")
    page.wait_for_selector(".slide canvas")
    page.wait_for_load_state("networkidle")
    pieces = [url for url in asked if "/pictures/slide?" in url]
    assert pieces
    assert not any("halved=0" in url for url in pieces)  # all of it fits in fewer pixels
    assert any("/pictures/slide_mask?" in url for url in asked)
    asked.clear()
    for _ in range(12):
        page.keyboard.press("+")
    page.wait_for_load_state("networkidle")
    fine = {url for url in asked if "/pictures/slide?" in url and "halved=0" in url}
    assert 0 < len(fine) < 40  # of 55, with those on the way
    assert wrong == []
    page.close()
