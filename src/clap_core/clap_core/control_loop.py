"""The coarse-to-fine loop: a sentence in, sub-tasks done one after the other.

Plan, ground every name before anything moves, then for each sub-task (less those that would
bring a thing to where it stands already): look (a keypoint from a
cloud taken after the last motion), predict (a chunk of key actions around it), act, and decide:
done, again, next sub-task, recover or give up. The loop is written once, over plain functions:
the executive passes it ROS calls, a benchmark direct ones.

Whatever goes wrong, no further motion is commanded: the arm holds still, and what is in the hand
stays there. The only answers to a failure that move the arm again are another attempt after a
failed grasp, another attempt after a recovered reflex, and picking up again what was dropped.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from clap_core.backends.keypoint_answer import REFUSALS
from clap_core.carries import Carry, carry_from
from clap_core.control_loop_types import (
    Capabilities,
    LoopConfig,
    LoopStage,
    TaskEvent,
    TaskOutcome,
)
from clap_core.errors import ClapError, ErrorCode
from clap_core.grounding import check_hand, ground, is_in_hand
from clap_core.onward import onward_step
from clap_core.plan_schema import check_plan
from clap_core.task_types import (
    UNKNOWN_OBJECT,
    Action,
    GripperCommand,
    HeldObject,
    KeyAction,
    Keypoint,
    SubTask,
    SubTaskResult,
)

_LOG = logging.getLogger(__name__)
_NS_PER_S = 1e9


def run_task(
    instruction: str,
    capabilities: Capabilities,
    config: LoopConfig | None = None,
    held: HeldObject | None = None,
) -> TaskOutcome:
    """Obey a sentence.

    Args:
        instruction: the sentence.
        capabilities: what does the work.
        config: limits.
        held: what an earlier task left in the hand.

    Returns:
        How it ended. Nothing is raised: every failure is an outcome.
    """
    return _Task(capabilities, config or LoopConfig(), held).run(instruction)


@dataclass
class _Progress:
    """A sub-task under way."""

    index: int
    subtask: SubTask
    keypoint: Keypoint | None = None
    actions: list[KeyAction] = field(default_factory=list)
    attempt: int = 0


class _Task:
    """One run of the loop."""

    def __init__(
        self, capabilities: Capabilities, config: LoopConfig, held: HeldObject | None
    ) -> None:
        self._do = capabilities
        self._config = config
        self._held = held
        self._plan: tuple[SubTask, ...] = ()
        self._results: list[SubTaskResult] = []
        self._recoveries = 0
        self._regrasps = 0
        self._started_ns = capabilities.now_ns()
        self._not_before_ns = self._started_ns

    def run(self, instruction: str) -> TaskOutcome:
        code, message = ErrorCode.SUCCESS, ""
        try:
            self._prepare(instruction)
            self._run_plan()
        except _SubTaskError as failure:
            code, message = failure.result.error_code, failure.result.error_msg
        except ClapError as error:
            code, message = error.code, error.message
        except Exception as error:  # a defect must not lose what is known of the hand
            _LOG.exception("unforeseen error in the control loop")
            code, message = ErrorCode.INTERNAL, _unforeseen(error).message
        if code is not ErrorCode.SUCCESS and self._held is not None:
            message += (
                f" The hand still holds the {self._held.name}."
                if self._held.is_known
                else " What the hand holds is not known."
            )
        return TaskOutcome(
            code, message, tuple(self._results), self._held, self._seconds_since(self._started_ns)
        )

    # before anything moves

    def _prepare(self, instruction: str) -> None:
        self._check()
        self._do.report(TaskEvent(LoopStage.PLANNING, f"planning '{instruction}'", held=self._held))
        self._plan = check_plan(instruction, self._do.plan(instruction))
        check_hand(self._plan, self._held)
        self._do.report(
            TaskEvent(
                LoopStage.GROUNDING,
                "looking for what was named",
                count=len(self._plan),
                held=self._held,
            )
        )
        ground(self._plan, self._held, self._find_in_advance)

    def _find_in_advance(self, subtask: SubTask) -> Keypoint:
        self._check()
        keypoint = self._do.find_keypoint(subtask, self._not_before_ns).require()
        self._do.report(
            TaskEvent(
                LoopStage.GROUNDING,
                f"found {keypoint.label}",
                count=len(self._plan),
                subtask=subtask,
                keypoint=keypoint,
                held=self._held,
            )
        )
        return keypoint

    # the sub-tasks

    def _run_plan(self) -> None:
        index = 0
        while index < len(self._plan):
            carry = carry_from(self._plan, index)
            if carry is not None and self._stands_there(index, carry):
                index = self._skip(index, carry)
                continue
            result = self._run_subtask(_Progress(index, self._plan[index]))
            self._results.append(result)
            if result.error_code is ErrorCode.SUCCESS:
                index += 1
                continue
            pick = self._pick_of(index)
            dropped = result.error_code is ErrorCode.OBJECT_DROPPED
            if not dropped or pick is None or self._regrasps >= self._config.max_regrasps:
                raise _SubTaskError(result)
            self._regrasps += 1
            self._report(
                LoopStage.RECOVERING,
                _Progress(pick, self._plan[pick]),
                f"{self._plan[pick].object} was dropped: picking it up again",
            )
            index = pick

    def _stands_there(self, index: int, carry: Carry) -> bool:
        """Whether what would be carried is where it is to go already."""
        if self._held is not None:
            return False
        self._check(self._plan[index])
        try:
            answer = self._do.find_keypoint(carry.move, self._not_before_ns)
        except ClapError as error:
            if error.code in REFUSALS:
                return False
            raise
        return answer.done >= self._config.done_from

    def _skip(self, index: int, carry: Carry) -> int:
        """Note the steps of a carry as done without a motion; the index of the step behind."""
        for position in range(index, carry.end):
            subtask = self._plan[position]
            self._results.append(SubTaskResult(subtask, None, (), 0, ErrorCode.SUCCESS, "", 0.0))
            self._report(
                LoopStage.DONE,
                _Progress(position, subtask),
                f"{subtask.text}: not needed, '{carry.move.text}' is so already",
            )
        return carry.end

    def _pick_of(self, index: int) -> int | None:
        """Where the plan starts to pick up what sub-task `index` carries: at its last grasp, or the
        approach before that."""
        name = self._plan[index].object
        picks = [
            earlier
            for earlier in range(index)
            if self._plan[earlier].action is Action.GRASP and self._plan[earlier].object == name
        ]
        if not picks:
            return None
        before = self._plan[picks[-1] - 1] if picks[-1] else None
        comes_near = before is not None and (before.action, before.object) == (
            Action.APPROACH,
            name,
        )
        return picks[-1] - comes_near

    def _run_subtask(self, run: _Progress) -> SubTaskResult:
        started_ns = self._do.now_ns()
        code, message = ErrorCode.SUCCESS, ""
        try:
            self._try_until_done(run)
        except ClapError as error:
            code, message = error.code, error.message
        except Exception as error:  # see run
            _LOG.exception("unforeseen error in sub-task '%s'", run.subtask.text)
            code, message = ErrorCode.INTERNAL, _unforeseen(error).message
        if code is ErrorCode.SUCCESS:
            self._report(LoopStage.DONE, run, f"{run.subtask.text}: done")
        return SubTaskResult(
            subtask=run.subtask,
            keypoint=run.keypoint,
            actions=tuple(run.actions),
            attempts=run.attempt + 1,
            error_code=code,
            error_msg=message,
            duration_s=self._seconds_since(started_ns),
        )

    def _try_until_done(self, run: _Progress) -> None:
        started_ns = self._do.now_ns()
        for _ in range(self._config.max_looks):
            self._check(run.subtask, started_ns)
            if self._is_done(run):
                return
            try:
                if self._look_and_act(run):
                    return
            except ClapError as error:
                self._prepare_another_attempt(run, error)
        raise ClapError(
            ErrorCode.GAVE_UP,
            f"'{run.subtask.text}' was not done after {self._config.max_looks} looks",
            "Look at the scene, then say it again",
        )

    def _is_done(self, run: _Progress) -> bool:
        """Whether the hand's state alone says so."""
        if run.subtask.action in (Action.APPROACH, Action.GRASP):
            return is_in_hand(run.subtask.object, self._held)
        # The hand had opened when something stopped its retreat.
        return run.subtask.action is Action.RELEASE and run.attempt > 0 and self._held is None

    def _look_and_act(self, run: _Progress) -> bool:
        """One look and what follows from it; True when the sub-task is done."""
        self._report(LoopStage.LOOKING, run, f"looking: {run.subtask.text}")
        run.keypoint = self._do.find_keypoint(run.subtask, self._not_before_ns).require()
        self._check(run.subtask)
        onward = self._onward(run)
        chunk = self._do.predict(
            run.subtask, run.keypoint, self._held, run.attempt, self._not_before_ns, onward
        )
        chunk = replace(chunk, held=_named(chunk.held, run.subtask, self._held))
        for action in chunk.actions:
            self._check(run.subtask)
            self._report(LoopStage.ACTING, run, action.text or run.subtask.text, action)
            try:
                self._do.execute(action)
            except ClapError:
                # Whether the fingers had closed is not known, nor what they closed on.
                if action.gripper is GripperCommand.GRASP:
                    self._held = UNKNOWN_OBJECT
                raise
            finally:
                self._not_before_ns = self._do.now_ns()
            run.actions.append(action)
            if action.gripper is GripperCommand.OPEN:
                self._held = None
            elif action.gripper is GripperCommand.GRASP:
                # A chunk that lets go again in the end says nothing of what it holds meanwhile.
                self._held = chunk.held or _taken(run.subtask)
        self._held = chunk.held
        return chunk.done

    def _onward(self, run: _Progress) -> Keypoint | None:
        """Where the sub-task leads to; None where that does not matter or cannot be told."""
        step = onward_step(self._plan, run.index)
        if step is None:
            return None
        try:
            return self._do.find_keypoint(step, self._not_before_ns).require()
        except ClapError as error:
            if error.code in REFUSALS:
                return None  # the policy says so if it needs it
            raise

    def _prepare_another_attempt(self, run: _Progress, error: ClapError) -> None:
        """After a failure that another attempt may mend; raises what ends the sub-task."""
        if error.code in (ErrorCode.GRASP_FAILED, ErrorCode.OBJECT_DROPPED):
            self._held = None
        reflex = error.code is ErrorCode.ROBOT_REFLEX
        if reflex and self._recoveries >= self._config.max_recoveries:
            raise error
        if not reflex and error.code is not ErrorCode.GRASP_FAILED:
            raise error
        if run.attempt + 1 >= self._config.max_attempts:
            raise _gave_up(run, error)
        if reflex:
            if self._held is not None and not self._held.is_known:
                self._held = None  # another attempt at a grasp opens the fingers first
            self._recoveries += 1
            self._report(LoopStage.RECOVERING, run, f"recovering from a reflex: {error.reason}")
            self._check(run.subtask)
            self._do.recover()
            self._not_before_ns = self._do.now_ns()
        run.attempt += 1
        self._report(
            LoopStage.RECOVERING,
            run,
            f"{run.subtask.text}: attempt {run.attempt + 1} of {self._config.max_attempts} "
            f"after {error.code.name}",
        )

    # time, cancelling, telling

    def _check(self, subtask: SubTask | None = None, started_ns: int | None = None) -> None:
        """Raise CANCELED or TIMEOUT when it is time to end."""
        if self._do.cancelled():
            during = f" during '{subtask.text}'" if subtask else ""
            raise ClapError(
                ErrorCode.CANCELED,
                f"the task was canceled{during}; the arm holds still",
                "Say the next instruction when you are ready",
            )
        limits = [("the task", self._started_ns, self._config.task_timeout_s)]
        if subtask is not None and started_ns is not None:
            limits.append((f"'{subtask.text}'", started_ns, self._config.subtask_timeout_s))
        for name, since_ns, limit_s in limits:
            if self._seconds_since(since_ns) > limit_s:
                raise ClapError(
                    ErrorCode.TIMEOUT,
                    f"{name} took longer than {limit_s:g} s",
                    "Raise the executive's timeout parameters if it is only slow",
                )

    def _seconds_since(self, start_ns: int) -> float:
        return (self._do.now_ns() - start_ns) / _NS_PER_S

    def _report(
        self, stage: LoopStage, run: _Progress, text: str, action: KeyAction | None = None
    ) -> None:
        self._do.report(
            TaskEvent(
                stage,
                text,
                run.index,
                len(self._plan),
                run.subtask,
                run.keypoint,
                action,
                self._held,
            )
        )


class _SubTaskError(Exception):
    """Ends the plan with the result of the sub-task that failed."""

    def __init__(self, result: SubTaskResult) -> None:
        super().__init__(result.error_msg)
        self.result = result


def _taken(subtask: SubTask) -> HeldObject:
    """What the hand has closed on, as far as the sub-task tells."""
    return HeldObject(subtask.object) if subtask.object else UNKNOWN_OBJECT


def _named(
    held: HeldObject | None, subtask: SubTask, before: HeldObject | None
) -> HeldObject | None:
    """What is held, under the plan's name for it, so that later sub-tasks recognise it."""
    if held is None or subtask.action is not Action.GRASP or not subtask.object:
        return held
    return held if held is before else replace(held, name=subtask.object)


def _gave_up(run: _Progress, error: ClapError) -> ClapError:
    return ClapError(
        error.code,
        f"gave up on '{run.subtask.text}' after {run.attempt + 1} attempts: {error.message}",
        "Look at the scene, then say it again",
    )


def _unforeseen(error: Exception) -> ClapError:
    return ClapError(
        ErrorCode.INTERNAL, f"unforeseen error: {error!r}", "Please report it with the log"
    )
