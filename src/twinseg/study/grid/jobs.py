"""What is sent to a process of a grid: all steps of a run, or all that follows for a contrast."""

from dataclasses import dataclass
from pathlib import Path

from twinseg.core.job_log import JobFiles, logged
from twinseg.core.store import locked
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import Hardware, read_settings
from twinseg.study.files import mend
from twinseg.study.open_study import OpenStudy
from twinseg.study.step_engine import Job, LoggedWorker
from twinseg.study.study import complete


@dataclass(frozen=True)
class ContrastJob:
    """All steps of a contrast that follow from its runs.

    Attributes:
        out: The contrast.
        dataset: Its prepared dataset.
        hardware: What it is computed on.
    """

    out: Path
    dataset: Path
    hardware: Hardware

    @property
    def id(self) -> str:
        """Name of the job."""
        return self.out.name


@dataclass(frozen=True)
class GridWorker:
    """Works off the jobs of a grid wherever it is sent, and writes what it says into ``logs``."""

    logs: Path

    def __call__(self, job: Job | ContrastJob) -> None:
        """Do every step of the job that is not done."""
        if isinstance(job, Job):
            LoggedWorker(self.logs)(job)
            return
        with logged(JobFiles(self.logs, job.id)) as progress:
            folder = StudyFolder(job.out)
            study = OpenStudy(folder, read_settings(folder.settings), job.dataset, job.hardware)
            with locked(folder.lock):
                runs = [run.id for run in study.settings.contrast.runs]
                complete(study, mend(folder, runs, progress), progress)
