"""The suite plays, records and scores on machines that have no ROS."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys

class NoRos:
    def find_spec(self, name, path=None, target=None):
        package = name.split(".")[0]
        if package in ("rclpy", "clap_ros", "rosidl_parser") or package.endswith("_msgs"):
            raise ImportError(f"{name} is of ROS")

sys.meta_path.insert(0, NoRos())
import clap_bench.gembench.suite as suite
import clap_bench.pretraining.scenes
import clap_bench.suite.agents.baseline
import clap_bench.suite.demonstrations
import clap_bench.suite.gym_environment
import clap_bench.suite.scoring.workers
for level in suite.LEVELS:
    for name in suite.variations(level):
        suite.task(name)
"""


def test_the_suite_imports_nothing_of_ros() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
