"""The fine policy `clap`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, Field

from clap_core.backends import Observation
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import rotation_distance
from clap_core.task_types import Action
from clap_learning.installed_models import installed_model
from clap_learning.optional_packages import module_of
from clap_learning.policy.acting import Chosen, FinePolicy
from clap_learning.policy.clap.situation import (
    SubTaskSituation,
    frame_of,
    kind_of,
    nearest_m,
    situation,
)
from clap_learning.policy.clearance import is_promising
from clap_learning.policy.frames import HALF_TURN, Transform
from clap_learning.policy.retrieval import Asked
from clap_learning.policy.surroundings import RADIUS_M, points_around
from clap_learning.policy.ways import KeyPoses

if TYPE_CHECKING:
    from torch import Tensor

    from clap_learning.policy.clap.network import PolicyNetwork
    from clap_learning.policy.clap.weights import PolicyModelConfig
    from clap_learning.teachers.minilm import MiniLmTeacher

DEFAULT_WEIGHTS = "policy-gembench"
"""The network that comes with the stack."""

_LOOKED_AT = 4
"""Ways among which one is looked for in which the hand runs into nothing."""

_RAISED_M = 0.005
"""So much too low a key pose may be told: nearer to the table than the arm may go."""

_FARTHER_M = 0.03
"""So much farther than was shown a key pose may be from a keypoint."""


class ClapSettings(BaseModel, frozen=True, extra="forbid"):
    """Which network, and how sure it must be."""

    weights: str = Field(
        "",
        description="folder of the network, as ./clap train policy writes it; empty for the one "
        "that comes with the stack",
    )
    arm: str = Field("fr3", description="arm whose reach is asked: fr3, fer or panda")
    max_spread_m: float = Field(
        0.06,
        description="a way is not gone whose key poses may be farther off than this, by the "
        "network's own words [m]",
        gt=0.0,
        le=1.0,
    )


class ClapPolicy(FinePolicy):
    """Asks a network that was trained on demonstrations: CLAP's fine branch on CLAR's tokens."""

    settings_type = ClapSettings

    def __init__(self, settings: ClapSettings) -> None:
        super().__init__(settings.arm)
        self._settings = settings
        self._network: PolicyNetwork | None = None
        self._said: PolicyModelConfig | None = None
        self._reader: MiniLmTeacher | None = None

    def warm_up(self) -> None:
        """See `Backend`: load the weights and those of the text encoder."""
        if self._network is not None:
            return
        module_of("policy 'clap'", "torch", "torch")
        from clap_learning.policy.clap.weights import POLICY_FOLDER
        from clap_learning.teachers.minilm import MiniLmTeacher

        folder = Path(self._settings.weights or installed_model(DEFAULT_WEIGHTS)).expanduser()
        network, self._said = POLICY_FOLDER.load(folder)
        self._reader = MiniLmTeacher()
        self._network = network

    def close(self) -> None:
        """See `Backend`."""
        self._network = self._reader = None

    def _is_taught(self, asked: Asked) -> bool:
        return False

    def _chosen(self, asked: Asked, observation: Observation) -> Chosen:
        state = asked.state
        if asked.subtask.action is Action.RELEASE and asked.subtask.part:
            # Things were shown to be let go of, hardly ever what hangs on something.
            return Chosen(self._let_go(state.base_T_tcp), state.keypoint_m)
        self._check_kind(asked)
        around_m = (
            points_around(observation.scene.cloud, state.keypoint_m, state.base_T_tcp, RADIUS_M)
            + state.keypoint_m
        )
        refusals: list[str] = []
        # With what is in the hand there is but one way to go on.
        most = 1 if asked.at_hand else observation.attempt + _LOOKED_AT
        within = list(islice(self._within_reach(asked, refusals), most))
        clear = [way for way in within if is_promising(way, state.keypoint_m, around_m)]
        ranked = clear + [way for way in within if not any(way is one for one in clear)]
        if not ranked:
            reason = refusals[0] if refusals else "the network is not sure enough of any way"
            raise ClapError(
                ErrorCode.UNREACHABLE,
                f"'{asked.subtask.text}' cannot be done here: {reason}",
                "Move the thing to where the arm reaches it, or demonstrate it another way",
            )
        return Chosen(ranked[min(observation.attempt, len(ranked) - 1)], state.keypoint_m)

    def _within_reach(self, asked: Asked, refusals: list[str]) -> Iterator[KeyPoses]:
        """Ways that the network is sure of and the arm can go, the likeliest first.

        What happens at the hand goes on in a posture that is not known here: whether it is within
        reach is left to the executor.
        """
        for alike in self._ways(asked):
            if asked.at_hand:
                yield alike[0]
                continue
            for way in alike:
                refusal = self._reach.refusal(asked.state.base_T_tcp, way)
                if not refusal:
                    yield way
                    break
                refusals.append(refusal)

    def _ways(self, asked: Asked) -> Iterator[tuple[KeyPoses, ...]]:
        """Ways that differ; of each, key poses that come to the same."""
        import torch

        from clap_learning.policy.clap.batches import inputs_of
        from clap_learning.policy.clap.proposing import proposals

        network, said = self._network, self._said
        assert network is not None and said is not None
        now = situation(asked.subtask, asked.at_hand, asked.state, asked.look)
        with torch.no_grad():
            votes = network(inputs_of([now], said.encoder, self._texts(now)))
        manner = said.manners[int(votes.manner[0].argmax())]
        base_T_key = frame_of(asked.state)
        twins = not asked.at_hand and asked.state.tcp_p_held is None
        back = HALF_TURN if now.turned_round else np.eye(4)
        for one in proposals(votes, 0, len(manner), now.tcp_p_held):
            if one.spread_m > self._settings.max_spread_m or self._is_astray(one.poses, now, asked):
                continue
            poses = [base_T_key @ pose @ back for pose in one.poses]
            alike = [poses, [pose @ HALF_TURN for pose in poses]] if twins else [poses]
            # The less the hand turns, the more it can turn afterwards.
            alike.sort(key=lambda same: rotation_distance(same[0], asked.state.base_T_tcp))
            alike += [[_raised(pose) for pose in same] for same in alike]
            yield tuple(manner.at(same, asked.subtask.text) for same in alike)

    def _is_astray(self, poses: Sequence[Transform], now: SubTaskSituation, asked: Asked) -> bool:
        """Whether nothing would happen near the keypoint, by what was shown of its kind: then what
        is seen is nothing that the network has learned of."""
        assert self._said is not None
        shown_m = self._said.kinds[kind_of(asked.subtask, asked.at_hand)]
        near_m = nearest_m(poses, now.tcp_p_held)
        return not asked.at_hand and near_m > shown_m + _FARTHER_M

    def _texts(self, now: SubTaskSituation) -> dict[str, Tensor]:
        assert self._reader is not None
        texts = [text for text in now.query.texts if text]
        return dict(zip(texts, self._reader.encode(texts), strict=True))

    def _check_kind(self, asked: Asked) -> None:
        assert self._said is not None
        kind = kind_of(asked.subtask, asked.at_hand)
        if kind not in self._said.kinds:
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"'{asked.subtask.text}' is of the kind '{kind}', and nothing of that kind was "
                "demonstrated",
                "Demonstrate it and train the network again (./clap train policy), or choose "
                "another policy",
            )


def _raised(pose: Transform) -> Transform:
    higher = np.array(pose)
    higher[2, 3] += _RAISED_M
    return higher
