"""Where everything of a study lies: the name of each file and folder, once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEST, VALIDATION = "test", "validation"
SPLITS = (TEST, VALIDATION)  # of which predictions are kept
CONTRASTS = "contrasts"
_OF_DATASET = ("labels",)  # tables that all contrasts share


@dataclass(frozen=True)
class RunFolder:
    """Folder of a trained model, whole or absent."""

    path: Path

    @property
    def id(self) -> str:
        """Name of the run."""
        return self.path.name

    @property
    def weights(self) -> Path:
        """The model's weights."""
        return self.path / "model.safetensors"

    @property
    def model(self) -> Path:
        """How to use the model."""
        return self.path / "model.json"

    @property
    def history(self) -> Path:
        """Loss and validation Dice, epoch by epoch."""
        return self.path / "history.csv"

    @property
    def manifest(self) -> Path:
        """How the model was made."""
        return self.path / "manifest.json"

    @property
    def likeness(self) -> Path:
        """What its training pictures look like; made after it, from it and the dataset."""
        return self.path / "likeness.safetensors"

    @property
    def working(self) -> Path:
        """Folder of what is under way until the run is whole."""
        return self.path.with_name(f".{self.path.name}.training")


@dataclass(frozen=True)
class StudyFolder:
    """Folder of a study; or of one contrast of a grid, whose runs lie in the folder of the grid."""

    path: Path

    @property
    def home(self) -> "StudyFolder":
        """The study that holds the dataset, its labels, the runs, and what these answered."""
        above = self.path.absolute().parent
        return StudyFolder(above.parent) if above.name == CONTRASTS else self

    @property
    def contrasts(self) -> Path:
        """Folder of the contrasts of a grid."""
        return self.path / CONTRASTS

    def contrast(self, contrast: str) -> "StudyFolder":
        """Return the folder of a contrast of a grid by its id."""
        return StudyFolder(self.contrasts / contrast)

    def name_of(self, path: Path) -> str:
        """Name a file or folder by its place in this folder, or else in that of the grid."""
        inside = self.path if path.is_relative_to(self.path) else self.home.path
        return path.relative_to(inside).as_posix()

    @property
    def lock(self) -> Path:
        """Held by the process that is at work."""
        return self.path / ".lock"

    @property
    def settings(self) -> Path:
        """Settings as resolved."""
        return self.path / "study.toml"

    @property
    def manifest(self) -> Path:
        """Versions, machine, first weights and the list of all files; written last."""
        return self.path / "manifest.json"

    @property
    def description(self) -> Path:
        """What is said of the dataset."""
        return self.path / "dataset.json"

    @property
    def dataset(self) -> Path:
        """The dataset, where it was prepared in passing."""
        return self.home.path / "dataset"

    @property
    def tables(self) -> Path:
        """Folder of all tables."""
        return self.path / "tables"

    def table(self, name: str) -> Path:
        """Return the file of a table."""
        tables = self.home.tables if name in _OF_DATASET else self.tables
        return tables / f"{name}.parquet"

    @property
    def labels(self) -> Path:
        """What is said of the labels."""
        return self.home.tables / "labels.json"

    @property
    def weights_of_rules(self) -> Path:
        """Weights of the weighted mean."""
        return self.tables / "weights.json"

    @property
    def rules(self) -> Path:
        """What the rules learnt on validation cases."""
        return self.tables / "rules.json"

    @property
    def report(self) -> Path:
        """The page to open first."""
        return self.path / "report" / "index.html"

    @property
    def report_pictures(self) -> Path:
        """Pictures that the page shows."""
        return self.report.with_name("pictures")

    @property
    def report_card(self) -> Path:
        """The most telling case, for pages that lead to the report; absent if there is none."""
        return self.report_pictures / "card.jpg"

    @property
    def references(self) -> Path:
        """What the methods text cites, as BibTeX."""
        return self.report.with_name("references.bib")

    @property
    def runs(self) -> Path:
        """Folder of all runs."""
        return self.home.path / "runs"

    def run(self, run: str) -> RunFolder:
        """Return the folder of a run by its id."""
        return RunFolder(self.runs / run)

    def whole_runs(self) -> Iterator[RunFolder]:
        """Yield the runs that are whole, in the order of their names."""
        for file in sorted(self.runs.glob("[!.]*/manifest.json")):
            yield RunFolder(file.parent)

    def masks(self, split: str, model: str) -> Path:
        """Return the folder of the masks of a run or a rule for the cases of ``split``."""
        return self.path / "predictions" / split / model

    def maps(self, split: str, run: str) -> Path:
        """Return the folder of the heat maps of a run, with a folder for each kind of map."""
        return self.path / "explanations" / split / run

    def difference(self, contrast: str) -> Path:
        """Return the folder of the differences of the maps of a contrast's runs."""
        return self.maps(TEST, contrast)

    @property
    def logs(self) -> Path:
        """Folder of what each job of a grid said."""
        return self.path / "logs"

    @property
    def steps(self) -> Path:
        """Folder with a file for each step: what it was begun with."""
        return self.path / ".steps"

    @property
    def replaced(self) -> Path:
        """Folder of trained models that others took the place of, numbered from 1."""
        return self.path / "replaced"

    def evidence(self, run: str) -> Path:
        """Return the evidence for the maps of a run, case by case."""
        return self.maps(TEST, run) / "evidence.parquet"

    def evidence_curves(self, run: str) -> Path:
        """Return the curves of that evidence."""
        return self.maps(TEST, run) / "evidence_curves.parquet"
