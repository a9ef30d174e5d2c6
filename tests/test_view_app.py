"""The server of a view: what it answers, what it refuses, what it leaves alone."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.test_report import IDS, STRANGE, TWINS, make_study
from twinseg.core.errors import DataError
from twinseg.view.app import make_app
from twinseg.view.desk import Desk
from twinseg.view.guard import Guard
from twinseg.view.of_study import study_shown
from twinseg.view.serve import NOTES, open_desk

FIRST, SECOND = TWINS
HERE = "http://127.0.0.1:8000"
POST = {"x-twinseg": "view"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    out, data = make_study(tmp_path_factory.mktemp("made"), empty=False)
    return out, data.folder


@pytest.fixture(scope="module")
def desk(study: tuple[Path, Path]) -> Desk:
    return open_desk(*study)


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    with TestClient(Guard(make_app(desk), 8000), base_url=HERE) as client:
        yield client


def get(client: TestClient, path: str, **asked: object) -> dict:
    answer = client.get(f"/api/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pixels(client: TestClient, what: str, **asked: object) -> np.ndarray:
    answer = client.get(f"/pictures/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_the_study_tells_what_there_is(client: TestClient) -> None:
    about = get(client, "study")
    assert (about["title"], about["kind"], about["cases"]) == ("tissue & co", "pair", 6)
    assert about["twins"] == [FIRST, SECOND]
    assert [model["id"] for model in about["models"]][:4] == [
        FIRST,
        SECOND,
        "union",
        "intersection",
    ]
    names = {column["name"] for column in about["columns"]}
    assert {f"dice.{FIRST}", "dice.union", "rarity", "disagreement", "group"} <= names
    assert set(about["scales"]) == {
        "target", "non-target", "target-decoder", "non-target-decoder"
    }  # fmt: skip


def test_every_question_can_be_asked(client: TestClient) -> None:
    for question in get(client, "study")["questions"]:
        asked = {name: question[name] for name in ("where", "sort")}
        get(client, "cases", **asked, descending=int(question["descending"]))


def test_cases_come_in_the_order_that_was_asked_for(client: TestClient) -> None:
    # Shifted by 0 to 5 pixels of 8: Dice is 1 - n / 8.
    found = get(client, "cases", sort="dice.first", columns=f"dice.{FIRST}", limit=2, offset=1)
    assert found["total"] == 6
    assert [row["case"] for row in found["rows"]] == [IDS[4], IDS[3]]
    assert [row["values"] for row in found["rows"]] == [[1 - 4 / 8], [1 - 3 / 8]]
    assert [row["rank"] for row in found["rows"]] == [1, 2]
    assert get(client, "rank", case=STRANGE, sort="dice.first") == {"rank": 0}


def test_a_case_has_all_its_numbers(client: TestClient) -> None:
    case = get(client, "case", case=STRANGE)
    assert (case["width_px"], case["height_px"], case["spacing_mm"]) == (32, 24, None)
    assert case["values"]["dice.union"] == pytest.approx(1 - 5 / 8)
    assert case["values"][f"fn.{FIRST}"] == 5 * 8
    assert "NaN" not in json.dumps(case)


def test_masks_are_those_of_the_files(client: TestClient) -> None:
    marked = pixels(client, "mask", case=STRANGE, model=FIRST) > 0
    assert marked.shape == (24, 32)
    assert marked.sum() == 64
    assert marked[8:16, 9:17].all()
    assert (pixels(client, "reference", case=STRANGE) > 0)[8:16, 4:12].all()
    small = pixels(client, "mask", case=STRANGE, model="union", longest=16)
    assert small.shape == (12, 16)
    bits = pixels(client, "masks", case="c1", models=f"{FIRST},second", longest=32)
    assert bits.shape == (24, 32)
    assert bits[12, 8] == 1 + 2 + 128
    assert bits[0, 0] == 0


def test_heat_maps_share_a_scale_and_the_empty_one_is_dark(client: TestClient) -> None:
    of_first = pixels(client, "map", case="c2", model=FIRST, kind="target")
    of_second = pixels(client, "map", case="c2", model=SECOND, kind="target")
    assert of_first.shape == (2, 2)  # strength 1 and 2 on one scale
    assert of_second.max() == 255
    assert of_first.max() == pytest.approx(127.5, abs=1)
    assert not pixels(client, "map", case="c1", model=FIRST, kind="target").any()


def test_pictures_come_in_their_colours(client: TestClient) -> None:
    picture = pixels(client, "image", case="c3")
    assert picture.shape == (24, 32, 3)
    assert np.abs(picture.mean(axis=(0, 1)) - (92, 120, 60)).max() < 3
    assert pixels(client, "thumb", case="c3").shape == (24, 32, 3)


def test_chosen_cases_are_compared_with_a_warning(client: TestClient) -> None:
    asked = {"first": "second", "second": "first", "metric": "dice", "where": "dice.first < 1"}
    answer = client.post("/api/compare", json=asked, headers=POST).json()
    assert answer["cases"] == 5  # all but the one that both have right
    differences = [(1 - n / 8) - max(0, 1 - n / 4) for n in range(1, 6)]
    assert answer["mean"] == pytest.approx(np.mean(differences))
    assert "proves nothing" in answer["warning"]
    two = client.post("/api/compare", json=asked | {"cases": ["c2", "c3"]}, headers=POST).json()
    assert two["cases"] == 2
    none = client.post("/api/compare", json=asked | {"cases": []}, headers=POST)
    assert none.status_code == 422
    assert "no case is chosen" in none.json()["error"]


def test_worst_subgroups_can_be_asked_for(client: TestClient) -> None:
    found = get(client, "subgroups", metric="dice", model=FIRST, smallest=2)
    assert found["rows"] == []  # six cases of six groups are too few
    assert found["warning"]
    for wrong in ({"smallest": 0}, {"metric": "nothing"}, {"model": "nobody"}):
        answer = client.get("/api/subgroups", params=wrong)
        assert answer.status_code == 422


def test_what_chosen_cases_share_can_be_asked_for(client: TestClient) -> None:
    asked = {"cases": ["c2", "c3"]}
    found = client.post("/api/shared", json=asked, headers=POST).json()
    assert (found["chosen"], found["rest"]) == (2, 4)
    assert "proves nothing" in found["warning"]
    some = {"cases": ["c2", "c3"], "among": 'case in ["c2", "c3", "c4", "c5"]'}
    found = client.post("/api/shared", json=some, headers=POST).json()
    assert (found["chosen"], found["rest"]) == (2, 2)
    found = client.post("/api/shared", json={"where": "dice.first < 1"}, headers=POST)
    assert found.status_code == 422  # it leaves one alone
    assert "5 cases are chosen and 1 are not" in found.json()["error"]
    for wrong in ({"cases": ["nobody"]}, {"where": "nothing < 1"}):
        assert client.post("/api/shared", json=wrong, headers=POST).status_code == 422


def test_flags_are_kept_in_a_file_of_their_own(study: tuple[Path, Path], tmp_path: Path) -> None:
    tables = {path: path.read_bytes() for path in study[0].rglob("tables/*")}
    desk = Desk(lambda: study_shown(*study), tmp_path / NOTES)
    with TestClient(Guard(make_app(desk), 8000), base_url=HERE) as client:
        said = {"case": STRANGE, "flag": "wrong", "note": "=1+1"}
        assert client.post("/api/flag", json=said, headers=POST).json() == said
        assert [r["case"] for r in get(client, "cases", where="flagged")["rows"]] == [STRANGE]
        assert get(client, "case", case=STRANGE)["note"] == "=1+1"
        assert client.get("/api/flags.csv").text.splitlines()[1].endswith(",wrong,'=1+1")
        again = Desk(lambda: study_shown(*study), tmp_path / NOTES)
        assert again.notes.all[STRANGE].flag == "wrong"
        for wrong in (
            {"case": "nobody"},
            {"case": "c1", "flag": "?"},
            {"case": "c1", "note": "n" * 2001},
        ):
            assert client.post("/api/flag", json=wrong, headers=POST).status_code == 422
        client.post("/api/flag", json={"case": STRANGE}, headers=POST)
        assert get(client, "flags") == {"flags": {}}
    assert all(path.read_bytes() == before for path, before in tables.items())


@pytest.mark.parametrize(
    "case", ["../../etc/passwd", "..%2f..%2fetc", "<script>alert(1)</script>", "x" * 300, "🙂", ""]
)
@pytest.mark.parametrize(
    "path", ["/pictures/thumb", "/pictures/mask", "/pictures/map", "/api/case"]
)
def test_ids_that_nobody_has_are_refused(client: TestClient, path: str, case: str) -> None:
    answer = client.get(f"{path}?case={quote(case)}&model={quote(case)}&kind=target")
    assert answer.status_code == 422
    assert "error" in answer.json()
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd",
     "/..%2f..%2fetc%2fpasswd", "/static/%00", "/view/notes.json"],
)  # fmt: skip
def test_no_path_leads_out_of_the_page(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "asked",
    ["offset=-1", "limit=501", "limit=1e9", "offset=99999999999999999999", "limit=²",
     "descending=2", "columns=dice.nobody", "where=dice.first)%3B--", "sort=1", "where=flagged.x"],
)  # fmt: skip
def test_wrong_questions_are_refused_in_one_line(client: TestClient, asked: str) -> None:
    answer = client.get(f"/api/cases?{asked}")
    assert answer.status_code == 422
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize("longest", ["0", "15", "4097", "-1", "nan", "9" * 40])
def test_sizes_of_pictures_have_bounds(client: TestClient, longest: str) -> None:
    answer = client.get("/pictures/image", params={"case": "c1", "longest": longest})
    assert answer.status_code == 422


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null", b"1"])
def test_what_is_no_question_is_refused(client: TestClient, body: bytes) -> None:
    for path in ("/api/compare", "/api/flag"):
        assert client.post(path, content=body, headers=POST).status_code == 422
    assert client.post("/api/flag", content=b"x" * 1_000_001, headers=POST).status_code == 413


def test_strangers_and_other_pages_are_kept_out(client: TestClient) -> None:
    for host in ("evil.example", "127.0.0.1:9000", "localhost.evil.example:8000", ""):
        assert client.get("/", headers={"host": host}).status_code == 421
    assert client.get("/", headers={"host": "localhost:8000"}).status_code == 200
    said = {"case": "c1", "flag": "look"}
    assert client.post("/api/flag", json=said).status_code == 403
    from_elsewhere = POST | {"origin": "http://evil.example"}
    assert client.post("/api/flag", json=said, headers=from_elsewhere).status_code == 403
    assert client.delete("/api/flags").status_code == 405
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_with_a_token_nobody_gets_in_without(desk: Desk) -> None:
    guard = Guard(make_app(desk), 8000, "reader.example", "secret")
    address = "http://reader.example:8000"
    with TestClient(guard, base_url=address) as stranger:
        for path in ("/", "/api/study", "/?token=", "/?token=secre", "/?token=secret%00"):
            assert stranger.get(path).status_code == 401
        assert stranger.get("/", headers={"cookie": "twinseg_view=wrong"}).status_code == 401
    with TestClient(guard, base_url=address) as reader:
        assert reader.get("/?token=secret").status_code == 200
        assert "HttpOnly" in reader.get("/?token=secret").headers["set-cookie"]
        assert reader.get("/api/study").status_code == 200


def test_a_mask_that_is_gone_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    out, data = make_study(tmp_path, empty=False)
    (out / "predictions" / "test" / "union" / "c2.png").unlink()
    with TestClient(Guard(make_app(open_desk(out, data.folder)), 8000), base_url=HERE) as client:
        gone = client.get("/pictures/mask", params={"case": "c2", "model": "union"})
        assert gone.status_code == 404
        assert "cannot read the mask" in gone.json()["error"]
        assert pixels(client, "mask", case="c3", model="union").any()


def test_new_results_are_seen_and_a_study_without_any_is_empty(tmp_path: Path) -> None:
    out, data = make_study(tmp_path, empty=False)
    scores = out / "tables" / "scores.parquet"
    kept = scores.read_bytes()
    scores.unlink()
    with TestClient(Guard(make_app(open_desk(out, data.folder)), 8000), base_url=HERE) as client:
        before = get(client, "study")
        assert before["is_running"]
        assert before["models"] == []
        assert get(client, "cases")["total"] == 6
        scores.write_bytes(kept)
        after = get(client, "study")
        assert after["version"] != before["version"]
        assert len(after["models"]) == 4


def test_what_cannot_be_shown_is_refused(study: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match="is no study: give a folder that `twinseg run` or",
    ):
        open_desk(tmp_path)
    with pytest.raises(DataError, match="say where: --dataset FOLDER"):
        open_desk(study[0])
