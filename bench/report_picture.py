"""Draw the pictures of README.md and docs/report.md: the first screen of a report in Chromium.

python bench/report_picture.py demo/skin docs/pictures/report.jpg
python bench/report_picture.py demo/skin docs/pictures/report-skin-phone.png --width 390 --dark
python bench/report_picture.py grid docs/pictures/grid.jpg
python bench/report_picture.py grid docs/pictures/learning.png --element "figure svg >> nth=0"
"""

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WIDTH_PX, HEIGHT_PX = 1440, 930


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=WIDTH_PX)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--element", help="this alone, in place of the first screen")
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": asked.width, "height": HEIGHT_PX},
            color_scheme="dark" if asked.dark else "light",
        )
        page.goto((asked.study / "report" / "index.html").resolve().as_uri())
        drawn = page.locator(asked.element).screenshot() if asked.element else page.screenshot()
        browser.close()
    shown = Image.open(io.BytesIO(drawn)).convert("RGB")
    shown.save(asked.picture, quality=88, optimize=True)


if __name__ == "__main__":
    main()
