"""Looks at a stack from inside one of two computers; a program of its own, for the tests outside.

Takes a question in JSON on each line of stdin, and answers it with a line of JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from clap_cli.stack import Client
from clap_core.errors import ClapError
from clap_msgs.srv import CheckRelation
from clap_ros.calls import call_service

ANSWER_S = 5.0


class Probe:
    """What was heard, and what can be asked."""

    def __init__(self, client: Client) -> None:
        self._node = client.node
        self._lock = threading.Lock()
        self._health: dict[str, tuple[int, str]] = {}
        self._fastest = 0.0
        self._samples = 0
        self._node.create_subscription(DiagnosticArray, "diagnostics", self._on_health, 50)
        self._node.create_subscription(JointState, "franka/joint_states", self._on_joints, 10)

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer one question: is_active, holds, health or speed."""
        kind = question["ask"]
        if kind == "is_active":
            reply = self._call(Trigger, f"{question['manager']}/is_active", Trigger.Request())
            return {"yes": reply.success, "message": reply.message}
        if kind == "holds":
            request = CheckRelation.Request(**question["what"])
            reply = self._call(CheckRelation, "simulation/check_relation", request)
            return {"yes": reply.success and reply.error_code == 0, "message": reply.error_msg}
        with self._lock:
            if kind == "health":
                level, message = self._health.get(question["node"], (-1, "nothing heard"))
                return {"level": level, "message": message}
            # speed: since the last time it was asked
            answer = {"fastest_rad_s": self._fastest, "samples": self._samples}
            self._fastest, self._samples = 0.0, 0
            return answer

    def _call(self, kind: type, name: str, request: Any) -> Any:
        client = self._node.create_client(kind, name)
        try:
            return call_service(client, request, ANSWER_S)
        finally:
            self._node.destroy_client(client)

    def _on_health(self, message: DiagnosticArray) -> None:
        with self._lock:
            for status in message.status:
                self._health[status.name] = (status.level[0], status.message)

    def _on_joints(self, message: JointState) -> None:
        speeds = [abs(v) for n, v in zip(message.name, message.velocity, strict=True)
                  if "_joint" in n]  # fmt: skip
        with self._lock:
            self._samples += 1
            self._fastest = max([self._fastest, *speeds[:7]])


def main() -> None:
    """Answer until stdin ends."""
    with Client("probe") as client:
        probe = Probe(client)
        for line in sys.stdin:
            try:
                answer = probe.answer(json.loads(line))
            except ClapError as error:
                answer = {"yes": False, "message": error.message}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
