"""Which label volume belongs to which volume, in the layouts that are about."""

from pathlib import PurePosixPath

import pytest

from twinseg.core.errors import DataError
from twinseg.data.volumes.pairing import Paired, pair_volumes


def test_of_a_file_for_each_organ_one_is_chosen() -> None:
    names = [
        f"{who}/{name}.nii.gz"
        for who in ("s1", "s2")
        for name in ("ct", "segmentations/liver", "segmentations/spleen")
    ]
    files = [PurePosixPath(name) for name in names]
    assert pair_volumes(files).pairs == ()
    found = pair_volumes(files, ("Liver",))
    assert shown(found) == [
        ("s1", "s1", "s1/ct.nii.gz", "s1/segmentations/liver.nii.gz"),
        ("s2", "s2", "s2/ct.nii.gz", "s2/segmentations/liver.nii.gz"),
    ]
    assert found.notes == ("2 label volumes not used: --masks names others",)


def test_organs_that_are_chosen_are_put_together_and_a_missing_one_is_said() -> None:
    names = ["s1/ct.nii", "s1/segmentations/liver.nii", "s1/segmentations/spleen.nii"]
    names += ["s1/segmentations/kidney_left.nii", "s2/ct.nii", "s2/segmentations/liver.nii"]
    names += ["s3/ct.nii", "s3/segmentations/kidney_left.nii"]
    files = [PurePosixPath(name) for name in names]
    found = pair_volumes(files, ("liver", "spleen"))
    both = "s1/segmentations/liver.nii, s1/segmentations/spleen.nii"
    assert shown(found) == [
        ("s1", "s1", "s1/ct.nii", both),
        ("s2", "s2", "s2/ct.nii", "s2/segmentations/liver.nii"),
    ]
    assert reasons(found) == {"s3/ct.nii": "no label volume"}
    assert found.notes == (
        "2 label volumes not used: --masks names others",
        "of 1 volume several label volumes are put together, such as liver.nii, spleen.nii",
        "1 of 2 volumes without a file spleen, which counts as not there, such as s2/ct.nii",
    )
    assert len(pair_volumes(files, ("segmentations",)).pairs) == 3
    with pytest.raises(DataError) as caught:
        pair_volumes(files, ("liver", "splen"))
    assert str(caught.value) == (
        "no label volume, and no folder of some, is called 'splen' (--masks); there are "
        "kidney_left, liver, segmentations, spleen; did you mean spleen?"
    )


def pair(*names: str) -> Paired:
    return pair_volumes(PurePosixPath(name) for name in names)


def shown(paired: Paired) -> list[tuple[str, str, str, str]]:
    return [(p.name, p.group, str(p.image), ", ".join(map(str, p.labels))) for p in paired.pairs]


def reasons(paired: Paired) -> dict[str, str]:
    return {item.file: item.reason for item in paired.left_out}


@pytest.mark.parametrize(
    ("image", "label", "name"),
    [
        ("imagesTr/spleen_2.nii.gz", "labelsTr/spleen_2.nii.gz", "spleen_2"),
        ("imagesTr/liver_0000.nii.gz", "labelsTr/liver.nii.gz", "liver"),
        ("images/a.nii.gz", "labels/a.nrrd", "a"),
        ("images/a.mha", "masks/a_mask.mha", "a"),
        ("a.nii.gz", "a_seg.nii.gz", "a"),
        ("a.nii", "a_label.nii", "a"),
        ("a.nii", "a-mask.nii.gz", "a"),
        ("volume-7.nii", "segmentation-7.nii", "volume-7"),
        ("CT_image.nii.gz", "CT_mask.nii.gz", "CT_image"),
        ("image/phantom.nii.gz", "mask/mask.nii.gz", "phantom"),
        ("p/imaging.nii.gz", "p/segmentation.nii.gz", "p"),
        ("p/CT.nii.gz", "p/label.nii.gz", "p"),
        ("p/image.mha", "p/liver_seg.mha", "p"),
        ("p/scan1.nii.gz", "p/seg.nii.gz", "scan1"),
    ],
)
def test_common_layouts(image: str, label: str, name: str) -> None:
    paired = pair(image, label)
    assert [(p.name, str(p.image), *map(str, p.labels)) for p in paired.pairs] == [
        (name, image, label)
    ]
    assert not paired.left_out


def test_the_exact_name_goes_before_a_shorter_one() -> None:
    paired = pair("images/ct_1.nii", "images/mr_1.nii", "labels/ct_1.nii", "labels/mr_1.nii")
    assert [(p.name, p.labels[0].name) for p in paired.pairs] == [
        ("ct_1", "ct_1.nii"),
        ("mr_1", "mr_1.nii"),
    ]


def test_what_is_unclear_is_listed_and_never_guessed() -> None:
    assert reasons(pair("imagesTr/b_0000.nii", "imagesTr/b_0001.nii", "labelsTr/b.nii")) == {
        "imagesTr/b_0000.nii": "one of 2 volumes for b.nii; keep one",
        "imagesTr/b_0001.nii": "one of 2 volumes for b.nii; keep one",
        "labelsTr/b.nii": "2 volumes it may belong to (b_0000.nii, b_0001.nii); keep one",
    }
    two = "2 label volumes (c_mask.nii, c_seg.nii); keep one, or say which: --masks NAME"
    assert reasons(pair("c.nii", "c_mask.nii", "c_seg.nii")) == dict.fromkeys(
        ["c.nii", "c_mask.nii", "c_seg.nii"], two
    )
    assert len(reasons(pair("p/t1.nii", "p/t2.nii", "p/mask.nii"))) == 3
    assert len(reasons(pair("images/a.nii", "images/a.nii.gz", "labels/a.nii"))) == 3
    assert reasons(pair("p/ct.nii", "q/mask.nii", "images/x.nii", "labels/y.nii")) == {
        "p/ct.nii": "no label volume",
        "q/mask.nii": "no volume of this name",
        "images/x.nii": "no label volume",
        "labels/y.nii": "no volume of this name",
    }
    assert "another file" in reasons(pair("x.mhd"))["x.mhd"]


def test_the_group_is_the_patient() -> None:
    visits = pair(
        "set/p1/v1/ct.nii", "set/p1/v1/seg.nii", "set/p1/v2/ct.nii", "set/p1/v2/seg.nii",
        "set/p2/v1/ct.nii", "set/p2/v1/seg.nii",
    )  # fmt: skip
    assert [(p.name, p.group) for p in visits.pairs] == [
        ("p1_v1", "p1"),
        ("p1_v2", "p1"),
        ("p2_v1", "p2"),
    ]
    nested = [f"{kind}/{patient}/s.nii" for kind in ("images", "labels") for patient in "ab"]
    assert [(p.name, p.group) for p in pair(*nested).pairs] == [("a_s", "a"), ("b_s", "b")]
    two_sets = [f"{t}/{kind}Tr/{t}_1.nii" for t in ("T1", "T2") for kind in ("images", "labels")]
    assert [p.group for p in pair(*two_sets).pairs] == ["T1_1", "T2_1"]


def test_test_volumes_of_the_decathlon_are_noted() -> None:
    paired = pair("T/imagesTr/a.nii", "T/labelsTr/a.nii", "T/imagesTs/b.nii", "T/imagesTs/c.nii")
    assert shown(paired) == [("a", "a", "T/imagesTr/a.nii", "T/labelsTr/a.nii")]
    assert not paired.left_out
    assert paired.notes == ("without labels, for testing (Ts), not used: 2 volumes",)
