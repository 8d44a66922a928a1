"""The planner `learned`: a network that learned a few patterns by heart, behind the grammar."""

import argparse
import random
from pathlib import Path

import pytest
import torch

from clap_core.backends import PLANNERS, Planner, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action
from clap_learning.parser import command, training
from clap_learning.parser.backend import LearnedPlanner, LearnedPlannerSettings
from clap_learning.parser.config import STORED_PARSER, ParserConfig, ParserModelConfig
from clap_learning.parser.drawing import Drawn, SentenceDrawer
from clap_learning.parser.goals import Goal
from clap_learning.parser.inference import loaded_inference
from clap_learning.parser.reading import readings
from clap_learning.parser.training import ParserTrainingConfig, train
from clap_learning.parser.weights import PARSER_FOLDER
from clap_learning.parser.word_states import WordStates

SMALL = ParserConfig(width=48, readers=1, writers=1, heads=2, longest=32)
CONFIG = ParserTrainingConfig(
    network=SMALL, steps=240, batch=12, learning_rate=4e-3, warm_up=10, averaging=0.9,
    save_every=80, blanked=0.0,
)  # fmt: skip
THINGS = ["mug", "fork", "ball", "sponge", "cube", "spoon"]
PLACES = ["plate", "tray", "bowl", "box", "shelf"]
FOREIGN = "zwip the {a} yonder by the {b}"
UNTRUE = "zwap the {a} into a song about the {b}"
NO_SKILL = "fly the {a} onto the {b}"
"""What the grammar calls impossible."""


class FewPatterns(SentenceDrawer):
    """Four patterns, none of which the grammar plans."""

    def __init__(self, _: object, rng: random.Random) -> None:
        self.chance = rng

    def draw(self) -> Drawn:
        a, b = self.chance.choice(THINGS), self.chance.choice(PLACES)
        kind = self.chance.randrange(4)
        if kind == 0:
            return Drawn(FOREIGN.format(a=a, b=b), (Goal.of(f"put {a} next_to {b}"),))
        if kind == 1:
            return Drawn(f"zwop for me this {a}", (Goal.of(f"pick {a}"),))
        if kind == 2:
            return Drawn(NO_SKILL.format(a=a, b=b), (Goal.of(f"put {a} on {b}"),))
        return Drawn(UNTRUE.format(a=a, b=b), None)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SentenceDrawer", FewPatterns)
        PARSER_FOLDER.save(folder, train(CONFIG, folder), ParserModelConfig(network=SMALL))
    return folder


@pytest.fixture(scope="module")
def planner(weights: Path) -> Planner:
    return create(
        PLANNERS,
        "learned",
        LearnedPlannerSettings(weights=str(weights), min_probability=0.5, outweighs_from=0.6),
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
    sentence = "zwip the kettle yonder by the basket"
    network, _ = STORED_PARSER.load(weights, loaded_inference)
    best = readings(network, WordStates(), sentence)[0]
    assert [str(goal) for goal in best.goals or ()] == ["put kettle next_to basket"]


def test_what_goals_cannot_say_the_grammar_plans(planner: Planner) -> None:
    assert planner.plan("pick up any red block")[1].object == "any red block"
    assert planner.planned_by == "the grammar"


def test_a_sure_reading_outweighs_that_the_grammar_knows_no_such_skill(planner: Planner) -> None:
    plan = planner.plan(NO_SKILL.format(a="mug", b="tray"))
    assert (plan[2].relation.value, plan[2].reference) == ("on", "tray")
    assert planner.planned_by == "the parser"


def test_what_the_arm_keeps_away_from_no_reading_outweighs(planner: Planner) -> None:
    with pytest.raises(ClapError) as caught:
        planner.plan(NO_SKILL.format(a="mug", b="stove"))
    assert caught.value.code is ErrorCode.IMPOSSIBLE
    assert "stove" in caught.value.reason


def test_an_unsure_reading_outweighs_nothing(weights: Path) -> None:
    unsure = create(
        PLANNERS,
        "learned",
        LearnedPlannerSettings(weights=str(weights), min_probability=0.5, outweighs_from=1.0),
    )
    with pytest.raises(ClapError) as caught:
        unsure.plan(NO_SKILL.format(a="mug", b="tray"))
    assert caught.value.code is ErrorCode.IMPOSSIBLE
    assert "fly" in caught.value.reason


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


ODD = {
    "empty": "",
    "blank": "   ",
    "too many words": "mug " * 300,
    "one long word": "xq" * 5000,
    "unknown words": "xqzvw " * 30,
    "more pieces than MiniLM reads": f"{'xq' * 45} " * 30,
    "control characters": "\x00\x1b[2J",
    "no letters": "🙂",
}


@pytest.mark.parametrize("sentence", ODD.values(), ids=ODD)
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
    whole, _ = PARSER_FOLDER.load(weights)
    for name, tensor in again.state_dict().items():
        assert torch.allclose(tensor, whole.state_dict()[name], atol=2e-3), name


def test_weights_that_were_changed_are_not_used(weights: Path, tmp_path: Path) -> None:
    for file in weights.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    damaged = tmp_path / "model.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-7])
    with pytest.raises(ClapError) as caught:
        STORED_PARSER.load(tmp_path, loaded_inference)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert "train parser" in caught.value.message


@pytest.mark.parametrize(
    "said",
    [{"width": 40}, {"longest": 31}, {"writers": 2}, {"embedding": 9}, {"heads": 5}],
    ids=str,
)
def test_weights_of_other_sizes_than_is_said_are_not_used(
    weights: Path, tmp_path: Path, said: dict[str, int]
) -> None:
    network, _ = PARSER_FOLDER.load(weights)
    other = SMALL.model_copy(update=said)
    PARSER_FOLDER.save(tmp_path, network, ParserModelConfig(network=other))
    with pytest.raises(ClapError) as caught:
        STORED_PARSER.load(tmp_path, loaded_inference)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert "is no parser" in caught.value.message


def test_a_planner_is_one(planner: Planner) -> None:
    assert isinstance(planner, LearnedPlanner)


def test_a_training_can_begin_with_a_network(weights: Path, tmp_path: Path) -> None:
    start, _ = PARSER_FOLDER.load(weights)
    none = CONFIG.model_copy(update={"steps": 1, "learning_rate": 1e-9, "weight_decay": 0.0})
    after = train(none, tmp_path, start=start).state_dict()
    for name, tensor in start.state_dict().items():
        assert torch.allclose(after[name], tensor, atol=1e-5), name


def test_a_network_of_other_sizes_is_nothing_to_begin_with(weights: Path, tmp_path: Path) -> None:
    config = tmp_path / "parser.yaml"
    config.write_text("network: {width: 32}")
    arguments = argparse.ArgumentParser()
    command.add_arguments(arguments)
    with pytest.raises(ClapError) as caught:
        command.run(
            arguments.parse_args(
                [str(config), "--out", str(tmp_path / "out"), "--start", str(weights)]
            )
        )
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert "sizes" in caught.value.reason
