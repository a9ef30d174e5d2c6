"""A model with all that is known of it, wherever it was opened from."""

from dataclasses import dataclass

from twinseg.ensemble.experience import Experience
from twinseg.ensemble.model import Model
from twinseg.prediction.likeness import Likeness


@dataclass(frozen=True)
class OpenModel:
    """A model, and what its study knows of it.

    Attributes:
        model: What pictures are shown to.
        experience: What Dice validation cases had at which doubt; None where nobody knows.
        usual_doubt: That nine of ten validation cases keep below; None where nobody knows.
        likeness: What the training pictures of its run look like; None where it was not learnt.
        said: How it was chosen and what holds of it, in plain words.
        digests: SHA-256 of the weights of each run.
    """

    model: Model
    experience: Experience | None
    usual_doubt: float | None
    likeness: Likeness | None
    said: tuple[str, ...]
    digests: tuple[str, ...]
