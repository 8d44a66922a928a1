"""The lifecycle node that the stack's nodes derive from."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping

from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from clap_core.errors import ClapError, ErrorCode
from clap_ros.diagnostics import Health


class ManagedNode(LifecycleNode):
    """A lifecycle node whose hooks may fail with a ClapError.

    A subclass declares its parameters in ``__init__`` and overrides the hooks: acquire in
    ``configure``, release in ``cleanup``. A hook that raises ClapError leaves the node in the
    state it was in, with the reason in the log and on /diagnostics; the node stays up.

    Each transition that leaves the active state, or takes away what a running goal needs, first
    calls ``cancel``: whatever moves is told to stop, in whichever order the transitions come.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        # rclpy lets a transition that the present state does not have raise out of the executor,
        # so that any client's wrong request would end the node, and leave its motion behind.
        self._trusting_change_state = self._service_change_state.callback
        self._service_change_state.callback = self._on_change_state
        self.is_active = False
        self.health = Health(self, self.health_values)

    def configure(self) -> None:
        """Read parameters, load models, make publishers and subscriptions."""

    def activate(self) -> None:
        """Start to work."""

    def deactivate(self) -> None:
        """Stop working, keep what was acquired."""

    def cleanup(self) -> None:
        """Release what ``configure`` acquired, as far as it got; may be called twice."""

    def cancel(self) -> None:
        """Tell what moves to stop, without waiting for it; may be called at any time."""

    def halt(self) -> None:
        """Bring to rest what moves, and wait for it, before the process ends.

        Called off the executor's thread while the executor still spins; the other hooks run on
        the executor's thread and must not wait.
        """

    def release(self) -> None:
        """Deactivate and clean up from whatever state."""
        self.cancel()
        if self.is_active:
            self.is_active = False
            self.deactivate()
        self.cleanup()

    def health_values(self) -> Mapping[str, object]:
        """Figures for /diagnostics."""
        return {}

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """See ``configure``."""
        if not self._run_hook(self.configure):
            self.cleanup()
            return TransitionCallbackReturn.FAILURE
        self.health.ok("configured")
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """See ``activate``."""
        if not self._run_hook(self.activate):
            return TransitionCallbackReturn.FAILURE
        self.is_active = True
        self.health.ok("active")
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """See ``deactivate``."""
        self.is_active = False
        self.cancel()
        self.deactivate()
        self.health.warn("inactive: activate it to use it")
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """See ``cleanup``."""
        self.cancel()
        self.cleanup()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """See ``release``."""
        self.release()
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """After an unforeseen exception: release, and be configurable again."""
        self.release()
        return TransitionCallbackReturn.SUCCESS

    def _on_change_state(
        self, request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        """Refuse a transition that the present state does not have."""
        state = self._state_machine.current_state[1]
        available = {entry[0]: entry[1] for entry in self._state_machine.available_transitions}
        wanted = request.transition
        if wanted.label in available.values() or (not wanted.label and wanted.id in available):
            return self._trusting_change_state(request, response)
        self.get_logger().warning(
            f"no transition '{wanted.label or wanted.id}' from {state}: "
            f"there are {', '.join(available.values()) or 'none'}"
        )
        response.success = False
        return response

    def _run_hook(self, hook: Callable[[], None]) -> bool:
        """Whether the hook succeeded; if not, the reason is told."""
        try:
            hook()
        except ClapError as error:
            self.health.error(error)
            return False
        except Exception as error:  # rclpy would swallow a defect without a word
            self.get_logger().error(traceback.format_exc())
            self.health.error(
                ClapError(
                    ErrorCode.INTERNAL,
                    f"unforeseen error in {self.get_name()}: {error!r}",
                    "Please report it with the log",
                )
            )
            return False
        return True
