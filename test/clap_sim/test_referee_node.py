"""The referee's services over DDS."""

from __future__ import annotations

from collections.abc import Iterator

import mujoco
import numpy as np
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from clap_core.errors import ErrorCode
from clap_msgs.srv import CheckRelation
from clap_sim.referee import RefereeService
from clap_sim.scenes import scene
from clap_sim.world import World

DEADLINE_S = 10.0


class Stage:
    """A simulation's node with the referee, and a client."""

    def __init__(self) -> None:
        self.world = World(scene("tabletop"), seed=1)
        self.executor = SingleThreadedExecutor()
        self.simulation, self.client = Node("simulation"), Node("client")
        self.simulation.declare_parameter("seed", 1)
        self.referee = RefereeService(self.simulation, self.world)
        for node in (self.simulation, self.client):
            self.executor.add_node(node)
        self._check = self.client.create_client(CheckRelation, "/simulation/check_relation")
        self._reset = self.client.create_client(Trigger, "/simulation/reset")
        for client in (self._check, self._reset):
            assert client.wait_for_service(DEADLINE_S)

    def _call(self, client: rclpy.client.Client, request: object) -> object:
        future = client.call_async(request)
        self.executor.spin_until_future_complete(future, DEADLINE_S)
        assert future.done()
        return future.result()

    def check(self, item: str, relation: str, reference: str = "") -> CheckRelation.Response:
        request = CheckRelation.Request(object=item, relation=relation, reference=reference)
        return self._call(self._check, request)

    def reset(self) -> Trigger.Response:
        return self._call(self._reset, Trigger.Request())

    def close(self) -> None:
        self.executor.shutdown()
        self.simulation.destroy_node()
        self.client.destroy_node()


@pytest.fixture
def stage() -> Iterator[Stage]:
    rclpy.init()
    stage = Stage()
    try:
        yield stage
    finally:
        stage.close()
        rclpy.shutdown()


def test_answers_with_the_measured_quantities(stage: Stage) -> None:
    plate = stage.world.base_T_object("white_plate")[:3, 3]
    answer = stage.check("red mug", "next_to", "plate")
    assert not answer.success
    assert "gap" in answer.reason
    side = np.array([0.0, 0.18 if plate[1] < 0.0 else -0.18, 0.0])
    for name in set(stage.world.objects) - {"white_plate", "red_mug"}:
        stage.world.set_pose(name, np.array([-0.3, 0.0, 0.0]), 0.0)
    stage.world.set_pose("red_mug", plate + side, 0.0)
    mujoco.mj_forward(stage.world.model, stage.world.data)
    answer = stage.check("red mug", "next_to", "plate")
    assert answer.success, answer.reason
    assert (answer.error_code, answer.error_msg) == (ErrorCode.SUCCESS, "")


def test_errors_carry_code_and_cure(stage: Stage) -> None:
    answer = stage.check("red banana", "next_to", "plate")
    assert not answer.success
    assert answer.error_code == ErrorCode.OBJECT_NOT_FOUND
    assert "red mug" in answer.error_msg


def test_reset_places_the_objects_by_the_parameter_seed(stage: Stage) -> None:
    first = stage.world.base_T_object("red_mug")
    stage.world.set_pose("red_mug", np.array([0.3, 0.0, 0.0]), 0.0)
    assert stage.reset().success
    assert np.allclose(stage.world.base_T_object("red_mug"), first)
    stage.simulation.set_parameters([Parameter("seed", value=2)])
    answer = stage.reset()
    assert answer.success
    assert "seed 2" in answer.message
    assert not np.allclose(stage.world.base_T_object("red_mug"), first)
