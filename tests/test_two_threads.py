"""Two pieces of work at once: the same answers, in threads or not, and errors that arrive."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

from twinseg.core import two_threads as module
from twinseg.core.two_threads import at_once
from twinseg.metrics import score_case


def _thread() -> int:
    return threading.get_ident()


def test_the_second_gets_a_thread_only_if_it_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cores", lambda: 2)
    first, second = at_once(_thread, _thread, worth_a_thread=True)
    assert first == _thread() != second
    assert at_once(_thread, _thread, worth_a_thread=False) == (_thread(), _thread())
    monkeypatch.setattr(module, "cores", lambda: 1)
    assert at_once(_thread, _thread, worth_a_thread=True) == (_thread(), _thread())


def _fails() -> int:
    raise ValueError("no answer")


@pytest.mark.parametrize("worth_a_thread", [True, False])
@pytest.mark.parametrize("jobs", [(_fails, _thread), (_thread, _fails)])
def test_an_error_of_either_is_raised(
    jobs: tuple[Callable[[], int], Callable[[], int]],
    worth_a_thread: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "cores", lambda: 2)
    before = threading.active_count()
    with pytest.raises(ValueError, match="no answer"):
        at_once(*jobs, worth_a_thread=worth_a_thread)
    assert threading.active_count() == before


def test_scores_are_the_same_on_one_core_and_on_two(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    masks = [np.kron(rng.random((20, 20)) < 0.4, np.ones((9, 9), bool)) for _ in range(2)]
    found = []
    for number in (1, 2):
        monkeypatch.setattr(module, "cores", lambda number=number: number)
        found.append(score_case(*masks, spacing_mm=(0.5, 0.7)))
    assert found[0] == found[1]
