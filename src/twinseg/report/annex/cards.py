"""Model card and data card of a study: what is known of it, and what nobody can know from data.

After Mitchell et al. 2019 (model cards) and Gebru et al. 2021 (datasheets).
"""

from dataclasses import dataclass

from twinseg.comparison.number_text import number, percent
from twinseg.core.words import amount
from twinseg.report.score_table import ScoreTable
from twinseg.report.study_contents import Contents

_LOWEST = 3  # cases that are named


@dataclass(frozen=True)
class Entry:
    """A question and its answer; "" where the authors have to give it."""

    question: str
    answer: str = ""


def model_card(study: Contents, table: ScoreTable, *, known: bool) -> tuple[Entry, ...]:
    """Tell of the twins and their combinations what people must know before they use them."""
    scores = "; ".join(
        f"{model.label} {cell.in_words(number, undefined='undefined')}"
        for model, cell in table.headline.items()
    )
    strata = " ".join(str(text) for text in study.table("strata")["sentence"].unique())
    encoder, size = study.settings.model.encoder, study.settings.model.size
    return (
        Entry("What it is", f"two U-Nets with the encoder {encoder}, equal but for their first "
              f"weights, and {amount(len(study.rules), 'combination')} of their masks"),
        Entry("What goes in and comes out", f"an image, stretched to {size} x {size} pixels; a "
              "mask and a probability for each pixel, on the image's own grid"),
        Entry("Intended use", "research: to see whether and where first weights matter"),
        Entry("Not intended", "diagnosis or treatment: this is no medical device"),
        Entry("Trained on", _parts(study, "train")),
        Entry("Tested on", _parts(study, "test")),
        Entry("Mean Dice", scores),
        Entry("Among parts of the cases", strata if known else "too few groups to say"),
        Entry("Where it fails", _failures(study, table)),
        Entry("Groups of people that fare worse"),
        Entry("Devices, places and dates the images come from"),
        Entry("Who to ask"),
        Entry("Licence of the models"),
    )  # fmt: skip


def data_card(study: Contents) -> tuple[Entry, ...]:
    """Tell of the dataset what came in, what is in it, and what is not known."""
    known = study.dataset
    reasons = sorted({str(one["reason"]) for one in known["left_out"]})
    left_out = f"{amount(len(known['left_out']), 'file')}"
    if reasons:
        left_out += f", as: {'; '.join(reasons[:5])}"
    return (
        Entry("What it holds", f"{amount(known['cases'], 'case')} of "
              f"{amount(known['groups'], 'group')}; {known['empty_masks']} with an empty mask"),
        Entry("Left out", left_out),
        Entry("Notes from reading", " ".join(map(str, known["notes"])) or "none"),
        Entry("Parts", "; ".join(f"{row['split']}: {amount(row['cases'], 'case')} of "
              f"{amount(row['groups'], 'group')}" for row in study.rows("splits"))),
        Entry("Fingerprint", str(known["fingerprint"])),
        Entry("Who collected it, when, where, and why"),
        Entry("Who is in it: age, sex, origin"),
        Entry("Who annotated it, with which training and tools"),
        Entry("Consent and approval"),
        Entry("Licence of the data"),
    )  # fmt: skip


def _failures(study: Contents, table: ScoreTable) -> str:
    """Name the cases of the lowest Dice of each twin, and count what was missed whole."""
    said = []
    for twin in study.twins:
        own = study.scores[(study.scores["model"] == twin.id) & study.scores["dice"].notna()]
        lowest = own.nsmallest(_LOWEST, "dice", keep="first")
        cases = ", ".join(
            f"{case} ({number(dice)})"
            for case, dice in zip(lowest["case"], lowest["dice"].to_numpy(float), strict=True)
        )
        alike = int((own["dice"] == lowest["dice"].min()).sum())
        more = f" and {alike - _LOWEST} more as low" if alike > _LOWEST else ""
        missed = (
            f"of {amount(table.with_object, 'case')} with an object {table.missed[twin]} missed"
        )
        said.append(f"{twin.label}: lowest Dice in {cases or 'no case'}{more}; {missed} whole")
    return ". ".join(said)


def _parts(study: Contents, name: str) -> str:
    (row,) = (one for one in study.rows("splits") if one["split"] == name)
    cases, groups = amount(row["cases"], "case"), amount(row["groups"], "group")
    return f"{cases} of {groups}, median foreground {percent(row['median_share'])}"
