"""Names of the arms, as franka_description and franka_ros2 have them."""

from __future__ import annotations

import pytest

from clap_core.errors import ClapError
from clap_core.robot.names import franka_names


@pytest.mark.parametrize("arm_id", ["fr3", "fer", "panda"])
def test_every_name_begins_with_the_arms_id(arm_id: str) -> None:
    names = franka_names(arm_id)
    assert names.arm_joints == tuple(f"{arm_id}_joint{number}" for number in range(1, 8))
    assert names.finger_joints == (f"{arm_id}_finger_joint1", f"{arm_id}_finger_joint2")
    assert (names.base_link, names.hand) == (f"{arm_id}_link0", f"{arm_id}_hand")
    assert names.tcp == f"{arm_id}_hand_tcp"
    assert names.controller == f"{arm_id}_arm_controller"


def test_an_unknown_arm_is_named() -> None:
    with pytest.raises(ClapError, match="'ur5'"):
        franka_names("ur5")
