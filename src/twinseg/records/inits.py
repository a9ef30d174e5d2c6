"""Where the first weights of an encoder may come from."""

from pathlib import Path

PICKLES = (".pth", ".pt", ".bin", ".ckpt", ".tar", ".pkl")


def check_init(name: str) -> None:
    """Raise ValueError unless ``name`` says where an encoder's first weights come from.

    ``imagenet``; ``random``; ``random:2`` (random weights, second draw); a ``.safetensors`` file.
    """
    draw = name.removeprefix("random:")
    known = name in ("imagenet", "random") or (draw != name and draw.isdecimal())
    if not known and not name.endswith(".safetensors"):
        if name.lower().endswith(PICKLES):
            raise ValueError(why_no_pickle(name))
        raise ValueError(
            f"unknown init {name!r}; choose imagenet, random, random:2 or a .safetensors file"
        )


def short_init(name: str) -> str:
    """Return ``name`` as it stands in the id of a run: no colon, no folder, no suffix."""
    return Path(name).stem if name.endswith(".safetensors") else name.replace(":", "")


def told_init(name: str) -> str:
    """Return ``name`` as tables and pages tell it: no folder, which is nobody else's business."""
    return Path(name).name if name.endswith(".safetensors") else name


def why_no_pickle(path: str | Path) -> str:
    """Say why a pickle of weights is not opened, and how it becomes a safetensors file."""
    file = Path(path)
    return (
        f"{path} is a pickle, which may run anything when it is opened; "
        f'convert it: python -c "import torch, safetensors.torch as s; w = torch.load('
        f"'{file.name}', weights_only=True, map_location='cpu'); "
        "w = w.get('state_dict', w.get('model', w)); "
        f"s.save_file({{k: v.contiguous() for k, v in w.items()}}, '{file.stem}.safetensors')\""
    )
