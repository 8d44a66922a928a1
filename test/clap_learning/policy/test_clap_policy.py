"""The learned policy: trained on a few demonstrations, it does as they did, and says where not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from policy_things import bracket, foot, jar, seen, shown, taking

from clap_core.backends import POLICIES, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import rotation_distance, tool_down
from clap_core.task_types import Action, GripperCommand, HeldObject, KeyAction, SubTask
from clap_learning.checkpoint import CHECKPOINT_FILE
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.policy.clap.backend import ClapPolicy, ClapSettings
from clap_learning.policy.clap.examples import PolicyAugmentConfig
from clap_learning.policy.clap.network import PolicyNetworkConfig
from clap_learning.policy.clap.training import PolicyTrainingConfig, train
from clap_learning.policy.clap.weights import POLICY_FOLDER
from clap_learning.policy.demonstration import Demonstration
from clap_learning.policy.frames import HALF_TURN

ENCODER = EncoderConfig(
    name="little", points=128, patches=12, patch_points=16, width=32, depth=1, heads=2, drop_path=0
)
CONFIG = PolicyTrainingConfig(
    network=PolicyNetworkConfig(
        points=128, patches=12, encoder_depth=1, width=48, layers=2, heads=2, text_width=4
    ),
    augment=PolicyAugmentConfig(
        turn_rad=0.2,
        turned=1.0,
        mirrored=0.0,
        scale=0.0,
        keypoint_m=(0.001, 0.001, 0.001),
        wordless=0.0,
    ),
    steps=400,
    batch=8,
    learning_rate=4e-3,
    encoder_rate=1.0,
    warm_up=10,
    averaging=0.9,
    save_every=50,
)
"""Learn a few things by heart."""

AT = (0.5, 0.1)
JAR = SubTask(Action.GRASP, "grasp the jar", object="jar")


def along(at: tuple[float, float], yaw: float) -> np.ndarray:
    """Over the bracket's long bar, across it."""
    out = 0.07
    place = (at[0] + out * np.cos(yaw), at[1] + out * np.sin(yaw), 0.03)
    return tool_down(place, yaw=yaw)


def demonstrations() -> list[Demonstration]:
    brackets = [
        shown(bracket(AT, yaw), foot(AT), taking(along(AT, yaw))) for yaw in (0.0, 0.25, 0.5, 0.75)
    ]
    jars = [shown(jar(AT), foot(AT), taking(tool_down((*AT, 0.08)), "jar"), JAR)]
    return [*brackets, *jars]


