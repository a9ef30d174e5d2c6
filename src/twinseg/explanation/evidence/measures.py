"""What the numbers of evidence mean: every column of `explanations.parquet`, once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """What readers need to know about a column.

    Attributes:
        label: As it stands in a table.
        range: In words.
        by_chance: What a map that knows nothing would get, in words; "" where nobody can say.
        meaning: One sentence.
    """

    label: str
    range: str
    by_chance: str
    meaning: str


_SHARE = "0 to 1"
MEASURES = {
    "in_reference": Measure(
        "inside the reference", _SHARE, "area of the reference",
        "Share of the positive relevance on the pixels that the reference marks.",
    ),
    "in_prediction": Measure(
        "inside the prediction", _SHARE, "area of the prediction",
        "Share of the positive relevance on the pixels that the model marks.",
    ),
    "in_false_positives": Measure(
        "inside false positives", _SHARE, "their area",
        "Share of the positive relevance on pixels marked by mistake.",
    ),
    "in_ring": Measure(
        "in the ring", _SHARE, "area of the ring",
        "Share of the positive relevance in a ring around the object.",
    ),
    "in_border": Measure(
        "at the border", _SHARE, "about 0.19",
        "Share of the positive relevance in the outer twentieth of the image on each side.",
    ),
    "area_of_reference": Measure(
        "area of the reference", _SHARE, "",
        "Share of the image that the reference marks: what shares and ranks reach by chance.",
    ),
    "pointing_hit": Measure(
        "pointing game", "0 or 1", "area of the reference",
        "1 if the most relevant pixel lies on the object, or beside it by 2 % of the side.",
    ),
    "rank_accuracy": Measure(
        "rank accuracy", _SHARE, "area of the reference",
        "Of as many most relevant pixels as the object has, the share that lies on it.",
    ),
    "top_iou": Measure(
        "IoU of the top tenth", _SHARE, "",
        "IoU of the most relevant tenth of the image with the reference.",
    ),
    "centre_distance": Measure(
        "distance of the centre", "0 and more, mm or px", "",
        "Distance from the centre of relevance to the object; 0 on it.",
    ),
    "target_overlap": Measure(
        "target against non-target", _SHARE, "0.053",
        "IoU of the most relevant tenths of the maps for target and for non-target pixels.",
    ),
    "deletion": Measure(
        "deletion area", _SHARE, "that of random order",
        "Mean share of its answer that the model keeps while the most relevant pixels go first; "
        "lower is better.",
    ),
    "deletion_random": Measure(
        "deletion area, random order", _SHARE, "",
        "The same when blocks of pixels go in random order.",
    ),
    "deletion_edges": Measure(
        "deletion area, edge detector", _SHARE, "",
        "The same when the strongest edges of the picture go first.",
    ),
    "insertion": Measure(
        "insertion area", _SHARE, "that of random order",
        "Mean share of its answer that the model has back while the most relevant pixels come "
        "first; higher is better.",
    ),
    "insertion_random": Measure(
        "insertion area, random order", _SHARE, "",
        "The same when blocks of pixels come in random order.",
    ),
    "insertion_edges": Measure(
        "insertion area, edge detector", _SHARE, "",
        "The same when the strongest edges come first.",
    ),
    "road": Measure(
        "ROAD", "-0.5 to 0.5", "0",
        "Half of what the answer keeps more without the least relevant fifth of the pixels than "
        "without the most relevant one, filled in from their neighbours.",
    ),
    "randomised": Measure(
        "rank correlation without learnt weights", "-1 to 1", "0",
        "Rank correlation of the map with that of the same network after all its weights were "
        "shuffled; near 1 the map is drawn by the picture, not by what was learnt.",
    ),
    "max_sensitivity": Measure(
        "largest change under noise", "0 and more", "",
        "Largest change of the map, in its own size, under noise too small to see.",
    ),
}  # fmt: skip
