"""The architecture as a test: imports flow one way, each big library has one door."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "twinseg"
MODEL = {"core", "records", "images", "data", "training"}
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "records": {"core"},
    "images": {"core", "records"},
    "data": {"core", "records", "images"},
    "training": {"core", "records", "images", "data"},
    "prediction": MODEL,
    "explanation": MODEL | {"prediction"},
    "metrics": MODEL | {"prediction"},
    "ensemble": MODEL | {"prediction"},
    "comparison": MODEL | {"prediction", "metrics"},
    "findings": MODEL | {"prediction", "explanation", "metrics", "ensemble", "comparison"},
    "report": MODEL
    | {"prediction", "explanation", "metrics", "ensemble", "comparison", "findings"},
}
MAY_IMPORT["view"] = set(MAY_IMPORT)
MAY_IMPORT["study"] = set(MAY_IMPORT) - {"view"}
MAY_IMPORT["cli"] = set(MAY_IMPORT)
ONE_DOOR = {  # files, or folders that are a door as a whole
    "ray": {"core/on_ray.py"},
    "rich": {"core/progress.py"},
    "pydantic": {"records/", "cli/from_settings.py", "core/checked.py"},
    "pydicom": {"images/dicom/", "data/dicom/"},
    "gdcm": {"images/dicom/"},
    "SimpleITK": {"images/volumes/volume_file.py", "ensemble/staple.py"},
    "openslide": {"images/slides/with_openslide.py"},
    "tifffile": {"images/slides/", "images/files/write_plane.py"},
    "defusedxml": {"images/slides/with_tifffile.py", "data/slides/"},
    "pooch": {"data/public/"},
    "sklearn": {"data/labels/", "ensemble/choice.py"},
    "segmentation_models_pytorch": {
        "training/network.py",
        "training/hub.py",
        "training/encoders.py",
    },
    "timm": {"training/encoders.py"},
    "huggingface_hub": {"training/hub.py"},
    "lightning_fabric": {"training/loop.py"},
    "cv2": {"core/pixels.py"},
    "captum": {"explanation/"},
    "statsmodels": {"data/labels/"},
    "matplotlib": {
        "report/figures.py",
        "report/label_figures.py",
        "report/comparison_figures.py",
        "report/grid_figures.py",
        "report/case_drawing.py",
    },
    "jinja2": {"report/page.py", "report/index_page.py", "report/environment.py"},
    "typer": {"cli/"},
    "duckdb": {"view/case_table.py"},
    "fastapi": {"view/app.py"},
    "uvicorn": {"view/serve.py"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(file: Path) -> set[str]:
    """Full names of everything ``file`` imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: write imports in full"
            names.add(node.module)
    return names


def test_every_folder_has_its_place() -> None:
    folders = {file.relative_to(PACKAGE).parts[0] for file in FILES if file.parent != PACKAGE}
    assert folders == set(MAY_IMPORT)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_flow_one_way(folder: str) -> None:
    files = list((PACKAGE / folder).rglob("*.py"))
    assert files
    for file in files:
        ours = {n.split(".")[1] for n in imported(file) if n.startswith("twinseg.")}
        assert ours <= MAY_IMPORT[folder] | {folder}, file


@pytest.mark.parametrize("library", ONE_DOOR)
def test_each_big_library_has_one_door(library: str) -> None:
    users = {
        str(file.relative_to(PACKAGE))
        for file in FILES
        if any(name.split(".")[0] == library for name in imported(file))
    }
    assert not {user for user in users if not user.startswith(tuple(ONE_DOOR[library]))}


def test_no_file_is_long() -> None:
    for file in [*FILES, *Path(__file__).parent.glob("*.py")]:
        assert file.read_text().count("\n") <= 300, file
