"""twinseg: train twin segmentation models on medical images and compare them with evidence.

    import twinseg

    study = twinseg.run("lesions", "study", encoder="mobilenet_v2", size=128, epochs=8)
    print(study.scores.groupby("model")["dice"].mean())

Importing is light; torch is loaded when a name below is first used.
"""

from typing import TYPE_CHECKING

from twinseg.core.keywords import with_known_keywords
from twinseg.core.late_names import late_names

if TYPE_CHECKING:
    from twinseg.core.errors import TwinsegError as TwinsegError
    from twinseg.explanation.ask import explain as explain
    from twinseg.records.settings import StudySettings as StudySettings
    from twinseg.study.compare import compare_files as compare_files
    from twinseg.study.demo import run_demo as run_demo
    from twinseg.study.explain import explain_files as explain_files
    from twinseg.study.export import export_model as export_model
    from twinseg.study.friendly_run import run as run
    from twinseg.study.inspect import inspect_dataset as inspect_dataset
    from twinseg.study.needs import data_needs as data_needs
    from twinseg.study.open_model import load_model as load_model
    from twinseg.study.open_model import predict as predict
    from twinseg.study.predict import predict_files as predict_files
    from twinseg.study.prepare import prepare as prepare
    from twinseg.study.results import Study as Study
    from twinseg.training.trained_model import load_trained as load_trained

_HOME = {
    "Study": "twinseg.study.results",
    "StudySettings": "twinseg.records.settings",
    "TwinsegError": "twinseg.core.errors",
    "compare_files": "twinseg.study.compare",
    "data_needs": "twinseg.study.needs",
    "explain": "twinseg.explanation.ask",
    "explain_files": "twinseg.study.explain",
    "export_model": "twinseg.study.export",
    "inspect_dataset": "twinseg.study.inspect",
    "load_model": "twinseg.study.open_model",
    "load_trained": "twinseg.training.trained_model",
    "predict": "twinseg.study.open_model",
    "predict_files": "twinseg.study.predict",
    "prepare": "twinseg.study.prepare",
    "run": "twinseg.study.friendly_run",
    "run_demo": "twinseg.study.demo",
}
__all__ = [
    "Study",
    "StudySettings",
    "TwinsegError",
    "compare_files",
    "data_needs",
    "explain",
    "explain_files",
    "export_model",
    "inspect_dataset",
    "load_model",
    "load_trained",
    "predict",
    "predict_files",
    "prepare",
    "run",
    "run_demo",
]

__getattr__, __dir__ = late_names(__name__, _HOME, handed_over=with_known_keywords)
