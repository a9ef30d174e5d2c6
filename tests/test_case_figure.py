"""Figures of cases: size, scale bar, legend, and the cases at the edge."""

import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from twinseg.core.errors import ConfigError, DataError
from twinseg.report.case_drawing import DPI, FORMATS, draw_case_figure
from twinseg.report.case_figure import CaseFigure, FigureRow
from twinseg.report.case_layout import lay_out
from twinseg.report.case_panels import (
    PROBABILITY,
    ErrorPanel,
    ImagePanel,
    MapPanel,
    MapScale,
    NoPanel,
    OutlinePanel,
    panel_drawn,
)
from twinseg.report.scale_bar import scale_bar
from twinseg.report.tiles import TYPE1_COLOUR, TYPE2_COLOUR

HEAT = MapScale("heat, target pixels", 0.8, "logits")


def grey(height_px: int = 60, width_px: int = 80) -> np.ndarray:
    return np.full((height_px, width_px, 3), 120, np.uint8)


def square(height_px: int = 60, width_px: int = 80, *, shift: int = 0) -> np.ndarray:
    mask = np.zeros((height_px, width_px), bool)
    mask[height_px // 4 : height_px // 2, width_px // 4 + shift : width_px // 2 + shift] = True
    return mask


def whole_figure(width_mm: float = 85.0) -> CaseFigure:
    panels = [
        ImagePanel(),
        OutlinePanel(square()),
        ErrorPanel(square(shift=10), square()),
        MapPanel(np.linspace(-1, 1, 49, dtype=np.float32).reshape(7, 7), HEAT),
        MapPanel(np.full((7, 7), 0.5, np.float32), PROBABILITY),
    ]
    titles = ["image", "reference", "errors, $a$ <b>", "target", "probability"]
    return CaseFigure([FigureRow("case <1> & $x$", grey(), panels, (0.5, 0.5))], titles, width_mm)


def of_one_panel(picture: np.ndarray, panel: object, **others: object) -> CaseFigure:
    row = FigureRow("case", picture, [panel], **others)  # type: ignore[list-item, arg-type]
    return CaseFigure([row], ["panel"], 40.0)


def opened(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file))


@pytest.mark.parametrize("width_mm", [48.0, 85.0, 114.0, 180.0])
def test_it_is_as_wide_as_asked(width_mm: float) -> None:
    asked = whole_figure(width_mm)
    png = opened(draw_case_figure(asked, "png"))
    assert png.width == round(width_mm / 25.4 * 300)
    assert png.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    svg = draw_case_figure(asked, "svg").decode()
    width_pt, height_pt = map(float, re.findall(r'(?:width|height)="([\d.]+)pt"', svg)[:2])
    assert width_pt / 72 * 25.4 == pytest.approx(width_mm, abs=0.05)
    assert height_pt / 72 * 300 == pytest.approx(png.height, abs=0.1)
    pdf = draw_case_figure(asked, "pdf")
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", pdf)
    assert box is not None
    assert float(box[1]) / 72 * 25.4 == pytest.approx(width_mm, abs=0.05)


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_same_figure_gives_the_same_bytes(file_format: str) -> None:
    first, second = (draw_case_figure(whole_figure(), file_format) for _ in range(2))
    assert first == second
    assert b"Date" not in first


def test_letters_stay_letters() -> None:
    svg = draw_case_figure(whole_figure(180.0), "svg").decode()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    expected = {"a", "case &lt;1&gt; &amp; $x$", "image", "errors, $a$ &lt;b&gt;", "10 mm"}
    expected |= {"marked by mistake (type I)", "missed (type II)", "outline of the reference"}
    expected |= {"heat, target pixels (logits)", "≤ 0", "0.4", "≥ 0.8", "probability", "1"}
    assert expected <= {*texts}
    assert "without a value" not in texts
    assert b"/FontFile2" in draw_case_figure(whole_figure(), "pdf")


