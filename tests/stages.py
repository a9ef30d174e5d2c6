"""Stages of a study put out of action, or made to fail."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from twinseg.study import step_engine


def replace_work(monkeypatch: pytest.MonkeyPatch, stage: str, work: Callable[..., None]) -> None:
    """Let one stage of every study do other work, beside those that do already."""
    stages = step_engine.STAGES
    assert stage in {one.name for one in stages}
    stages = tuple(replace(one, work=work) if one.name == stage else one for one in stages)
    monkeypatch.setattr(step_engine, "STAGES", stages)


def fail_at(monkeypatch: pytest.MonkeyPatch, stage: str, error: BaseException) -> None:
    """Let one stage of every study raise ``error``."""

    def raising(*_: object) -> None:
        raise error

    replace_work(monkeypatch, stage, raising)


def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no page: it takes longest, and is drawn at every start."""
    replace_work(monkeypatch, "report", lambda *_: None)
