"""How the page calls and colours each model: once, the same in every figure and table."""

from dataclasses import dataclass
from pathlib import Path

# Okabe & Ito 2008: told apart by readers with any colour vision.
TWIN_COLOURS = ("#0072B2", "#D55E00")
# Of the same and of Tol's muted scheme, more than there are rules. Union, intersection and chosen,
# which the page shows side by side, differ in lightness too. base.css has all of them by night.
RULE_COLOURS = ("#009E73", "#882255", "#E69F00", "#56B4E9", "#117733", "#CC79A7", "#999933",
                "#332288", "#DDCC77", "#661100", "#5B6876", "#000000")  # fmt: skip


def of_page(colour: str) -> str:
    """Write a colour so that the page may have another one for it by night."""
    return f"var(--c{colour.lower()[1:]}, {colour.lower()})"


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
