"""What is learnt of the training pictures of each run, to tell later which others are unlike."""

from twinseg.core.progress import Progress
from twinseg.prediction.learn_likeness import learn_likeness
from twinseg.prediction.likeness_file import write_likeness
from twinseg.records.folders import VALIDATION
from twinseg.records.run_spec import RunSpec
from twinseg.study.open_study import OpenStudy
from twinseg.study.run_stages import TRAINING
from twinseg.study.stage import Over, Stage


def learn(study: OpenStudy, run: RunSpec, progress: Progress) -> None:
    """Write the likeness of a run into its folder, so that it goes where the model goes."""
    likeness = learn_likeness(
        study.trained(run),
        study.data,
        study.positions("train"),
        study.positions(VALIDATION),
        study.random("likeness"),  # the same cases for both twins
        progress,
    )
    write_likeness(study.folder.run(run.id).likeness, likeness)


LIKENESS_STAGES = (
    Stage(
        "likeness",
        Over.RUN,
        needs=(TRAINING,),
        makes=lambda study, run: [study.folder.run(run.id).likeness],
        work=learn,
    ),
)