def little_encoder() -> ClarEncoder:
    torch.manual_seed(1)
    return ClarEncoder(ENCODER)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """So little to compute is slower on two, by far where another process has one of them."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policy")
    network, said = train(CONFIG, demonstrations(), little_encoder(), folder)
    POLICY_FOLDER.save(folder, network, said)
    return folder


def policy(folder: Path) -> ClapPolicy:
    made = create(POLICIES, "clap", ClapSettings(weights=str(folder)))
    assert isinstance(made, ClapPolicy)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("yaw", [0.1, 0.6])
def test_a_turned_thing_is_taken_where_it_was_shown(weights: Path, yaw: float) -> None:
    chunk = policy(weights).act(seen(bracket(AT, yaw, seed=3), foot(AT)))
    commands = [action.gripper for action in chunk.actions]
    assert commands == [GripperCommand.OPEN, GripperCommand.GRASP]
    pose, wanted = chunk.actions[-1].base_T_tcp, along(AT, yaw)
    assert np.linalg.norm(pose[:3, 3] - wanted[:3, 3]) < 0.02
    angles = [rotation_distance(pose @ turn, wanted) for turn in (np.eye(4), HALF_TURN)]
    assert min(angles) < 0.3
    assert chunk.done and chunk.held is not None


@pytest.mark.slow
def test_the_same_look_gives_the_same_key_poses(weights: Path) -> None:
    looks = [seen(jar(AT), foot(AT), JAR)] * 2
    first, second = (policy(weights).act(look).actions for look in looks)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.base_T_tcp, other.base_T_tcp)


@pytest.mark.slow
def test_what_nobody_showed_is_refused_by_name(weights: Path) -> None:
    turn = SubTask(Action.PUSH, "push the jar", object="jar")
    with pytest.raises(ClapError, match="of the kind 'push'") as error:
        policy(weights).act(seen(jar(AT), foot(AT), turn))
    assert error.value.code is ErrorCode.IMPOSSIBLE


@pytest.mark.slow
def test_what_is_out_of_reach_is_refused_before_anything_moves(weights: Path) -> None:
    far = (1.2, 0.1)
    with pytest.raises(ClapError, match="cannot be done here") as error:
        policy(weights).act(seen(jar(far), foot(far), JAR))
    assert error.value.code is ErrorCode.UNREACHABLE


@pytest.mark.slow
def test_a_network_that_is_not_sure_enough_does_nothing(weights: Path) -> None:
    careful = ClapPolicy(ClapSettings(weights=str(weights), max_spread_m=1e-6))
    with pytest.raises(ClapError, match="not sure enough"):
        careful.act(seen(jar(AT), foot(AT), JAR))


@pytest.mark.slow
def test_an_interrupted_training_ends_as_one_that_was_not(tmp_path: Path) -> None:
    shown_ones = demonstrations()
    short = CONFIG.model_copy(update={"steps": 6, "save_every": 3})
    whole, _ = train(short, shown_ones, little_encoder(), tmp_path / "whole")
    stopped = tmp_path / "stopped"

    class StoppedError(Exception):
        pass

    def stop(_: object) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        train(short, shown_ones, little_encoder(), stopped, stop)
    assert (stopped / CHECKPOINT_FILE).is_file()
    went_on, _ = train(short, shown_ones, little_encoder(), stopped)
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(went_on.state_dict()[name], tensor)


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="no demonstration"):
        train(CONFIG, [], little_encoder(), tmp_path)


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="there is no policy in"):
        ClapPolicy(ClapSettings(weights=str(tmp_path / "none"))).warm_up()


@pytest.mark.slow
def test_changed_weights_are_refused(weights: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in weights.iterdir():
        if path.name != CHECKPOINT_FILE:
            (copy / path.name).write_bytes(path.read_bytes())
    said = copy / "config.json"
    said.write_text(said.read_text().replace('"updates": 400', '"updates": 401'))
    with pytest.raises(ClapError, match=r"config\.json"):
        policy(copy).warm_up()


@pytest.mark.slow
def test_what_is_told_a_little_too_low_for_the_arm_is_done_a_little_higher(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = policy(weights)
    look = seen(jar(AT), foot(AT), JAR)
    low = learned.act(look).actions[-1].base_T_tcp[2, 3]
    refusal = learned._reach.refusal

    def above_that(base_T_tcp: np.ndarray, actions: Sequence[KeyAction]) -> str:
        lowest = min(action.base_T_tcp[2, 3] for action in actions)
        return "the table is near" if lowest < low + 0.003 else refusal(base_T_tcp, actions)

    monkeypatch.setattr(learned._reach, "refusal", above_that)
    assert 0.003 < learned.act(look).actions[-1].base_T_tcp[2, 3] - low < 0.01


@pytest.mark.slow
def test_a_handle_is_let_go_of_along_the_fingers(weights: Path) -> None:
    held = HeldObject("drawer", 0.0, 0.01, np.zeros(3))
    let_go = SubTask(Action.RELEASE, "let the handle go", object="drawer", part="handle")
    opened, back = policy(weights).act(seen(jar(AT), foot(AT), let_go, held)).actions
    assert opened.gripper is GripperCommand.OPEN
    moved_m = back.base_T_tcp[:3, 3] - opened.base_T_tcp[:3, 3]
    np.testing.assert_allclose(moved_m / np.linalg.norm(moved_m), -opened.base_T_tcp[:3, 2])
