"""Draw the pictures of README.md and docs/view.md: a view in Chromium, and a short recording.

python bench/view_picture.py demo/skin docs/pictures --slides STUDY

STUDY is one of slides, for the steps of the recording in which a tile is seen in its slide.
"""

import argparse
import io
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from twinseg.view.serve import open_desk, served

WIDTH_PX, HEIGHT_PX, RECORDED_PX, FRAME_MS = 1440, 900, 900, 1400
ZOOMS_OUT, STEPS_A_ZOOM = 2, 4
LAYERS = ("Errors", "Target map", "Non-target map", "Target difference", "Probability")


def main() -> None:
    """Draw them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slides", type=Path)
    asked = parser.parse_args()
    with ExitStack() as stack, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        frames = draw(browser, stack.enter_context(served(open_desk(asked.study))), asked.folder)
        if asked.slides:
            frames += draw_slide(
                browser, stack.enter_context(served(open_desk(asked.slides))), asked.folder
            )
        record(frames, asked.folder / "view.gif")
        browser.close()


def draw(browser: Any, address: str, folder: Path) -> list[Image.Image]:
    """Draw all cases, one case and the same on a phone; return a walk through both."""
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
    phone = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    phone.goto(page.url)
    shot(phone).save(folder / "view-phone.png", optimize=True)
    return frames


def draw_slide(browser: Any, address: str, folder: Path) -> list[Image.Image]:
    """Draw a tile in its slide; return the way there."""
    page = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
    page.goto(address)
    page.get_by_role("button", name="Most missed (type II)").first.click()
    page.wait_for_load_state("networkidle")
    page.locator(".tile-name").first.click()
    frames = [shot(page)]
    for _ in range(ZOOMS_OUT):
        for _ in range(STEPS_A_ZOOM):
            page.get_by_role("button", name="Zoom out", exact=True).click()
        frames.append(shot(page))
    frames[-1].save(folder / "view-slide.jpg", quality=88, optimize=True)
    return frames


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
