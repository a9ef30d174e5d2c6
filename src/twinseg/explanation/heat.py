"""Heat maps of one batch: every method, layer and region asked for, from one shared pass."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from twinseg.core.errors import ConfigError, DataError
from twinseg.core.registry import choose
from twinseg.explanation.borrowing import as_network_needs, borrowed
from twinseg.explanation.foreground import NOT_SAID, Reading, decided
from twinseg.explanation.gradient_methods import weighted
from twinseg.explanation.interpolation import fuse
from twinseg.explanation.layers import FeatureMap, places_of
from twinseg.explanation.map_names import MapKind
from twinseg.explanation.methods import (
    INPUT,
    METHODS,
    OfActivation,
    OfFeatures,
    OfGradient,
    OfInput,
)
from twinseg.explanation.question import Asked, Question
from twinseg.explanation.recording import Pass, run_recorded
from twinseg.explanation.regions import Seen
from twinseg.explanation.shapes import AnyHeat, Each, Inputs, Pixels, spread


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which maps are made: every method at every layer for every question."""

    methods: tuple[str, ...] = ("grad_cam",)
    layers: tuple[str, ...] = ("bottleneck",)
    questions: tuple[Question, ...]
    reading: Reading = NOT_SAID  # of what the network returns
    reshape: str | None = None  # of layers, where it cannot be told, see `layout_of`

    def __post_init__(self) -> None:
        for method in self.methods:
            of_input = isinstance(choose(METHODS, method, "method"), OfInput)
            if of_input != (self.layers == (INPUT,)):
                raise ConfigError(
                    f"{method} explains the pixels of the input; give layer='input'"
                    if of_input
                    else f"{method} needs a layer of the network, not 'input'"
                )
            if any("+" in layer for layer in self.layers) and METHODS[method].unit != "logit":
                raise ConfigError(
                    f"values of {method} are in units of each layer's activation: layers cannot "
                    "be fused; ask for one at a time"
                )


Ask = Callable[[Seen], Sequence[Asked]]
Found = dict[MapKind, AnyHeat]


def heat_maps(
    network: nn.Module,
    images: Inputs,
    plan: Plan,
    *,
    reference: Pixels | None = None,
    first: int = 0,
) -> Found:
    """Return raw heat maps by kind, each on the grid of its layer, (image, *place), float32.

    Signed and never rescaled, so that maps of two networks can be compared; a positive value
    speaks for the score, in the unit of the method. The network is given back as it was.

    Args:
        network: Maps images to logits or probabilities of one or more channels.
        images: As the network expects them, that is, normalised.
        plan: What is asked.
        reference: Masks on the grid of the logits, for regions that need them.
        first: How many images came before this batch, for regions given image by image.

    Raises:
        ConfigError: If a name is unknown or the network does not fit.
        DataError: If the reference does not fit the logits.
    """

    def ask(seen: Seen) -> list[Asked]:
        return [question.put_to(seen) for question in plan.questions]

    plan = with_reading(network, images, plan)
    return answer(network, images, plan, ask, reference=reference, first=first)


def with_reading(network: nn.Module, images: Inputs, plan: Plan) -> Plan:
    """Return the plan with how answers are to be read, told by those to ``images``."""
    if plan.reading.scale is not None:
        return plan
    with borrowed(network):
        reading = decided(network, as_network_needs(network, images), plan.reading)
    return replace(plan, reading=reading)


def answer(
    network: nn.Module,
    images: Inputs,
    plan: Plan,
    ask: Ask,
    *,
    reference: Pixels | None = None,
    first: int = 0,
) -> Found:
    """`heat_maps` for questions whose pixels somebody else fixes, in the order of the plan."""
    layers = {name: _parts(network, name) for name in plan.layers}
    places = list({part.name: part for parts in layers.values() for part in parts}.values())
    kinds_of_method = {type(METHODS[name]) for name in plan.methods}
    with borrowed(network):
        inputs = as_network_needs(network, images)
        with torch.set_grad_enabled(OfGradient in kinds_of_method):
            run = run_recorded(network, inputs, places, reading=plan.reading, reshape=plan.reshape)
        asked = ask(_seen(run, reference, first, tuple(inputs.shape[2:])))
        found = dict(_from_gradients(run, asked, plan))
        found |= _from_activations(run, plan)
        found |= _from_features(network, inputs, run, asked, plan)
        found |= _from_input(network, inputs, asked, plan)
    defined = {q.name: a.defined for q, a in zip(plan.questions, asked, strict=True)}
    return {
        MapKind(method, layer, question): _where(
            defined[question],
            fuse([found[MapKind(method, name, question)] for name in _names(layers[layer])]),
        )
        for method in plan.methods
        for layer in plan.layers
        for question in defined
    }


def _parts(network: nn.Module, layer: str) -> tuple[FeatureMap, ...]:
    return () if layer == INPUT else places_of(network, layer)


def _names(parts: tuple[FeatureMap, ...]) -> list[str]:
    return [part.name for part in parts] or [INPUT]


def _from_gradients(
    run: Pass, asked: Sequence[Asked], plan: Plan
) -> Iterator[tuple[MapKind, AnyHeat]]:
    methods = {n: m for n in plan.methods if isinstance(m := METHODS[n], OfGradient)}
    if not methods:
        return
    activations = run.activations
    for question, gradients in zip(plan.questions, run.gradients(asked), strict=True):
        for place, activation in activations.items():
            for name, method in methods.items():
                heat = method.heat(activation, gradients[place])
                yield MapKind(name, place, question.name), heat


def _from_activations(run: Pass, plan: Plan) -> Found:
    methods = {n: m for n in plan.methods if isinstance(m := METHODS[n], OfActivation)}
    return {
        MapKind(name, place, question.name): heat
        for name, method in methods.items()
        for place, activation in run.activations.items()
        for heat in [method.heat(activation)]
        for question in plan.questions
    }


def _from_features(
    network: nn.Module,
    images: Inputs,
    run: Pass,
    asked: Sequence[Asked],
    plan: Plan,
) -> Found:
    methods = {n: m for n in plan.methods if isinstance(m := METHODS[n], OfFeatures)}
    found: Found = {}
    activations = run.activations if methods else {}
    for name, method in methods.items():
        for place in run.places:
            activation = activations[place.name]
            weights = method.weights(
                network, images, place, activation, asked, reading=plan.reading
            )
            found |= {
                MapKind(name, place.name, question.name): weighted(of_question, activation)
                for question, of_question in zip(plan.questions, weights, strict=True)
            }
    return found


def _from_input(network: nn.Module, images: Inputs, asked: Sequence[Asked], plan: Plan) -> Found:
    methods = {n: m for n in plan.methods if isinstance(m := METHODS[n], OfInput)}
    return {
        MapKind(name, INPUT, question.name): heat
        for name, method in methods.items()
        for question, heat in zip(
            plan.questions,
            method.heat(network, images, asked, reading=plan.reading),
            strict=True,
        )
    }


def _where(defined: Each, heat: AnyHeat) -> AnyHeat:
    return torch.where(spread(defined, heat), heat, torch.nan).detach()


def _seen(run: Pass, reference: Pixels | None, first: int, space: tuple[int, ...]) -> Seen:
    logits = run.logits.detach().float()  # scores are summed in float32, also those of bf16
    if reference is not None:
        if reference.shape != logits.shape:
            raise DataError(
                f"reference masks are {tuple(reference.shape)}, the logits {tuple(logits.shape)}; "
                "bring the masks to the grid of the network's output"
            )
        reference = reference.to(logits.device)
    return Seen(logits, reference, first, space)
