"""The lifecycle manager over DDS, with real lifecycle nodes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
import rclpy
from action_msgs.srv import CancelGoal
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.node import Node
from std_srvs.srv import SetBool, Trigger

from clap_bringup.lifecycle_manager.node import LifecycleManager
from clap_bringup.lifecycle_manager.process import spin_until

DEADLINE_S = 20.0
NODES = ("/first", "/second")
IS_ACTIVE = "/lifecycle_manager/is_active"
_OVERRIDES = (
    "nodes:=[first, second]",
    "poll_period:=0.05",
    "retry_period:=0.2",
    "response_timeout:=2.0",
    "arm_node:=second",
    "controller:=/arm_controller",
)


class Worker(LifecycleNode):
    """A lifecycle node that writes down what it does."""

    def __init__(self, name: str, journal: list[str], context: rclpy.Context) -> None:
        super().__init__(name, context=context, use_global_arguments=False)
        self._journal = journal
        self.refuse = False

    def _note(self, what: str) -> TransitionCallbackReturn:
        if self.refuse:
            return TransitionCallbackReturn.FAILURE
        self._journal.append(f"{what} {self.get_name()}")
        return TransitionCallbackReturn.SUCCESS

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        return self._note("configure")

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        return self._note("activate")

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        return self._note("deactivate")


class Place:
    """The manager, two workers and a client, spun in the test's own thread."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        arguments = [word for override in _OVERRIDES for word in ("-p", override)]
        rclpy.init(args=["--ros-args", *arguments], context=self.context)
        self.journal: list[str] = []
        self.executor = SingleThreadedExecutor(context=self.context)
        self.workers = {name: self.add_worker(name) for name in ("first", "second")}
        self.client = Node("client", context=self.context, use_global_arguments=False)
        self.executor.add_node(self.client)
        self.cancels: list[tuple[str, CancelGoal.Request]] = []
        for controller in ("/arm_controller", "/workers_own"):
            self._serve_cancels(controller)

    def _serve_cancels(self, controller: str) -> None:
        def on_cancel(
            request: CancelGoal.Request, response: CancelGoal.Response
        ) -> CancelGoal.Response:
            self.cancels.append((controller, request))
            return response

        action = f"{controller}/follow_joint_trajectory"
        self.client.create_service(CancelGoal, f"{action}/_action/cancel_goal", on_cancel)

    def add_worker(self, name: str) -> Worker:
        worker = Worker(name, self.journal, self.context)
        self.executor.add_node(worker)
        return worker

    def remove_worker(self, name: str) -> None:
        worker = self.workers.pop(name)
        self.executor.remove_node(worker)
        worker.destroy_node()

    def hang_worker(self, name: str) -> None:
        """It stays on the graph and answers nothing any more."""
        self.executor.remove_node(self.workers[name])

    def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, f"not in time: {what}"
            self.executor.spin_once(timeout_sec=0.05)

    def call(self, kind: type, name: str, request: object) -> object:
        client = self.client.create_client(kind, name)
        self.until(client.service_is_ready, f"{name} is there")
        future = client.call_async(request)
        self.until(future.done, f"{name} answers")
        self.client.destroy_client(client)
        return future.result()

    def until_active(self, active: bool, text: str = "", ask: str = IS_ACTIVE) -> str:
        answers: list[Trigger.Response] = []

        def asked() -> bool:
            answer = self.call(Trigger, ask, Trigger.Request())
            answers.append(answer)  # type: ignore[arg-type]
            return answers[-1].success is active and text in answers[-1].message

        self.until(asked, f"active is {active} with {text!r}")
        return str(answers[-1].message)


MANAGER = "from clap_bringup.lifecycle_manager.process import main; main()"


@pytest.fixture
def bare_place() -> Iterator[Place]:
    """Without a manager: the test starts one as a process."""
    it = Place()
    yield it
    it.executor.shutdown()
    for node in (it.client, *it.workers.values()):
        node.destroy_node()
    it.context.try_shutdown()


