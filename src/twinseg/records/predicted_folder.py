"""Where everything of a folder of answers lies: the name of each file and folder, once."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PredictedFolder:
    """What `twinseg predict` leaves."""

    path: Path

    @property
    def lock(self) -> Path:
        """Held by the process that is at work."""
        return self.path / ".lock"

    @property
    def request(self) -> Path:
        """What was asked: the same is gone on with, anything else is refused."""
        return self.path / "request.json"

    @property
    def journal(self) -> Path:
        """A line for each item that is done."""
        return self.path / ".journal.jsonl"

    @property
    def masks(self) -> Path:
        """Folder of the masks."""
        return self.path / "masks"

    @property
    def probabilities(self) -> Path:
        """Folder of the probabilities, where they were asked for."""
        return self.path / "probabilities"

    @property
    def polygons(self) -> Path:
        """Folder of the outlines of slides, as GeoJSON."""
        return self.path / "polygons"

    @property
    def overlays(self) -> Path:
        """Folder of small pictures with the outline of the mask."""
        return self.path / "overlays"

    def heat_maps(self, run: str, region: str) -> Path:
        """Return the folder of the heat maps of a run for one region."""
        return self.path / "heat_maps" / run / region

    @property
    def heat_scale(self) -> Path:
        """What the brightest colour of the heat maps stands for."""
        return self.path / "heat_maps" / "scale.json"

    @property
    def table(self) -> Path:
        """A row for each picture or slice; the same as ``.csv``."""
        return self.path / "table.parquet"

    @property
    def volumes(self) -> Path:
        """A row for each series or volume; the same as ``.csv``."""
        return self.path / "volumes.parquet"

    @property
    def scores(self) -> Path:
        """A row for each picture with a reference, where INPUT holds some."""
        return self.path / "scores.parquet"

    @property
    def failed(self) -> Path:
        """What could not be used, and why."""
        return self.path / "failed.csv"

    @property
    def others(self) -> Path:
        """Files of INPUT that are neither pictures nor references that were compared with."""
        return self.path / "others.csv"

    @property
    def page(self) -> Path:
        """The page to open first."""
        return self.path / "index.html"

    @property
    def manifest(self) -> Path:
        """How it was made; written last."""
        return self.path / "manifest.json"
