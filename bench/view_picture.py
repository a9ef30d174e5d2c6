"""Draw the pictures of README.md and docs/view.md: a view in Chromium, and a short recording.

python bench/view_picture.py demo/skin docs/pictures
"""

import argparse
import io
import shutil
import socket
import threading
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import sync_playwright

from twinseg.view.app import make_app
from twinseg.view.guard import Guard
from twinseg.view.serve import open_desk

WIDTH_PX, HEIGHT_PX, RECORDED_PX, FRAME_MS = 1440, 900, 900, 1400
LAYERS = ("Errors", "Target map", "Non-target map", "Target difference", "Probability")


def main() -> None:
    """Draw them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    guard = Guard(make_app(open_desk(asked.study)), port)
    server = uvicorn.Server(uvicorn.Config(guard, log_level="warning", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        draw(f"http://127.0.0.1:{port}/", asked.folder)
    finally:
        server.should_exit = True
        thread.join()


def draw(address: str, folder: Path) -> None:
    """Draw all cases, one case, the same at the width of a phone, and a walk through both."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
        page.goto(address)
        frames = [shot(page)]
        page.get_by_role("button", name="Worst of both twins").first.click()
        frames.append(shot(page))
        frames[-1].save(folder / "view.jpg", quality=88, optimize=True)
        page.locator(".tile-name").first.click()
        for layer in LAYERS:
            page.get_by_role("button", name=layer, exact=True).first.click()
            frames.append(shot(page))
            if layer == LAYERS[1]:
                frames[-1].save(folder / "view-case.jpg", quality=88, optimize=True)
        record(frames, folder / "view.gif")
        phone = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
        phone.goto(page.url)
        shot(phone).save(folder / "view-phone.png", optimize=True)
        browser.close()


def shot(page: Any) -> Image.Image:
    """Return what the page shows once nothing is on its way."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def record(frames: list[Image.Image], file: Path) -> None:
    """Write a GIF that shows one after another, again and again."""
    size = (RECORDED_PX, RECORDED_PX * HEIGHT_PX // WIDTH_PX)
    small = [frame.resize(size, Image.Resampling.LANCZOS).quantize(64) for frame in frames]
    small[0].save(file, save_all=True, append_images=small[1:], duration=FRAME_MS, loop=0)


if __name__ == "__main__":
    main()