# 1022 px of 0.05 mm are 51.1 mm; 30 % of them 15.3 mm: a bar of 10 mm is 200 px.
@pytest.mark.parametrize(
    ("width_px", "spacing_mm", "length_px", "text"),
    [
        (1022, (0.05, 0.05), 200.0, "10 mm"),
        (512, (3.0, 0.75), 100 / 0.75, "100 mm"),
        (1000, (0.0005, 0.0005), 200.0, "100 µm"),
        (1000, (0.00025, 0.00025), 200.0, "50 µm"),
        (100, (0.01, 0.02), 25.0, "0.5 mm"),
        (1000, None, 200.0, "200 px"),
        (7, None, 2.0, "2 px"),
        (1, None, 1.0, "1 px"),
    ],
)
def test_scale_bar_on_paper(
    width_px: int, spacing_mm: tuple[float, float] | None, length_px: float, text: str
) -> None:
    bar = scale_bar(width_px, spacing_mm)
    assert bar.length_px == pytest.approx(length_px)
    assert bar.text == text.replace("100 µm", "0.1 mm")


@given(
    width_px=some.integers(1, 10**5),
    spacing=some.none() | some.floats(1e-5, 1e3),
)
def test_a_scale_bar_fits_and_is_not_tiny(width_px: int, spacing: float | None) -> None:
    bar = scale_bar(width_px, None if spacing is None else (1.0, spacing))
    if spacing is not None or width_px >= 4:
        assert 0.1 * width_px < bar.length_px <= 0.3 * width_px * (1 + 1e-6)


