"""Public datasets: where they are, under which terms, and how they are read.

None of the publishers gives check sums of the files below, so none is stated here: the first
download's is written down beside it instead.
"""

from dataclasses import dataclass

from twinseg.records.source_settings import KindName


@dataclass(frozen=True)
class PublicFile:
    """One file as published."""

    url: str
    name: str  # relative to the folder of the set, with forward slashes
    sha256: str | None = None  # None where nobody publishes one
    is_zip: bool = False  # unpacked into a folder of its name


@dataclass(frozen=True, kw_only=True)
class PublicSet:
    """A dataset that others publish."""

    title: str
    terms: str
    homepage: str
    kind: KindName
    size: str  # about, in plain words
    foreground: tuple[str, ...] = ()  # where the user names none
    files: tuple[PublicFile, ...] = ()
    by_hand: str = ""  # what to fetch and unpack where the terms want an account; "" if they do not


def _zips(folder: str, *names: str) -> tuple[PublicFile, ...]:
    base = "https://isic-challenge-data.s3.amazonaws.com"
    return tuple(PublicFile(f"{base}/{folder}/{name}", name, is_zip=True) for name in names)


def _kits(labels: str, folder: str, cases: list[int]) -> tuple[PublicFile, ...]:
    """Labels lie in the repository of the challenge, the CT apart, both pinned to a revision."""
    images = (
        "https://huggingface.co/datasets/neheller/KiTS-Challenge-Imaging/resolve/"
        "65f1f295873a326230153c7e1de0c7dba10f0b29/images"
    )
    files = []
    for number in cases:
        case = f"case_{number:05d}"
        files += [
            PublicFile(
                f"https://raw.githubusercontent.com/neheller/{labels}/{folder}/{case}"
                "/segmentation.nii.gz",
                f"{case}/segmentation.nii.gz",
            ),
            PublicFile(f"{images}/{case}.nii.gz", f"{case}/imaging.nii.gz"),
        ]
    return tuple(files)


_NON_COMMERCIAL = "CC BY-NC-SA 4.0: not for commercial use; cite the challenge"

PUBLIC_SETS: dict[str, PublicSet] = {
    "isic2018": PublicSet(
        title="ISIC 2018, task 1: 2594 dermoscopic images with lesion masks",
        terms="CC BY-NC 4.0: not for commercial use; cite arXiv:1902.03368",
        homepage="https://challenge.isic-archive.com/data/#2018",
        kind="isic",
        size="10.4 GB, as much again unpacked",
        files=_zips(
            "2018", "ISIC2018_Task1_Training_GroundTruth.zip", "ISIC2018_Task1-2_Training_Input.zip"
        ),
    ),
    "isic2017": PublicSet(
        title="ISIC 2017, part 1: 2000 dermoscopic images with lesion masks",
        terms="CC0; cite arXiv:1710.05006",
        homepage="https://challenge.isic-archive.com/data/#2017",
        kind="isic",
        size="5.8 GB, as much again unpacked",
        files=_zips(
            "2017", "ISIC-2017_Training_Part1_GroundTruth.zip", "ISIC-2017_Training_Data.zip"
        ),
    ),
    "kits19": PublicSet(
        title="KiTS19: CT of 210 patients with kidney and tumour",
        terms=f"{_NON_COMMERCIAL}, arXiv:1904.00445",
        homepage="https://github.com/neheller/kits19",
        kind="kits",
        size="20 GB",
        files=_kits("kits19", "456b293435b25303bbc7995f094f83a0afdff0eb/data", [*range(210)]),
    ),
    "kits23": PublicSet(
        title="KiTS23: CT of 489 patients with kidney, tumour and cyst",
        terms=f"{_NON_COMMERCIAL}, arXiv:2307.01984",
        homepage="https://github.com/neheller/kits23",
        kind="kits",
        size="27 GB",
        files=_kits(
            "kits23",
            "c1088353084c17b8882a11db71429e7c022b7785/dataset",
            [*range(300), *range(400, 589)],
        ),
    ),
    "panda": PublicSet(
        title="PANDA: 10616 prostate biopsies with masks of two centres",
        terms="CC BY-NC-SA 4.0, rules of the competition; cite doi:10.1038/s41591-021-01620-2",
        homepage="https://www.kaggle.com/competitions/prostate-cancer-grade-assessment/data",
        kind="slides",
        size="347 GB",
        foreground=("3", "4", "5"),
        by_hand="train_images/ and train_label_masks/ (Radboud slides by train.csv; masks of "
        "Karolinska mark cancer as 2, prepare them apart with --foreground 2)",
    ),
    "gleason2019": PublicSet(
        title="Gleason 2019: cores of prostate tissue with maps of up to six pathologists",
        terms="research use; cite doi:10.1016/j.media.2018.09.005",
        homepage="https://gleason2019.grand-challenge.org",
        kind="gleason",
        size="its size is not published",
        foreground=("3", "4", "5"),
        by_hand="Train Imgs and Maps1_T to Maps6_T, unpacked into one folder",
    ),
    "glas": PublicSet(
        title="GlaS: 165 images of colon glands",
        terms="research use only; cite doi:10.1016/j.media.2016.08.008",
        homepage="https://www.warwick.ac.uk/fac/cross_fac/tia/data/glascontest",
        kind="pairs",
        size="about 170 MB",
        foreground=("nonzero",),
        by_hand="warwick_qu_dataset_released_2016_07_08.zip, unpacked",
    ),
}
