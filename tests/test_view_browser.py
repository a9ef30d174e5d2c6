"""The page of a view as a browser shows it: cases found, looked at, asked about and kept."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.listening import listen
from tests.test_report import IDS, STRANGE, TWINS, make_study
from twinseg.view.serve import NOTES, open_desk, served

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

BAD = ("serious", "critical")
FIRST, SECOND = TWINS
ARRIVED = ".tile-name:not(:empty)"
FROM_HERE_ON = re.compile(r"dice\[.*\] >= [\d.]+")  # to the edge of the plot, which is no bound


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    out, data = make_study(tmp_path_factory.mktemp("made"), empty=False)
    return out, data.folder


@pytest.fixture(scope="module")
def address(study: tuple[Path, Path]) -> Iterator[str]:
    with served(open_desk(*study)) as address:
        yield address


@pytest.fixture
def page(browser, address: str) -> Iterator[object]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    wrong: list[str] = []
    listen(opened, wrong)
    opened.goto(address)
    opened.wait_for_selector(ARRIVED)
    yield opened
    opened.unroute_all(behavior="ignoreErrors")
    opened.close()
    assert wrong == []


def names(page) -> list[str]:
    return page.locator(".tile-name").all_inner_texts()


def ask(page, where: str, count: str) -> None:
    page.fill("#where", where)
    page.press("#where", "Enter")
    sync_api.expect(page.locator("#count")).to_have_text(count)


def open_case(page, case: str) -> None:
    page.locator(".tile-link").nth(names(page).index(case)).click()
    sync_api.expect(page.locator("#case h2")).to_have_text(case)
    page.wait_for_selector(".numbers table")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", [1440, 768, 390])
def test_all_of_the_page_is_reachable_and_fits(browser, address: str, width_px, scheme) -> None:
    size = {"width": width_px, "height": 900}
    page = browser.new_page(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    for path in ("", "?case=c1&layer=target", "?case=c1&layout=swipe"):
        page.goto(address + path)
        page.wait_for_selector(".numbers table" if path else ARRIVED)
        found = axe.Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in BAD] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    page.close()


def test_cases_are_filtered_and_sorted_and_back_undoes_it(page) -> None:
    assert names(page) == IDS[:6]
    page.fill("#sort", "dice.second")
    page.press("#sort", "Enter")
    page.click("#direction")
    page.wait_for_url("**descending=true**")
    ask(page, 'case in ["c2", "c4"]', "2 of 6 cases")
    assert sorted(names(page)) == ["c2", "c4"]
    page.reload()  # the address says it all
    sync_api.expect(page.locator("#count")).to_have_text("2 of 6 cases")
    page.go_back()
    sync_api.expect(page.locator("#count")).to_have_text("6 cases")


def test_a_wrong_filter_is_told_and_the_cases_stay(page) -> None:
    page.fill("#where", "dice.first <")
    page.press("#where", "Enter")
    sync_api.expect(page.locator("#where-error")).not_to_be_empty()
    assert page.get_attribute("#where", "aria-invalid") == "true"
    assert names(page) == IDS[:6]


def test_one_click_asks_a_question(page) -> None:
    page.click("text=Worst of both twins")
    page.wait_for_url("**sort=**")
    assert page.get_attribute("text=Worst of both twins", "aria-pressed") == "true"
    page.click("text=Larger half of the targets")  # stays when another question is asked
    page.click("text=Union beats both twins")
    page.click("text=Best of both twins")
    assert page.input_value("#where").startswith("foreground_share >= median(")
    assert "union" not in page.input_value("#where")


def test_a_case_is_reached_and_left_by_keys_alone(page) -> None:
    page.locator(".tile-link").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("#case h2")).to_have_text("c2")
    page.wait_for_selector(".numbers table")
    page.keyboard.press("ArrowRight")
    sync_api.expect(page.locator("#case h2")).to_have_text("c3")
    page.keyboard.press("s")
    sync_api.expect(page.locator(".divider")).to_be_visible()
    page.locator(".divider").focus()
    page.keyboard.press("ArrowLeft")
    sync_api.expect(page.locator(".divider")).to_have_attribute("aria-valuenow", "48")
    page.keyboard.press("b")
    sync_api.expect(page.locator(".panel figcaption")).to_contain_text("b: the other")
    page.keyboard.press("3")
    pressed = page.locator(".layers [aria-pressed=true]")
    sync_api.expect(pressed).to_have_text("Target map")
    page.keyboard.press("Escape")
    sync_api.expect(page.locator("#cases")).to_be_visible()
    sync_api.expect(page.locator(".tile[data-rank='2'] :focus")).to_have_count(1)


def test_panels_zoom_in_step_and_the_address_keeps_it(page) -> None:
    open_case(page, "c1")
    assert page.locator(".panel").count() == 2
    page.locator(".stage").first.hover(position={"x": 100, "y": 100})
    page.mouse.wheel(0, -600)
    page.wait_for_url("**zoom=**")
    sync_api.expect(page.locator(".readout")).to_contain_text("row")


def test_a_strange_id_is_text(page) -> None:
    open_case(page, STRANGE)
    sync_api.expect(page.locator(".error", has_text="no case")).to_have_count(0)


def test_slices_of_a_stack_scroll(page) -> None:
    def stacked(route) -> None:
        answer = route.fetch()
        changed = answer.json() | {"stack": "series", "slices": IDS[:6]}
        route.fulfill(response=answer, body=json.dumps(changed))

    page.route("**/api/case?*", stacked)
    open_case(page, "c3")
    sync_api.expect(page.locator(".stack")).to_contain_text("slice 3 of 6")
    page.keyboard.press("ArrowDown")
    sync_api.expect(page.locator("#case h2")).to_have_text("c4")
    page.locator(".stage").first.hover()
    page.keyboard.down("Alt")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Alt")
    sync_api.expect(page.locator("#case h2")).to_have_text("c3")


def test_brushed_cases_are_compared_with_a_warning(page) -> None:
    bars = page.locator(".brush-area").first
    bars.focus()
    for _ in range(40):
        bars.press("Shift+ArrowRight")
    bars.press("Enter")
    sync_api.expect(page.locator("#where")).to_have_value(FROM_HERE_ON)
    page.click("#open-compare")
    sync_api.expect(page.locator("#dialog .warning")).to_contain_text("proves nothing")
    assert page.locator("#dialog .answer").inner_text()


def test_half_of_the_cases_the_first_and_those_between_two_are_a_click_away(page) -> None:
    page.click("text=not below")
    sync_api.expect(page.locator("#count")).to_have_text("3 of 6 cases")
    page.fill("#choose-first", "2")
    page.click("text=Choose >> visible=true")
    page.click("#open-shared")
    page.click("text=Against all others instead")
    sync_api.expect(page.locator("#dialog-title")).to_contain_text("What the 2 chosen")
    page.keyboard.press("Escape")
    page.click("button:text-is('None')")
    page.locator(".tile-choose").nth(0).click()
    page.locator(".tile-choose").nth(2).click(modifiers=["Shift"])
    sync_api.expect(page.locator("#open-figure")).to_have_text("Figure (3)")


def test_a_jump_stays_where_it_was_asked_for(page) -> None:
    page.fill("#jump", "3")
    page.press("#jump", "Enter")
    page.wait_for_url("**rank=2**")
    assert page.locator(".tile-link:focus").get_attribute("aria-label").startswith("3: ")


def test_a_flag_and_a_note_are_kept_outside_of_the_tables(page, study) -> None:
    open_case(page, "c5")
    page.keyboard.press("f")
    sync_api.expect(page.locator(".keep .small")).to_have_text("kept")
    page.keyboard.press("n")
    page.keyboard.type("odd border")
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelector('.keep .small').textContent === 'kept'")
    page.keyboard.press("Escape")
    sync_api.expect(page.locator(".tile-flag").nth(4)).to_contain_text("look")
    assert "odd border" in (study[0] / NOTES).read_text()
    with page.expect_download() as loaded:
        page.click("text=Flags (CSV)")
    assert "c5" in loaded.value.path().read_text()


def test_a_figure_is_asked_for_with_cases_and_panels(page) -> None:
    asked: list[dict] = []

    def answer(route) -> None:
        asked.append(route.request.post_data_json)
        if asked[-1]["format"] == "png":
            route.continue_()
        else:
            route.fulfill(body=b"%PDF", content_type="application/pdf")

    page.route("**/api/figure", answer)
    page.locator(".tile-choose").nth(1).check()
    page.locator(".tile-link").nth(3).focus()
    page.keyboard.press("x")
    page.click("#open-figure")
    page.wait_for_selector(".preview:visible")
    width_px = page.eval_on_selector(".preview", "one => one.decode().then(() => one.naturalWidth)")
    assert width_px == pytest.approx(180 / 25.4 * 300, abs=2)
    page.select_option("#dialog select", "pdf")
    with page.expect_download() as loaded:
        page.click("text=Download the figure")
    assert loaded.value.suggested_filename == "figure.pdf"
    (last,) = (one for one in asked if one["format"] == "pdf")
    assert last["cases"] == ["c2", "c4"]
    assert last["panels"] == ["image", "reference", f"errors:{FIRST}", f"errors:{SECOND}"]
    assert last["width_mm"] == 180


def test_a_broken_picture_is_said_on_its_tile(page, address: str) -> None:
    page.route("**/pictures/thumb?case=c2", lambda route: route.fulfill(status=404))
    gone = {"error": "gone"}
    page.route("**/pictures/image?case=c2*", lambda route: route.fulfill(status=404, json=gone))
    page.goto(address + "?rank=0")
    sync_api.expect(page.locator(".tile .broken:visible")).to_have_count(1)
    open_case(page, "c2")
    sync_api.expect(page.locator(".panel-said").first).to_contain_text("gone")


def test_a_study_that_goes_on_tells_of_new_results(browser, tmp_path: Path) -> None:
    out, data = make_study(tmp_path, empty=False)
    scores = out / "tables" / "scores.parquet"
    kept = scores.read_bytes()
    scores.unlink()
    with served(open_desk(out, data.folder)) as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(ARRIVED)
        open_case(page, "c1")
        sync_api.expect(page.locator(".panel figcaption")).to_have_text("Picture")
        page.keyboard.press("Escape")
        scores.write_bytes(kept)
        page.click("#news", timeout=20_000)
        page.wait_for_selector(".tile-numbers span")
        page.close()


def test_a_study_without_cases_says_what_to_do(page) -> None:
    def emptied(route) -> None:
        answer = route.fetch()
        empty = answer.json() | {"cases": 0, "is_running": False}
        route.fulfill(response=answer, body=json.dumps(empty))

    page.route("**/api/study", emptied)
    page.reload()
    sync_api.expect(page.locator(".empty")).to_contain_text("twinseg run")


def test_what_the_chosen_share_is_told_and_leads_to_its_cases(page) -> None:
    page.click("#open-shared")  # nothing is filtered, so that all are chosen
    sync_api.expect(page.locator("#dialog .error")).to_contain_text("6 cases are chosen and 0 are")
    page.click("#close-dialog")
    ask(page, 'case in ["c2", "c4", "c5"]', "3 of 6 cases")
    page.click("#open-shared")
    sync_api.expect(page.locator("#dialog .answer")).to_contain_text("a condition must hold of six")
    page.click("#close-dialog")
    row = {"label": "dice below 1", "where": "dice.first < 1", "chosen": 3, "rest": 2}
    answer = {"rows": [row | {"p_adjusted": 0.25}], "searched": 7, "warning": "a guess"}
    answer |= {"chosen": 3, "rest": 3}
    page.route("**/api/shared", lambda route: route.fulfill(json=answer))
    page.click("#open-shared")
    cells = page.locator("#dialog tbody td")
    sync_api.expect(cells).to_have_text([" 3 of 3", " 2 of 3", "0.250"])
    page.click("#dialog tbody button")
    page.wait_for_url("**dice.first**")
    sync_api.expect(page.locator("#count")).to_have_text("3 of 6 cases")
