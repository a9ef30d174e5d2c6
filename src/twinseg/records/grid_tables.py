"""Every table that a grid of runs has beside those of its contrasts."""

from twinseg.records.tables import declared

_SPAN = "low high level"
_OF = "seeds cases groups undefined"
_PAIRED = f"mean_difference {_SPAN} all_same {_OF} sentence"
_DICE_DIFFERENCE = ("Dice", "mean of second minus first")

_DECLARED = (
    declared(
        "learning_points",
        "an init or a rule on two of them, and a design and an amount of training data",
        f"init inits rule design fraction train_cases mean {_SPAN} {_OF} sentence",
        mean=("Dice", "mean over the cases, of each the mean over its seeds"),
    ),
    declared(
        "learning_laws",
        "an init and a design with three amounts or more: mean Dice = a - b n^-c",
        f"init design train_cases law_a law_b law_c expected {_SPAN} wished train_cases_needed "
        "needed_low needed_high unreachable seeds groups undefined sentence",
        train_cases=("cases", "the largest number that runs were trained on"),
    ),
    declared(
        "contrasts_by_amount",
        "two inits, and a design and an amount of training data; second minus first",
        f"first second design fraction train_cases {_PAIRED}",
        first=("", "the init that is subtracted"),
        second=("", "the init it is subtracted from"),
        mean_difference=_DICE_DIFFERENCE,
    ),
    declared(
        "variance_components",
        "a source of spread of Dice: group, case in its group, init, seed, rest; at one point",
        f"design fraction train_cases component variance share {_OF} sentence",
    ),
    declared(
        "replicates",
        "an init, and a design and an amount of training data, that has several seeds",
        f"init design fraction train_cases value {_SPAN} {_OF} sentence",
        value=("", "ICC(2,1) of Dice between seeds; 1: another seed gives every case its score"),
    ),
    declared(
        "grid_model",
        "a term of the mixed model of all runs, on the logit of Dice",
        f"term estimate standard_error {_SPAN} p_value rows groups undefined formula problems "
        "sentence",
        groups=("groups", "in the fit; some of them, drawn at random, where rows are too many"),
    ),
    declared(
        "designs_against_random",
        "an init, a design, an amount and a metric; the design minus random, at the same fraction",
        f"init design fraction metric train_cases train_cases_random {_PAIRED}",
        mean_difference=("", "mean of the design minus random"),
    ),
    declared(
        "rules_by_amount",
        "a rule, and a design and an amount of training data; the rule minus the better twin",
        f"inits rule design fraction train_cases {_PAIRED} best",
        mean_difference=("Dice", "mean of the rule minus the twin that is better on validation"),
        best=("", "whether no other rule has a higher mean difference there"),
    ),
    declared(
        "seeds_and_cases",
        "two inits at a point of the grid, a difference of Dice, and a number of seeds",
        "first second design fraction train_cases difference power seeds groups_needed sentence",
        first=("", "the init that is subtracted"),
        second=("", "the init it is subtracted from"),
        seeds=("", "of each init"),
    ),
)
GRID_TABLES = {table.name: table for table in _DECLARED}
