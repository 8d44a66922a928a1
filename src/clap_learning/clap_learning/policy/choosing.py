"""The way to do a sub-task that is tried: like what was shown, within reach, and clear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from clap_core.directions import is_beside
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_core.robot.reach import Reach
from clap_core.task_types import Action
from clap_learning.policy.clearance import is_promising
from clap_learning.policy.from_above import grasps_from_above
from clap_learning.policy.memory import Memory
from clap_learning.policy.retrieval import SAME_NAME, Asked, Match
from clap_learning.policy.rules import goes_onward
from clap_learning.policy.setting_down import ways_down
from clap_learning.policy.surroundings import RADIUS_M, points_around
from clap_learning.policy.ways import KeyPoses, is_same_way, ways

_LIKE_LOOK = 0.6
"""Likeness of the look from which a thing may be taken as one of another name was."""


@dataclass(frozen=True)
class Likeness:
    """From which a demonstration may be used for what the hand goes to; either is enough.

    Attributes:
        words: 0..1, of the words.
        look: 0..1, of the look.
    """

    words: float
    look: float


class Chooser:
    """Chooses among demonstrations, carried over, and grasps that geometry finds.

    Args:
        memory: of demonstrations.
        reach: of the arm.
        least: likeness that is asked for.
    """

    def __init__(self, memory: Memory, reach: Reach, least: Likeness) -> None:
        self._memory = memory
        self._reach = reach
        self._least = least

    def choose(
        self, asked: Asked, matches: Sequence[Match], cloud: PointCloud, attempt: int
    ) -> KeyPoses:
        """The first proposal within reach that was not tried at an earlier attempt.

        What happens at the hand goes on in a posture that is not known here, and there is but
        one way to do it: whether it is within reach is left to the executor.
        """
        if asked.at_hand:
            self._check_resemblance(asked, matches)
            return next(ways(asked, matches, self._memory))[0]
        refusals: list[str] = []
        *_, chosen = (None, *islice(self._proposals(asked, matches, cloud, refusals), attempt + 1))
        if chosen is None:
            raise ClapError(
                ErrorCode.UNREACHABLE,
                f"'{asked.subtask.text}' as it was demonstrated is out of reach here: "
                f"{refusals[0]}",
                "Move the thing to where the arm reaches it, or demonstrate it another way",
            )
        return chosen

    def _proposals(
        self, asked: Asked, matches: Sequence[Match], cloud: PointCloud, refusals: list[str]
    ) -> Iterator[KeyPoses]:
        """Ways within reach, the likeliest first; grasps in which open fingers would run into
        something, or close on nothing, after those that geometry finds from above.

        Args:
            asked, matches, cloud: what for.
            refusals: gets why other ways are out of reach.
        """
        around_m = (
            points_around(cloud, asked.state.keypoint_m, asked.state.base_T_tcp, RADIUS_M)
            + asked.state.keypoint_m
        )
        is_strange = _is_strange(asked, matches)
        known = self._by_geometry(asked, around_m) if is_strange else []
        yield from known
        if not known:
            self._check_resemblance(asked, matches)
        doubtful = []
        for way in self._demonstrated(asked, matches, refusals):
            if is_promising(way, asked.state.keypoint_m, around_m):
                yield way
            else:
                doubtful.append(way)
        if doubtful and not is_strange:
            yield from self._by_geometry(asked, around_m)
        yield from doubtful

    def _demonstrated(
        self, asked: Asked, matches: Sequence[Match], refusals: list[str]
    ) -> Iterator[KeyPoses]:
        """Ways within reach that differ, as of `_proposals`."""
        known: list[KeyPoses] = []
        for alike in ways(asked, matches, self._memory):
            if any(is_same_way(alike[0], other) for other in known):
                continue
            for one in alike:
                refusal = self._reach.refusal(asked.state.base_T_tcp, one)
                if not refusal:
                    known.append(one)
                    yield one
                    break
                refusals.append(refusal)

    def _by_geometry(self, asked: Asked, around_m: NDArray[np.float64]) -> list[KeyPoses]:
        """What needs no demonstration, within reach: to grasp what stands free, to set down."""
        subtask, state = asked.subtask, asked.state
        found: Iterator[KeyPoses] = iter(())
        if subtask.action in (Action.GRASP, Action.APPROACH) and not subtask.part:
            found = grasps_from_above(state.keypoint_m, around_m, subtask.text)
        elif is_beside(subtask) and state.tcp_p_held is not None:
            found = ways_down(state.base_T_tcp, state.tcp_p_held, state.keypoint_m, subtask.text)
        return [one for one in found if not self._reach.refusal(state.base_T_tcp, one)]

    def _check_resemblance(self, asked: Asked, matches: Sequence[Match]) -> None:
        subtask, least = asked.subtask, self._least
        if not matches:
            how = subtask.action.value + (f" {subtask.relation.value}" if subtask.relation else "")
            raise _unlike(subtask.text, f"of the kind '{how}' nothing was demonstrated")
        if asked.state.next_m is None and goes_onward(self._memory.rules[matches[0].index]):
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"'{subtask.text}' depends on where the next sub-task happens, and nobody told it",
                "Choose another policy for this task",
            )
        words = max(match.words for match in matches)
        look = max(match.fits[0].score for match in matches)
        touches = not asked.at_hand and asked.state.tcp_p_held is None
        if touches and words < least.words and look < least.look:
            raise _unlike(
                subtask.text,
                f"the most alike shares {100 * words:.0f} % of the words and {100 * look:.0f} % "
                "of the look",
            )


def _is_strange(asked: Asked, matches: Sequence[Match]) -> bool:
    """Whether nothing of its name or look was shown; free places all look alike."""
    least_look = np.inf if is_beside(asked.subtask) else _LIKE_LOOK
    return not any(
        match.words >= SAME_NAME or match.fits[0].score >= least_look for match in matches
    )


def _unlike(text: str, what: str) -> ClapError:
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"nothing that was demonstrated resembles '{text}': {what}",
        "Demonstrate it and make the memory again (./clap train align), or choose another policy",
    )