def start_manager(*overrides: str) -> subprocess.Popen[str]:
    words = [word for override in (*_OVERRIDES, *overrides) for word in ("-p", override)]
    return subprocess.Popen(
        [sys.executable, "-c", MANAGER, "--ros-args", *words], stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_brings_the_nodes_down_while_simulated_time_stands_still(
    bare_place: Place, ending: signal.Signals
) -> None:
    """Nobody publishes /clock, so that the node's own clock stays at 0."""
    manager = start_manager("use_sim_time:=true", "shutdown_timeout:=20.0")
    bare_place.until(lambda: len(bare_place.journal) == 4, "both are active")
    bare_place.until_active(True)
    bare_place.journal.clear()
    manager.send_signal(ending)
    bare_place.until(lambda: manager.poll() is not None, "the manager has ended")
    assert bare_place.journal == ["deactivate second", "deactivate first"]
    assert manager.returncode == 0, manager.communicate()[1]


def test_a_node_that_hangs_does_not_keep_the_manager_from_ending(bare_place: Place) -> None:
    manager = start_manager("shutdown_timeout:=0.5", "transition_timeout:=60.0")
    bare_place.until_active(True)
    bare_place.journal.clear()
    bare_place.hang_worker("second")
    manager.send_signal(signal.SIGINT)
    bare_place.until(lambda: manager.poll() is not None, "the manager has ended")
    assert bare_place.journal == []
    assert manager.returncode == 0, manager.communicate()[1]


def test_what_is_waited_for_is_seen_though_nothing_happens() -> None:
    context = rclpy.Context()
    rclpy.init(context=context)
    executor = SingleThreadedExecutor(context=context)
    looks: list[float] = []

    def finished() -> bool:
        looks.append(time.monotonic())
        return len(looks) > 3

    spin_until(executor, finished)
    executor.shutdown()
    context.shutdown()
    assert len(looks) == 4
    assert looks[-1] - looks[0] >= 0.1, "it waits between its looks"


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    it = Place()
    # The manager's own code makes its node in the default context.
    plain = Node.__init__
    monkeypatch.setattr(
        Node,
        "__init__",
        lambda self, name, **options: plain(self, name, **{"context": it.context, **options}),
    )
    manager = LifecycleManager()
    it.executor.add_node(manager)
    it.manager = manager  # type: ignore[attr-defined]
    yield it
    it.executor.shutdown()
    for node in (manager, it.client, *it.workers.values()):
        node.destroy_node()
    it.context.try_shutdown()


def test_brings_up_in_order_and_down_in_reverse(place: Place) -> None:
    message = place.until_active(True)
    assert message == "all 2 nodes are active"
    assert place.journal == [
        "configure first", "configure second", "activate first", "activate second",
    ]  # fmt: skip
    place.journal.clear()
    place.call(SetBool, "/lifecycle_manager/manage", SetBool.Request(data=False))
    place.until(lambda: len(place.journal) == 2, "both are deactivated")
    assert place.journal == ["deactivate second", "deactivate first"]
    place.until_active(False)
    place.call(SetBool, "/lifecycle_manager/manage", SetBool.Request(data=True))
    place.until_active(True)


def test_a_node_that_goes_is_named_and_active_again_after_its_restart(place: Place) -> None:
    place.until_active(True)
    place.remove_worker("second")
    # First it says that it waits for an answer, then that the node is lost.
    message = place.until_active(False, "the node /second")
    # "has died" or "did not answer", depending on when rclpy lets go of its services.
    assert "the node /second" in message
    assert "Wait until the launch has started it again" in message
    place.journal.clear()
    place.workers["second"] = place.add_worker("second")
    place.until_active(True)
    assert place.journal == ["configure second", "activate second"]


def test_a_refused_transition_is_told_and_tried_again(place: Place) -> None:
    place.workers["second"].refuse = True
    message = place.until_active(False, "failed on configure")
    assert "the node /second failed on configure" in message
    place.workers["second"].refuse = False
    place.until_active(True)


@pytest.mark.parametrize("controller", ["/arm_controller", "/workers_own"])
@pytest.mark.parametrize("lose", [Place.remove_worker, Place.hang_worker])
def test_the_arm_is_stopped_when_the_node_that_moves_it_dies_or_hangs(
    place: Place, lose: Callable[[Place, str], None], controller: str
) -> None:
    """On the controller that this node itself tells, or the manager's where it tells none."""
    if controller == "/workers_own":
        place.workers["second"].declare_parameter("arm_id", "fr3")
        place.workers["second"].declare_parameter("controller", controller)
    place.until_active(True)
    stop = place.manager._arm_stop  # type: ignore[attr-defined]
    place.until(lambda: stop.action == f"{controller}/follow_joint_trajectory", "it is told")
    lose(place, "first")
    place.until_active(False, "the node /first")
    lose(place, "second")
    place.until_active(False, "/second: lost")
    place.until(lambda: bool(place.cancels), "all goals are cancelled")
    assert place.cancels == [(controller, CancelGoal.Request())], "once, and not for another node"


StartHalf = Callable[[str, str, str], subprocess.Popen[str]]


@pytest.fixture
def start_half() -> Iterator[StartHalf]:
    """Starts a manager as a process that knows of another one; ends what is left of them."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str, node: str, other: str) -> subprocess.Popen[str]:
        own = (f"nodes:=[{node}]", f"other_half:={other}", "start_timeout:=1.0")
        words = [word for override in (*_OVERRIDES, *own) for word in ("-p", override)]
        command = [sys.executable, "-c", MANAGER, "--ros-args", "-r", f"__node:={name}", *words]
        started.append(subprocess.Popen(command))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_two_halves_know_of_each_other_and_the_whole_is_active_with_both(
    bare_place: Place, start_half: StartHalf
) -> None:
    """Absent, there, gone, back: told with a cure each time, and no node is taken down for it."""
    start_half("lifecycle_manager", "second", "thinking_manager")
    half = "/lifecycle_manager/half_is_active"
    bare_place.until_active(True, ask=half)
    message = bare_place.until_active(False, "did not appear")
    assert "nothing is heard of /thinking_manager" in message
    assert "ROS_DOMAIN_ID" in message
    thinking = start_half("thinking_manager", "first", "lifecycle_manager")
    for manager in ("/lifecycle_manager", "/thinking_manager"):
        bare_place.until_active(True, ask=f"{manager}/is_active")
    thinking.kill()
    bare_place.until_active(False, "was lost")
    bare_place.until_active(True, ask=half)
    start_half("thinking_manager", "first", "lifecycle_manager")
    bare_place.until_active(True)
    assert "deactivate second" not in bare_place.journal


def test_a_half_that_is_not_active_is_told_with_its_own_reason(
    bare_place: Place, start_half: StartHalf
) -> None:
    bare_place.workers["first"].refuse = True
    start_half("lifecycle_manager", "second", "thinking_manager")
    start_half("thinking_manager", "first", "lifecycle_manager")
    message = bare_place.until_active(False, "failed on configure")
    assert "the other computer's half of the stack is not active" in message
    bare_place.workers["first"].refuse = False
    bare_place.until_active(True)


def test_who_does_not_look_after_the_arm_cannot_stop_it(
    bare_place: Place, start_half: StartHalf
) -> None:
    start_half("thinking_manager", "first", "lifecycle_manager")
    bare_place.until_active(True, ask="/thinking_manager/half_is_active")
    clients = bare_place.client.get_client_names_and_types_by_node("thinking_manager", "/")
    names = [name for name, _ in clients]
    assert "/first/get_state" in names
    assert not [name for name in names if "cancel_goal" in name]
