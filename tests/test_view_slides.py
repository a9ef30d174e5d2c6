"""Slides by deep zoom: pieces as the slide has them, tiles in their place, masks in step."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

import twinseg
from tests.drawn_slides import tissue_picture, write_pyramid
from tests.test_predict_slides import OUTLINE, TILES
from tests.untrained import write_untrained
from twinseg.core.errors import ConfigError, DataError
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.slide import Tile
from twinseg.records.source_settings import make_source_settings
from twinseg.view import slides as slides_module
from twinseg.view.app import make_app
from twinseg.view.guard import Guard
from twinseg.view.of_dataset import OfDataset
from twinseg.view.serve import open_desk
from twinseg.view.slides import OpenSlides, Piece

PICTURE = tissue_picture(300, 700, left=40, right=600)


@pytest.fixture
def slides() -> Iterator[OpenSlides]:
    with closing(OpenSlides()) as opened:
        yield opened


def test_pieces_cover_a_slide_once() -> None:
    pieces = [Piece(0, column, row).tile(700, 300) for row in range(2) for column in range(3)]
    assert pieces[0] == Tile(1.0, 0, 0, 256, 256)
    assert pieces[5] == Tile(1.0, 512, 256, 188, 44)
    assert sum(tile.width * tile.height for tile in pieces) == 700 * 300
    assert Piece(2, 0, 0).tile(701, 300) == Tile(4.0, 0, 0, 176, 75)  # the last pixel is a part
    for beyond in (Piece(0, 3, 0), Piece(0, 0, 2), Piece(2, 1, 0)):
        with pytest.raises(ConfigError, match="has no piece"):
            beyond.tile(700, 300)


def test_pieces_are_what_the_slide_has_there(tmp_path: Path, slides: OpenSlides) -> None:
    file = write_pyramid(tmp_path / "one.tif", PICTURE)
    assert slides.size(file) == (700, 300)
    corner = slides.picture(file, Piece(0, 2, 1))
    assert np.array_equal(corner, PICTURE[256:, 512:])
    half = slides.picture(file, Piece(1, 0, 0)).astype(float)
    expected = PICTURE[:256, :512].reshape(128, 2, 256, 2, 3).mean((1, 3))
    assert np.abs(half[:128] - expected).max() <= 1


def test_nobody_waits_while_another_slide_opens(
    tmp_path: Path, monkeypatch, slides: OpenSlides
) -> None:
    slow, quick = (write_pyramid(tmp_path / f"{name}.tif", PICTURE) for name in ("slow", "quick"))
    begun, go_on = Event(), Event()

    def opened(path: Path):
        if path == slow:
            begun.set()
            assert go_on.wait(60)
        return open_slide(path)

    monkeypatch.setattr(slides_module, "open_slide", opened)
    with ThreadPoolExecutor(2) as readers:
        first = readers.submit(slides.size, slow)
        assert begun.wait(60)
        second = readers.submit(slides.size, quick)
        try:
            assert second.result(timeout=20) == (700, 300)
        finally:
            go_on.set()
        assert first.result() == (700, 300)


def test_a_slide_that_cannot_be_opened_is_tried_again(tmp_path: Path, slides: OpenSlides) -> None:
    file = tmp_path / "one.tif"
    file.write_bytes(b"nothing")
    with pytest.raises(DataError):
        slides.size(file)
    file.unlink()
    assert slides.size(write_pyramid(file, PICTURE)) == (700, 300)


def test_few_slides_stay_open_and_a_closed_one_is_opened_again(
    tmp_path: Path, monkeypatch, slides: OpenSlides
) -> None:
    monkeypatch.setattr(slides_module, "_MOST_OPEN", 2)
    closed: list[Path] = []

    def opened(path: Path):
        slide = open_slide(path)
        close = slide.close
        monkeypatch.setattr(slide, "close", lambda: (closed.append(path), close()))
        return slide

    monkeypatch.setattr(slides_module, "open_slide", opened)
    files = [write_pyramid(tmp_path / f"{n}.tif", PICTURE) for n in range(3)]
    for file in (*files, files[1], files[0]):
        assert slides.size(file) == (700, 300)
    assert closed == [files[0], files[2]]


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("predicted")
    (folder / "slides").mkdir()
    write_pyramid(folder / "slides" / "one.tif", PICTURE)
    run = write_untrained(folder / "run", TILES, seed=3)
    twinseg.predict_files(run, folder / "slides", folder / "out")
    return folder / "out", folder / "slides"


def client_of(folder: Path, images: Path | None) -> TestClient:
    desk = open_desk(folder, images=images)
    return TestClient(Guard(make_app(desk), 8000), base_url="http://127.0.0.1:8000")


@pytest.fixture
def client(predicted: tuple[Path, Path]) -> Iterator[TestClient]:
    with client_of(*predicted) as client:
        yield client


def pixels(client: TestClient, what: str, **asked: object) -> np.ndarray:
    answer = client.get(f"/pictures/{what}", params={"case": "one", **asked})
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_a_predicted_slide_is_seen_with_the_rim_of_its_mask(
    client: TestClient, predicted, slides: OpenSlides
) -> None:
    facts = client.get("/api/case", params={"case": "one"}).json()
    assert facts["slide"] == {
        "width_px": 700,
        "height_px": 300,
        "piece_px": 256,
        "has_mask": True,
        "part_px": [0, 0, 700, 300],
    }
    piece = pixels(client, "slide", halved=0, column=0, row=0).astype(int)
    assert np.abs(piece - PICTURE[:256, :256]).mean() < 6  # JPEG
    assert pixels(client, "image").shape[:2] == (300, 700)
    rim = pixels(client, "slide_mask", model="predicted", halved=0, column=1, row=0)
    file = next((predicted[0] / "masks").glob("*.ome.tif"))
    whole = slides.mask(file, (700, 300), Piece(0, 1, 0))
    assert 0 < whole.mean() < 1
    assert rim.shape == (256, 256, 4)
    coloured = (rim[..., 3] == 255) & (rim[..., :3] != 20).any(axis=-1)
    assert coloured.any()
    assert whole[coloured].all()  # the rim is inside of what is marked
    assert not rim[..., 3][_far_inside(whole)].any()


def _far_inside(mask: np.ndarray) -> np.ndarray:
    inside = mask.copy()
    for _ in range(3):
        padded = np.pad(inside, 1, mode="edge")
        inside &= padded[2:, 1:-1] & padded[:-2, 1:-1] & padded[1:-1, 2:] & padded[1:-1, :-2]
    return inside


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"halved": 0, "column": 99, "row": 0}, "has no piece"),
        ({"halved": 25, "column": 0, "row": 0}, "halved is '25'"),
        ({"halved": -1, "column": 0, "row": 0}, "halved is '-1'"),
        ({"halved": 0, "column": 0}, "row is ''"),
        ({"halved": 0, "column": "../..", "row": 0}, "column is"),
        ({"case": "../one", "halved": 0, "column": 0, "row": 0}, "there is no case"),
    ],
)
def test_pieces_that_are_none_are_refused(client: TestClient, asked: dict, said: str) -> None:
    answer = client.get("/pictures/slide", params={"case": "one", **asked})
    assert answer.status_code == 422
    assert said in answer.json()["error"]


def test_without_its_slide_the_small_picture_is_shown(predicted: tuple[Path, Path]) -> None:
    with client_of(predicted[0], None) as client:
        assert client.get("/api/case", params={"case": "one"}).json()["slide"] is None
        assert max(pixels(client, "image").shape) <= 320
        assert pixels(client, "mask", model="predicted").any()
        answer = client.get(
            "/pictures/slide", params={"case": "one", "halved": 0, "column": 0, "row": 0}
        )
        assert (answer.status_code, answer.json()) == (404, {"error": "this case is on no slide"})


def test_another_folder_than_the_input_is_told_when_it_is_looked_at(
    predicted: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_desk(predicted[0], images=tmp_path / "absent")
    write_pyramid(tmp_path / "two.tif", PICTURE)
    with client_of(predicted[0], tmp_path) as client:
        answer = client.get("/pictures/image", params={"case": "one"})
        assert answer.status_code == 404
        assert "does not hold one; --images is the INPUT" in answer.json()["error"]


def test_tiles_of_a_study_lie_where_they_were_cut(tmp_path: Path, slides: OpenSlides) -> None:
    (tmp_path / "slides").mkdir()
    slide = write_pyramid(tmp_path / "slides" / "one.tif", PICTURE, mpp=0.25)
    slide.with_suffix(".geojson").write_text(json.dumps(OUTLINE))
    settings = make_source_settings(size=32, mpp=0.5, tile_px=64, kind="slides")
    prepare(tmp_path / "slides", tmp_path / "dataset", settings)
    data = open_prepared(tmp_path / "dataset")
    shown = OfDataset(data, np.arange(len(data.dataset.cases)))
    for place, case in enumerate(data.dataset.cases):
        on_slide = shown.slide(place)
        assert on_slide is not None
        assert on_slide.file == slide
        left, top, width, height = on_slide.part_px
        assert case.id == f"one-x{left:.0f}-y{top:.0f}"
        assert (width, height) == (2 * case.width_px, 2 * case.height_px)
    assert slides.size(slide) == (700, 300)
