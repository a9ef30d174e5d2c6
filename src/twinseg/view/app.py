"""The HTTP application: what is asked where; the only place that knows FastAPI."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from twinseg.core.errors import ConfigError, DataError, StoreError, TwinsegError
from twinseg.view import answers
from twinseg.view.ask import compared, shared, worst
from twinseg.view.desk import Desk, Opened, as_json, checked_number
from twinseg.view.drawings import Draw, Drawn, drawings
from twinseg.view.figure import FORMATS, draw_figure
from twinseg.view.slides import OpenSlides

PAGE = Path(__file__).with_name("page")
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
_LONGEST_BODY = 1_000_000  # bytes
_KEPT = {"cache-control": "private, max-age=3600"}
_FRESH = {"cache-control": "no-store"}
Answer = Callable[[Opened, Mapping[str, str]], Any]


def make_app(desk: Desk) -> FastAPI:
    """Return the application of a view."""
    slides = OpenSlides()

    @asynccontextmanager
    async def while_served(_app: FastAPI) -> AsyncIterator[None]:
        yield
        slides.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=while_served)
    _serve_page(app)
    gets: dict[str, Answer] = {
        "study": lambda _opened, _asked: answers.about(desk.look_again()),
        "cases": answers.cases,
        "rank": answers.rank,
        "histogram": answers.histogram,
        "points": answers.points,
        "case": lambda opened, asked: answers.case(desk, slides, opened, asked),
        "subgroups": _subgroups,
        "flags": lambda _opened, _asked: {
            "flags": {case: vars(one) for case, one in desk.notes.all.items()}
        },
    }
    for name, answer in gets.items():
        app.get(f"/api/{name}")(_of_values(desk, answer))
    for name, draw in drawings(slides).items():
        app.get(f"/pictures/{name}")(_of_picture(desk, draw))

    @app.get("/api/flags.csv")
    def flags_csv() -> Response:
        headers = _FRESH | {"content-disposition": 'attachment; filename="flags.csv"'}
        return Response(desk.notes.as_csv(), media_type="text/csv", headers=headers)

    @app.post("/api/flag")
    async def flag(request: Request) -> Response:
        def keep(given: Mapping[str, Any]) -> dict[str, Any]:
            case, mark, note = (str(given.get(name, "")) for name in ("case", "flag", "note"))
            desk.keep(case, mark, note)
            return {"case": case, "flag": mark, "note": note}

        return await _of_body(request, keep)

    @app.post("/api/compare")
    async def compare(request: Request) -> Response:
        def work(given: Mapping[str, Any]) -> dict[str, Any]:
            opened = desk.opened
            twins = [opened.model(str(given.get(name, ""))) for name in ("first", "second")]
            metric = str(given.get("metric", "dice"))
            return compared(opened.table, *_chosen(given), (twins[0], twins[1]), metric)

        return await _of_body(request, work)

    @app.post("/api/shared")
    async def what_they_share(request: Request) -> Response:
        def work(given: Mapping[str, Any]) -> dict[str, Any]:
            return shared(desk.opened.table, *_chosen(given), str(given.get("among", "")))

        return await _of_body(request, work)

    @app.post("/api/figure")
    async def figure(request: Request) -> Response:
        def draw(given: Mapping[str, Any]) -> Response:
            cases, panels = (_texts(given.get(name)) for name in ("cases", "panels"))
            width, kind = given.get("width_mm"), str(given.get("format", "png"))
            if isinstance(width, bool) or not isinstance(width, int | float):
                raise ConfigError("width_mm is no number; journals ask for 85, 114 or 180")
            drawn = draw_figure(desk.opened, cases, panels, float(width), kind)
            named = {"content-disposition": f'attachment; filename="figure.{kind}"'}
            return Response(drawn, media_type=FORMATS[kind], headers=_FRESH | named)

        return await _of_body(request, draw)

    return app


def _texts(given: object) -> list[str]:
    """Return texts of a request; anything else is none."""
    return [str(one) for one in given] if isinstance(given, list) else []


def _chosen(given: Mapping[str, Any]) -> tuple[str, list[str] | None]:
    """Return filter and ids of the cases that a request is about; None is all that it finds."""
    cases = _texts(given["cases"]) if isinstance(given.get("cases"), list) else None
    return str(given.get("where", "")), cases


def _subgroups(opened: Opened, asked: Mapping[str, str]) -> dict[str, Any]:
    smallest = checked_number(asked.get("smallest", "10"), "smallest", 1, 1_000_000)
    model = opened.model(asked.get("model", "first"))
    return worst(opened.table, asked.get("metric", "dice"), model.id, smallest)


def _serve_page(app: FastAPI) -> None:
    """Serve the files of the page by their names, which are read once: no path is ever made."""
    files = {file.relative_to(PAGE).as_posix(): file for file in PAGE.rglob("*") if file.is_file()}

    @app.get("/")
    def index() -> Response:
        return _file(files["index.html"])

    @app.get("/static/{name:path}")
    def static(name: str) -> Response:
        if name not in files:
            return _refused(404, "there is no such file")
        return _file(files[name])


def _file(file: Path) -> Response:
    kind = _KINDS.get(file.suffix, "application/octet-stream")
    return Response(file.read_bytes(), media_type=kind, headers={"cache-control": "no-cache"})


def _of_values(desk: Desk, answer: Answer) -> Callable[[Request], Response]:
    def get(request: Request) -> Response:
        return _tried(lambda: _json(answer(desk.opened, request.query_params)))

    return get


def _of_picture(desk: Desk, draw: Draw) -> Callable[[Request], Response]:
    def get(request: Request) -> Response:
        opened = desk.opened
        answer = _tried(lambda: _sent(draw(opened, request.query_params)))
        if opened.shown.is_running:  # what is shown may be made anew
            answer.headers.update(_FRESH)
        return answer

    return get


def _sent(drawn: Drawn) -> Response:
    headers = _KEPT | dict(drawn.headers)
    return Response(drawn.content, media_type=drawn.media_type, headers=headers)


async def _of_body(
    request: Request, work: Callable[[Mapping[str, Any]], dict[str, Any] | Response]
) -> Response:
    body = await request.body()
    if len(body) > _LONGEST_BODY:
        return _refused(413, f"at most {_LONGEST_BODY} bytes may be sent")
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        return _refused(422, "expected JSON with names and values")

    def answer() -> Response:
        found = work(given)
        return found if isinstance(found, Response) else _json(found)

    return await run_in_threadpool(lambda: _tried(answer))


def _tried(work: Callable[[], Response]) -> Response:
    """Answer, or say in one line why not."""
    try:
        return work()
    except (DataError, StoreError) as error:  # a picture or a table is gone or damaged
        return _refused(404, str(error))
    except TwinsegError as error:
        return _refused(422, str(error))


def _json(value: Any) -> Response:
    content = json.dumps(as_json(value), separators=(",", ":"))
    return Response(content, media_type="application/json", headers=_FRESH)


def _refused(status: int, why: str) -> Response:
    content = json.dumps({"error": why})
    return Response(content, status, media_type="application/json", headers=_FRESH)
