"""Plans are read from demonstrations, written, read, and served."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from clap_core.backends import PLANNERS, Planner, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, SubTask
from clap_data.episodes import EpisodeRecord
from clap_learning.policy.memory import Memory
from clap_learning.shown_plans.backend import ShownPlanner, ShownPlannerSettings
from clap_learning.shown_plans.plans import PLANS_FILE, load_plans, save_plans, templates_of
from clap_learning.skills.folder import Skill, SkillRecord, save_skill

PRESS = SubTask(Action.PRESS, "push the red button", "red button")
TAKE = SubTask(Action.GRASP, "grasp the handle", "top drawer", "handle")
PULL = SubTask(Action.OPEN, "open the top drawer", "top drawer", "handle")


class Other(Planner):
    """Plans everything as one press."""

    planned_by = "somebody else"

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        return (SubTask(Action.PRESS, instruction, "something"),)


def episode(plan: tuple[SubTask, ...], *says: str) -> EpisodeRecord:
    steps = [SimpleNamespace(subtask=step) for step in plan]
    record = SimpleNamespace(subtasks=steps, wordings=says[1:], instruction=says[0])
    return cast(EpisodeRecord, record)


EPISODES = (
    episode((PRESS,), "push the red button", "press the red button"),
    episode((TAKE, PULL), "open the top drawer"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_plans(tmp_path, templates_of(EPISODES), len(EPISODES))
    return tmp_path


def planner(folder: Path) -> ShownPlanner:
    return ShownPlanner(ShownPlannerSettings(plans=str(folder)), Other())


@pytest.mark.parametrize("verb", ["push", "press"])
def test_every_wording_of_a_demonstration_is_known(folder: Path, verb: str) -> None:
    (step,) = planner(folder).plan(f"{verb} the blue button")
    assert step.object == "blue button"


def test_a_handle_that_is_held_in_the_end_is_let_go(folder: Path) -> None:
    plan = planner(folder).plan("open the bottom drawer")
    assert [step.action for step in plan] == [Action.GRASP, Action.OPEN, Action.RELEASE]
    assert plan[-1].object == "bottom drawer"


def test_what_nobody_demonstrated_is_planned_by_another(folder: Path) -> None:
    shown = planner(folder)
    assert shown.plan("fetch the mug") == Other().plan("fetch the mug")
    assert shown.planned_by == "somebody else"
    shown.plan("push the blue button")
    assert shown.planned_by == "what was demonstrated"


def test_what_was_shown_more_often_counts() -> None:
    twice = [episode((PRESS,), "do it to the red one")] * 2
    once = episode((PULL,), "do it to the red one")
    (template,) = templates_of([once, *twice])
    assert template.plan[0].action is Action.PRESS


def test_what_is_written_is_read(folder: Path) -> None:
    assert set(load_plans(folder)) == set(templates_of(EPISODES))


def test_changed_plans_are_refused(folder: Path) -> None:
    path = folder / PLANS_FILE
    path.write_text(path.read_text().replace("press", "release"))
    with pytest.raises(ClapError) as caught:
        planner(folder).plan("push the red button")
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert PLANS_FILE in caught.value.message


def test_the_stack_has_it_with_plans_of_the_suite() -> None:
    shown = create(PLANNERS, "shown")
    plan = shown.plan("stack 2 burgundy blocks")
    assert [step.reference for step in plan if step.reference] == ["pad", "burgundy block"]


def test_a_demonstrated_grasp_needs_no_approach(folder: Path) -> None:
    near = SubTask(Action.APPROACH, "approach the mug", "mug")
    take = SubTask(Action.GRASP, "grasp the mug", "mug")

    class Careful(Planner):
        def plan(self, instruction: str) -> tuple[SubTask, ...]:
            return (near, take, near)

    shown = ShownPlanner(ShownPlannerSettings(plans=str(folder)), Careful())
    assert shown.plan("fetch the mug") == (take, near)


def test_sentences_of_skills_come_first_and_are_combined(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "skills"
    # Which drawer it is in, the sentence does not say: that is what was taught.
    template = templates_of((episode((TAKE, PULL), "fetch the post"),), lambda *_: True)
    memory = Memory((), ())
    record = SkillRecord(name="post", say=("fetch the post",), variations=(), episodes=1)
    save_skill(root, Skill(record, template, memory))
    taught = ShownPlanner(ShownPlannerSettings(plans=str(folder), skills=str(root)), Other())
    post = taught.plan("Fetch the post!")
    assert [step.text for step in post][:2] == [TAKE.text, PULL.text]
    for said in (
        "push the green button, then fetch the post",
        "push the green button and then fetch the post",
        "Push the green button. Fetch the post.",
        "First push the green button, and then please fetch the post.",
    ):
        plan = taught.plan(said)
        assert plan[0].object == "green button" and plan[1:] == post, said
    taught.plan("fetch the post, then wave")
    assert taught.planned_by == "what was demonstrated and somebody else"
    # Without a skill in it, the whole sentence is the other planner's.
    (whole,) = taught.plan("wave, then push the green button")
    assert whole.text == "wave, then push the green button"
    assert planner(folder).plan("fetch the post")[0].object == "something"


def test_a_sentence_that_leaves_out_which_one_does_not_hold_elsewhere() -> None:
    assert templates_of((episode((TAKE, PULL), "fetch the post"),)) == ()
