"""The report as a browser shows it: reachable for all, nothing wider than the page."""

from pathlib import Path

import pytest

import twinseg

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

WIDTHS_PX = (1440, 768, 390)
HEIGHT_PX = 900
LONGEST_PX = 8_600  # a third of what the page of a skin study once had
WIDER = """() => [...document.querySelectorAll('body *')].filter(one => {
  const place = one.getBoundingClientRect();
  return place.width > 0 && place.right > innerWidth + 1 && !one.closest('.scroll, svg');
}).map(one => one.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_the_report_is_reachable_and_fits(
    calm: twinseg.Study, browser, width_px: int, scheme: str
) -> None:
    page = _open(browser, calm.folder / "report" / "index.html", width_px, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe.Axe().run(page).response["violations"]
    bad = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in BAD]
    assert bad == []
    assert page.evaluate(WIDER) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    page.close()


BAD = ("serious", "critical")


@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_a_picture_stands_in_the_first_screen(calm: twinseg.Study, browser, width_px: int) -> None:
    page = _open(browser, calm.folder / "report" / "index.html", width_px, "light")
    picture = page.locator("img").first.bounding_box()
    assert picture["width"] > 60
    assert picture["y"] + picture["height"] < HEIGHT_PX
    page.close()


def test_the_page_is_short_and_an_open_fold_takes_the_whole_width(calm, browser) -> None:
    page = _open(browser, calm.folder / "report" / "index.html", 1440, "light")
    assert page.evaluate("document.documentElement.scrollHeight") <= LONGEST_PX
    folds = page.locator("#scores .folds > details")
    tops = [folds.nth(place).bounding_box()["y"] for place in range(3)]
    assert tops[0] == tops[1] == tops[2]
    folds.nth(1).evaluate("fold => fold.open = true")
    assert folds.nth(1).bounding_box()["width"] == page.locator("#scores").bounding_box()["width"]
    page.close()


def _open(browser, file: Path, width_px: int, scheme: str):
    page = browser.new_page(viewport={"width": width_px, "height": HEIGHT_PX}, color_scheme=scheme)
    page.goto(file.as_uri())
    return page
