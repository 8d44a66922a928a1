"""The referee's ROS services: /simulation/check_relation and /simulation/reset."""

from __future__ import annotations

from rclpy.node import Node
from std_srvs.srv import Trigger

from clap_core.errors import ClapError, ErrorCode
from clap_msgs.srv import CheckRelation
from clap_sim.referee.config import RefereeConfig
from clap_sim.referee.referee import Referee
from clap_sim.world import World

OBSERVE_PERIOD_S = 0.02
"""Simulated time between two looks at the world; a press lasts longer."""


class RefereeService:
    """Answers whether something came true, and resets the world.

    A reset puts the objects where the node's parameter ``seed`` says, if it has one; the robot's
    controllers must notice by themselves that the arm was moved home.

    Args:
        node: whose services they are; its clock paces the observation.
        world: the world.
        config: what counts as success.
    """

    def __init__(self, node: Node, world: World, config: RefereeConfig | None = None) -> None:
        self._node = node
        self._world = world
        self._referee = Referee(world, config)
        self._services = (
            node.create_service(CheckRelation, "simulation/check_relation", self._check),
            node.create_service(Trigger, "simulation/reset", self._reset),
        )
        self._timer = node.create_timer(OBSERVE_PERIOD_S, self._observe)

    def _observe(self) -> None:
        with self._world.lock:
            self._referee.observe()

    def _check(
        self, request: CheckRelation.Request, response: CheckRelation.Response
    ) -> CheckRelation.Response:
        try:
            with self._world.lock:
                verdict = self._referee.check(request.object, request.relation, request.reference)
            response.success, response.reason = verdict.success, verdict.reason
            response.error_code = int(ErrorCode.SUCCESS)
        except ClapError as error:
            response.success = False
            response.error_code, response.error_msg = int(error.code), error.message
        return response

    def _reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        seed = None
        if self._node.has_parameter("seed"):
            seed = int(self._node.get_parameter("seed").value)
        try:
            with self._world.lock:
                self._world.reset(seed)
                self._referee.restart()
        except ValueError as error:  # no layout for this seed
            response.success, response.message = False, str(error)
            return response
        response.success = True
        response.message = (
            f"scene '{self._world.scene.name}' stands as seed {self._world.seed} says"
        )
        return response
