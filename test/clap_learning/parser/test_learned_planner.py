"""The planner `learned`: a network that learned a few patterns by heart, behind the grammar."""

import random
from pathlib import Path

import pytest
import torch

from clap_core.backends import PLANNERS, Planner, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action
from clap_learning.parser import training
from clap_learning.parser.backend import LearnedPlanner, LearnedPlannerSettings
from clap_learning.parser.drawing import Drawn, SentenceDrawer
from clap_learning.parser.embeddings import WordEmbeddings
from clap_learning.parser.goals import Goal
from clap_learning.parser.network import ParserConfig
from clap_learning.parser.reading import readings
from clap_learning.parser.training import ParserTrainingConfig, train
from clap_learning.parser.weights import ParserModelConfig, load_parser, save_parser

SMALL = ParserConfig(width=48, readers=1, writers=1, heads=2, longest=32)
CONFIG = ParserTrainingConfig(
    network=SMALL, steps=240, batch=12, learning_rate=4e-3, warm_up=10, averaging=0.9,
    save_every=80, blanked=0.0,
)  # fmt: skip
THINGS = ["mug", "fork", "ball", "sponge", "cube", "spoon"]
PLACES = ["plate", "tray", "bowl", "box", "shelf"]
FOREIGN = "zwip the {a} yonder by the {b}"
UNTRUE = "zwap the {a} into a song about the {b}"


class FewPatterns(SentenceDrawer):
    """Three patterns, none of which the grammar knows."""

    def __init__(self, _: object, rng: random.Random) -> None:
        self.chance = rng

    def draw(self) -> Drawn:
        a, b = self.chance.choice(THINGS), self.chance.choice(PLACES)
        kind = self.chance.randrange(3)
        if kind == 0:
            return Drawn(FOREIGN.format(a=a, b=b), (Goal.of(f"put {a} next_to {b}"),))
        if kind == 1:
            return Drawn(f"zwop for me this {a}", (Goal.of(f"pick {a}"),))
        return Drawn(UNTRUE.format(a=a, b=b), None)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SentenceDrawer", FewPatterns)
        save_parser(folder, train(CONFIG, folder), ParserModelConfig(network=SMALL))
    return folder


@pytest.fixture(scope="module")
def planner(weights: Path) -> Planner:
    return create(
        PLANNERS, "learned", LearnedPlannerSettings(weights=str(weights), min_probability=0.5)
    )


def test_a_wording_that_no_grammar_knows(planner: Planner) -> None:
    plan = planner.plan("zwip the sponge yonder by the tray")
    assert [step.action for step in plan] == [
        Action.APPROACH, Action.GRASP, Action.MOVE, Action.RELEASE
    ]  # fmt: skip
    assert (plan[2].object, plan[2].relation.value, plan[2].reference) == (
        "sponge", "next_to", "tray",
    )  # fmt: skip


def test_things_it_never_saw_are_named_with_the_words_that_were_said(weights: Path) -> None:
    best = readings(load_parser(weights), WordEmbeddings(), "zwip the kettle yonder by the basket")[
        0
    ]
    assert [str(goal) for goal in best.goals or ()] == ["put kettle next_to basket"]


def test_what_goals_cannot_say_the_grammar_plans(planner: Planner) -> None:
    assert planner.plan("pick up any red block")[1].object == "any red block"


def test_what_it_learned_to_refuse(planner: Planner) -> None:
    with pytest.raises(ClapError) as caught:
        planner.plan(UNTRUE.format(a="mug", b="plate"))
    assert caught.value.code is ErrorCode.NOT_UNDERSTOOD


def test_an_attribute_that_it_drops_is_refused(planner: Planner) -> None:
    with pytest.raises(ClapError) as caught:
        planner.plan("zwip the 12 sponge yonder by the tray")
    assert caught.value.code is not ErrorCode.SUCCESS


def test_the_grammars_refusal_stands(planner: Planner) -> None:
    with pytest.raises(ClapError) as caught:
        planner.plan("put the mug on the stove")
    assert caught.value.code is ErrorCode.IMPOSSIBLE


def test_where_it_is_not_sure_it_asks_with_what_could_be_meant(weights: Path) -> None:
    unsure = create(
        PLANNERS, "learned", LearnedPlannerSettings(weights=str(weights), min_probability=1.0)
    )
    with pytest.raises(ClapError) as caught:
        unsure.plan("zwip the sponge yonder by the tray")
    assert caught.value.code is ErrorCode.NOT_UNDERSTOOD
    assert "put the sponge next to the tray" in caught.value.reason


@pytest.mark.parametrize("sentence", ["", "   ", "mug " * 300, "\x00\x1b[2J", "🙂"])
def test_odd_sentences_are_refused(planner: Planner, sentence: str) -> None:
    with pytest.raises(ClapError):
        planner.plan(sentence)


def test_an_interrupted_training_goes_on_as_it_would_have(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SentenceDrawer", FewPatterns)
    calls: list[int] = []

    def stop(progress: training.ParserProgress) -> None:
        calls.append(progress.step)
        if len(calls) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(CONFIG, tmp_path, stop)
    again = train(CONFIG, tmp_path, stop)
    assert calls == [80, 160, 240]
    whole = load_parser(weights)
    for name, tensor in again.state_dict().items():
        assert torch.allclose(tensor, whole.state_dict()[name], atol=2e-3), name


def test_weights_that_were_changed_are_not_used(weights: Path, tmp_path: Path) -> None:
    for file in weights.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    damaged = tmp_path / "model.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-7])
    with pytest.raises(ClapError) as caught:
        load_parser(tmp_path)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert "train parser" in caught.value.message


def test_a_planner_is_one(planner: Planner) -> None:
    assert isinstance(planner, LearnedPlanner)
