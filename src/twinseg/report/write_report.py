"""From a study folder to its overlays and its page."""

from pathlib import Path

from twinseg.core.progress import Progress
from twinseg.core.store import write_text
from twinseg.data.prepared import PreparedDataset
from twinseg.report.annex.draw_annex import draw_annex
from twinseg.report.evidence_section import draw_evidence
from twinseg.report.gallery import draw_gallery, most_telling
from twinseg.report.label_section import draw_labels
from twinseg.report.overlay_files import heat_scales, write_overlays
from twinseg.report.page import PageParts, render_page
from twinseg.report.pictures import Pictures
from twinseg.report.score_table import read_score_table
from twinseg.report.study_contents import Contents, read_contents

_ON_CARD = 3  # the picture, and the errors of both twins


def write_report(out: Path, data: PreparedDataset, *, progress: Progress) -> Path:
    """Draw what is missing of the overlays, and write the page and its pictures anew.

    The same study gives the same bytes, wherever it lies.

    Args:
        out: Study folder with finished runs, predictions, explanations and tables.
        data: The dataset of the study.
        progress: Where to report.

    Returns:
        The page, ``out/report/index.html``; its pictures lie beside it.

    Raises:
        StoreError: If a part of the study is absent or damaged, or the disk is full.
    """
    study = read_contents(out)
    write_overlays(study, data, heat_scales(study), progress)
    return write_page(study, data, progress)


def write_page(study: Contents, data: PreparedDataset, progress: Progress) -> Path:
    """Write the page and its pictures anew; see `write_report`."""
    scales, table = heat_scales(study), read_score_table(study)
    splits = dict(zip(study.cases["case"], study.cases["split"], strict=True))
    pictures = Pictures(study.files.report_pictures)
    exhibits = draw_gallery(study, data, scales, pictures, progress)
    if telling := most_telling(exhibits):
        shown = [tile.address for tile in telling.main[:_ON_CARD]]
        pictures.save_beside(shown, study.files.report_card.name)
    parts = PageParts(
        scales=scales,
        exhibits=exhibits,
        labels=draw_labels(study.files.home.tables, data, splits),
        evidence=draw_evidence(study),
        table=table,
        annex=draw_annex(study, table),
    )
    write_text(study.files.references, parts.annex.methods.bibtex)
    write_text(study.files.report, render_page(study, parts))
    return study.files.report
