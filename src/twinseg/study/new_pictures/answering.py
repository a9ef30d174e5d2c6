"""The networks' answers to pictures of any items, in batches that do not end with an item."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from twinseg.ensemble.model import Answer, Model
from twinseg.prediction.predict import IMAGES_AT_ONCE
from twinseg.study.new_pictures.reading import ReadItem, Ready


@dataclass(frozen=True)
class Answered:
    """An item with what every member says of each of its pictures."""

    read: ReadItem
    answers: list[Answer] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether no picture of it waits for its answer."""
        return len(self.answers) == len(self.read.pictures)


def answered(items: Iterable[ReadItem], model: Model) -> Iterator[Answered]:
    """Yield the items in their order, as soon as all their pictures are answered."""
    waiting: deque[Answered] = deque()
    asked: list[tuple[Answered, Ready]] = []
    for read in items:
        waiting.append(Answered(read))
        for ready in read.pictures:
            asked.append((waiting[-1], ready))
            if len(asked) == IMAGES_AT_ONCE:
                _answer(asked, model)
        while waiting and waiting[0].is_whole:
            yield waiting.popleft()
    _answer(asked, model)
    yield from waiting


def _answer(asked: list[tuple[Answered, Ready]], model: Model) -> None:
    """Give the answers to those who asked, and forget the questions."""
    if asked:
        squares = np.stack([ready.square for _, ready in asked])
        for (of, _), answer in zip(asked, model.answers(squares), strict=True):
            of.answers.append(answer)
        asked.clear()
