"""How the page calls and colours each model: once, the same in every figure and table."""

from dataclasses import dataclass
from pathlib import Path

# Okabe & Ito 2008: told apart by readers with any colour vision.
TWIN_COLOURS = ("#0072B2", "#D55E00")
# The first four of the same; the others from Tol's muted scheme. More than there are rules.
RULE_COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#332288", "#882255", "#999933",
                "#117733", "#DDCC77", "#661100", "#5B6876", "#000000")  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A run or a rule as readers meet it."""

    id: str  # run id, or name of the rule
    label: str
    colour: str  # "#rrggbb"


def twin_models(run_ids: list[str], inits: tuple[str, str]) -> tuple[Model, ...]:
    """Name the twins after where their first weights come from, in the order of ``inits``."""
    named = zip(run_ids, map(twin_label, inits), TWIN_COLOURS, strict=True)
    return tuple(Model(*parts) for parts in named)


def rule_models(rules: list[str]) -> tuple[Model, ...]:
    """Name the rules as they are called; no two of twelve share a colour."""
    return tuple(
        Model(rule, rule, RULE_COLOURS[place % len(RULE_COLOURS)])
        for place, rule in enumerate(rules)
    )


def twin_label(init: str) -> str:
    """Name a twin after its first weights."""
    if init == "imagenet":
        return "ImageNet twin"
    if init.endswith(".safetensors"):
        return f"{Path(init).stem} twin"
    draw = init.removeprefix("random").removeprefix(":")
    return f"random twin {draw}".rstrip()
