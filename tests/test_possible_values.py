"""What a known metric cannot be is refused, in every spelling; percent is no share."""

import numpy as np
import pandas as pd
import pytest

from twinseg.comparison import compare_tables
from twinseg.comparison.possible_values import require_possible
from twinseg.core.errors import DataError

SHARES = [0.7, 0.8, 0.9, 0.85]
NEAR_0 = [-0.03, 0.02, 0.01, -0.01]


def noted(metric: str, *tables: list[float], has_direction: bool = True) -> list[str]:
    columns = [
        (name, pd.Series(values, index=["c0", "c1", "c2", "c3"], dtype=float))
        for name, values in zip("AB", tables, strict=False)
    ]
    return require_possible(columns, metric, has_direction=has_direction)


@pytest.mark.parametrize("metric", ["HD95", "hd_95 (mm)", "FPR", "mae", "AVD", "hausdorff95", "FN"])
def test_distances_and_errors_are_not_negative(metric):
    noted(metric, [0, 0.5, 1, np.nan], [0, np.inf, 0, 0])
    with pytest.raises(DataError, match=f"^{metric.replace('(', '.').replace(')', '.')} of B is -"):
        noted(metric, [0, 0.5, 1, 1], [1, -1, 1, 1])


def test_a_mark_of_missed_objects_is_explained():
    for metric, worst in (("HD95", "inf"), ("FNR", "1"), ("dice", "0"), ("Sensitivity", "0")):
        with pytest.raises(DataError) as raised:
            noted(metric, [1, 1, 1, 1], [1, 1, -1, 1])
        assert str(raised.value) == (
            f"{metric} of B is -1 for the case c2, below the least it can be, 0; a number such as "
            f"-1 may be the tool's mark of a missed object: write {worst} where the object was "
            "missed, and nothing where a case has no value"
        )


@pytest.mark.parametrize("metric", ["dice", "DSC", "Dice Score", "volume_similarity", "DSC (%)"])
def test_percent_is_the_same_in_every_spelling(metric):
    percent = [100 * share for share in SHARES]
    assert noted(metric, SHARES, SHARES) == []
    (note,) = noted(metric, percent, [0, *percent[1:]])
    assert note == f"{metric} is in percent: differences and margins are points of percent"
    with pytest.raises(DataError) as raised:
        noted(metric, SHARES, percent)
    assert str(raised.value) == (
        f"{metric} lies between 0.7 and 0.9 in A and between 70 and 90 in B: shares and percent; "
        "divide the percent by 100"
    )
    with pytest.raises(DataError, match="is 70 for the case c0, expected 0 to 1; mend it, or div"):
        noted(metric, [70, *SHARES[1:]])
    with pytest.raises(DataError, match=r"is 1.1 for the case c3, expected 0 to 1; mend it"):
        noted(metric, [*SHARES[:3], 1.1])
    with pytest.raises(DataError, match="is 150 for the case c0, expected 0 to 100 percent; mend"):
        noted(metric, [150, *percent[1:]])
    noted(metric, [0, 0, 0, 0], percent)  # all missed: fits both


@pytest.mark.parametrize("metric", ["ravd", "RAVD", "avd", "VolumeSimilarity", "vs", "rvd"])
def test_a_signed_metric_gets_no_direction(metric):
    with pytest.raises(DataError) as raised:
        noted(metric, NEAR_0, [-0.5, -0.5, -0.5, -0.5])
    assert str(raised.value) == (
        f"{metric} of A is -0.03 for the case c0: with a sign it is best at 0, not more and not "
        "less; make a column of its absolute values and compare that with :lower behind its name"
    )


def test_a_mark_is_no_absolute_value():
    with pytest.raises(DataError, match="behind its name, or inf where -1 marks a missed object$"):
        noted("avd", [1, 1, 1, 1], [-1, 1, 1, 1])


def test_similarities_of_volumes_that_are_near_0_are_asked():
    with pytest.raises(DataError, match="SimpleITK's is 0, not 1, where volumes are equal: make a"):
        noted("VolumeSimilarity", [0.02, 0, 0.01, 0.03], [0.49, 0.48, 0.49, 0.47])
    assert noted("VolumeSimilarity", SHARES, [0.2, 0.3, 0.4, 0.1]) == []


def test_absolute_values_and_what_nobody_knows_are_taken():
    assert noted("ravd", [0.02, 0, 0.01, 0.03], [0.5, 1.5, 0, 0]) == []
    assert noted("rvd", NEAR_0, has_direction=False) == []
    assert noted("odd", [-5, 5, 200, 0]) == []
    assert noted("kappa", [-0.2, 0.9, 0.8, 1]) == []
    assert noted("PSNR", [31.5, 28, -2, np.inf]) == []
    assert noted("val_loss", [-0.8, -0.7, -0.9, 0.1]) == []


def test_tables_are_checked_before_they_are_compared():
    tables = [pd.DataFrame({"case": list("uvw"), "HD95": [x, 2.0, 3.0]}) for x in (1.0, -1.0)]
    with pytest.raises(DataError, match="HD95 of B is -1 for the case u"):
        compare_tables(*tables, "HD95", names=("A", "B"), rng=np.random.default_rng(0))