def test_the_bar_that_is_drawn_is_as_long_as_it_says() -> None:
    # 1022 px over 38 mm, which are 449 px at 300 dpi: 200 px of the picture are 87.9 px.
    file = draw_case_figure(
        of_one_panel(grey(700, 1022), ImagePanel(), spacing_mm=(0.05,) * 2), "png"
    )
    pixels = np.asarray(opened(file).convert("RGB")).min(axis=2)
    lower_left = pixels[pixels.shape[0] // 2 :, :300]
    inside = lower_left[:, 20:150] > 235  # of the dark ground on which the bar lies
    white_px = inside.sum(axis=1)
    longest = int(white_px[white_px < 130].max())  # below the picture all is white
    assert longest == pytest.approx(87.9, abs=2)


def test_pictures_have_the_proportions_of_the_body() -> None:
    thick = of_one_panel(grey(10, 80), ImagePanel(), spacing_mm=(4.0, 1.0))
    (row,) = lay_out(thick.proportions, 1, 40.0).rows
    assert row.panels[0].height == pytest.approx(row.panels[0].width / 2)
    tall = of_one_panel(grey(400, 100), ImagePanel())
    (row,) = lay_out(tall.proportions, 1, 40.0).rows
    assert row.panels[0].height == pytest.approx(1.5 * 38)
    assert row.panels[0].width == pytest.approx(1.5 * 38 / 4)
    assert row.panels[0].left + row.panels[0].width / 2 == pytest.approx(20)


def test_errors_differ_in_colour_and_in_hatch() -> None:
    whole, none = np.ones((60, 60), bool), np.zeros((60, 60), bool)
    tile = grey(60, 60)
    by_mistake = panel_drawn(ErrorPanel(whole, none), tile)
    missed = panel_drawn(ErrorPanel(none, whole), tile)[5:-5, 5:-5]  # within the outline
    for drawn, colour in ((by_mistake, TYPE1_COLOUR), (missed, TYPE2_COLOUR)):
        plain = 0.3 * 120 + 0.7 * np.array(colour)
        seen = drawn.reshape(-1, 3).astype(float)
        is_plain = np.abs(seen - plain).max(axis=1) < 2
        is_stripe = np.abs(seen - 0.35 * plain).max(axis=1) < 2
        assert (is_plain | is_stripe).all()
        assert is_stripe.mean() == pytest.approx(4 / 14, abs=0.02)
    assert (by_mistake[1:, :-1] == by_mistake[:-1, 1:]).all()  # rising
    assert (missed[1:, 1:] == missed[:-1, :-1]).all()  # falling


def test_empty_masks_leave_a_grey_picture() -> None:
    none = np.zeros((60, 80), bool)
    assert (panel_drawn(ErrorPanel(none, none), grey()) == grey()).all()
    assert draw_case_figure(of_one_panel(grey(), ErrorPanel(none, none)), "png")


def test_a_map_of_nan_is_hatched_and_explained() -> None:
    asked = of_one_panel(grey(), MapPanel(np.full((7, 7), np.nan, np.float32), HEAT))
    assert "without a value" in draw_case_figure(asked, "svg").decode()
    nothing = MapPanel(np.zeros((7, 7), np.float32), MapScale("heat", np.nan))
    assert "no value above 0" in draw_case_figure(of_one_panel(grey(), nothing), "svg").decode()


def test_one_scale_is_one_bar_and_signs_have_their_own_colours() -> None:
    values = np.array([[-2.0, 0.0, 2.0]], np.float32)
    signed = MapScale("heat", 1.0, "logits", is_signed=True)
    for_it, against = (panel_drawn(MapPanel(sign * values, signed), grey(1, 3)) for sign in (1, -1))
    assert (for_it == against[:, ::-1]).all()
    assert for_it[0, 2, 0] > for_it[0, 2, 2]  # warm
    assert for_it[0, 0, 0] < for_it[0, 0, 2]  # cold
    row = FigureRow("", grey(), [MapPanel(values, signed), MapPanel(0 * values, signed)])
    asked = CaseFigure([row, row], ["one", "other"], 85.0)
    svg = draw_case_figure(asked, "svg").decode()
    assert svg.count(">heat (logits)<") == 1
    assert "≤ \N{MINUS SIGN}1<" in svg


@pytest.mark.parametrize("shape", [(1, 1), (20, 4000), (3000, 2), (1, 3000)])
@pytest.mark.parametrize("file_format", FORMATS)
def test_odd_shapes(shape: tuple[int, int], file_format: str) -> None:
    mask = np.ones(shape, bool)
    panels = [ImagePanel(), OutlinePanel(mask), ErrorPanel(~mask, mask), NoPanel("no map at all")]
    row = FigureRow("n" * 500, grey(*shape), panels)
    asked = CaseFigure([row], ["long title " * 9, "t" * 90, "", "x"], 60.0)
    assert len(draw_case_figure(asked, file_format)) > 1000


def test_rows_beyond_z_have_two_letters() -> None:
    rows = [FigureRow("", grey(2, 80), [ImagePanel()]) for _ in range(28)]
    svg = draw_case_figure(CaseFigure(rows, ["image"], 40.0), "svg").decode()
    assert {">z<", ">aa<", ">ab<"} <= {*re.findall(r">\w+<", svg)}


def test_what_cannot_be_drawn_is_refused_in_one_line(as_users_run_it: None) -> None:
    row = FigureRow("case", grey(), [ImagePanel()])
    for width_mm in (39.9, 400.1, float("nan")):
        with pytest.raises(ConfigError, match="a figure is 40 to 400 mm wide, got") as error:
            CaseFigure([row], ["image"], width_mm)
        assert "\n" not in str(error.value)
    with pytest.raises(ConfigError, match="at least one case and one panel"):
        CaseFigure([], ["image"])
    with pytest.raises(DataError, match="case has 1 panels for 2 titles"):
        CaseFigure([row], ["image", "reference"])
    with pytest.raises(ConfigError, match=r"6 panels would be 5\.1 mm wide in 40 mm; at least 8"):
        CaseFigure([FigureRow("", grey(), [ImagePanel()] * 6)], [""] * 6, 40.0)
    with pytest.raises(ConfigError, match="6 cases would be 843 mm high; at most 600"):
        CaseFigure([row] * 6, ["image"], 180.0)
    other = ErrorPanel(square(30, 40), square())
    with pytest.raises(DataError, match=r"a mask of \(30, 40\) cannot be compared"):
        CaseFigure([FigureRow("case", grey(), [other])], ["errors"])
    with pytest.raises(ConfigError, match="a figure is png, svg, pdf; got 'gif'"):
        draw_case_figure(CaseFigure([row], ["image"]), "gif")


def test_nobody_elses_style_is_changed() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw_case_figure(whole_figure(), "png")
    assert dict(mpl.rcParams) == before
    assert DPI == 300
