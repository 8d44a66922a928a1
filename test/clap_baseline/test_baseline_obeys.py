"""The baseline backends do their tasks on the real contact physics, without ROS."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from direct_stack import DirectStack

from clap_core.errors import ErrorCode
from clap_sim.scenes import blocks, buttons, drawer, tabletop, two_mugs
from clap_sim.world.scene import SceneModel


@pytest.fixture
def stack() -> Iterator[Callable[[SceneModel, int], DirectStack]]:
    made: list[DirectStack] = []

    def make(setting: SceneModel, seed: int) -> DirectStack:
        made.append(DirectStack(setting, seed))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("setting", "seed", "instruction", "claim"),
    [
        (tabletop.SCENE, 3, "put the red mug next to the plate", ("red mug", "next_to", "plate")),
        (tabletop.SCENE, 5, "put the yellow block in the bowl", ("yellow block", "in", "bowl")),
        (blocks.SCENE, 1, "stack the red block on the green block", ("red block", "on", "green")),
        (buttons.SCENE, 0, "press the red button", ("red button", "pressed", "")),
        (drawer.SCENE, 0, "open the drawer", ("drawer", "opened", "")),
    ],
)
def test_what_was_said_comes_true(
    stack: Callable[[SceneModel, int], DirectStack],
    setting: SceneModel,
    seed: int,
    instruction: str,
    claim: tuple[str, str, str],
) -> None:
    robot = stack(setting, seed)
    outcome = robot.obey(instruction)
    assert outcome.error_code is ErrorCode.SUCCESS, outcome.error_msg
    verdict = robot.referee.check(*claim)
    assert verdict.success, verdict.reason


def test_an_ambiguous_name_moves_nothing(stack: Callable[[SceneModel, int], DirectStack]) -> None:
    robot = stack(two_mugs.SCENE, 0)
    before = robot.robot.arm.position.copy()
    outcome = robot.obey("pick up the red mug")
    assert outcome.error_code is ErrorCode.AMBIGUOUS
    assert abs(robot.robot.arm.position - before).max() < 1e-3
