"""Makes a memory of a folder of episodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.task_types import Action
from clap_data.episodes import EpisodeFolder
from clap_learning.policy.demonstration import Demonstration, demonstrations
from clap_learning.policy.frames import expected_yaw
from clap_learning.policy.memory import Memory
from clap_learning.policy.registration import register, unseen
from clap_learning.policy.retrieval import sketch, unlike_onward
from clap_learning.policy.rules import Pair, Rule, default_rule, learn_rule
from clap_learning.policy.surroundings import Surroundings
from clap_learning.policy.words import kind_words

PREDICTED = 12
"""Demonstrations of a kind that its rule is tried on."""

FOUND_WITHIN_M = (0.004, 0.004, 0.001)
"""Standard deviation along each axis of keypoints that are found: 6 mm in the median. Less so in
height, since they lie on a surface that is seen."""

TRIED = 3
"""Others that each is compared with; the best two predict it."""


def make_memory(
    folder: EpisodeFolder, report: Callable[[int], None] = lambda episodes: None
) -> tuple[Memory, int]:
    """Read all episodes that were not failures, and learn how each kind is carried over.

    Args:
        folder: of the episodes.
        report: told how many were read.

    Returns:
        The memory, and of how many episodes it is.

    Raises:
        ClapError: INVALID_REQUEST if an episode cannot be read, or none has sub-tasks with
            keypoints.
    """
    fuser = CloudFuser(FusionConfig())
    shown: list[Demonstration] = []
    episodes = 0
    for episode in folder:
        if episode.record.success is not False:
            shown.extend(demonstrations(episode, fuser))
            episodes += 1
            report(episodes)
    if not shown:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"no episode in {folder.root} has sub-tasks with keypoints",
            "Make them with `./clap data make`, or with `./clap data from-bag --subtasks`",
        )
    return Memory(tuple(shown), learned_rules(shown)), episodes


def learned_rules(shown: Sequence[Demonstration]) -> tuple[Rule, ...]:
    """The rule of each demonstration, learned from those of its kind."""
    kinds: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(shown):
        kinds[_kind(one)].append(index)
    rules: dict[int, Rule] = {}
    for members in kinds.values():
        pairs = _pairs([shown[index] for index in members])
        rule = learn_rule(pairs) if pairs else default_rule(shown[members[0]])
        rules.update(dict.fromkeys(members, rule))
    return tuple(rules[index] for index in range(len(shown)))


def _kind(shown: Demonstration) -> tuple[object, ...]:
    """What demonstrations have in common that are carried over alike."""
    subtask = shown.subtask
    return (
        subtask.action,
        subtask.relation,
        kind_words(subtask.object),
        kind_words(subtask.part),
        kind_words(subtask.reference),
        shown.at_hand,
        shown.is_holding,
        tuple((action.motion, action.gripper) for action in shown.actions),
    )


def _pairs(members: Sequence[Demonstration]) -> list[Pair]:
    """Some of the members, each with those of the others that look most like it."""
    sketches = [sketch(one.look) for one in members]
    chosen = np.unique(np.linspace(0, len(members) - 1, PREDICTED).round().astype(int))
    pairs: list[Pair] = []
    for index in chosen.tolist():
        others = [other for other in range(len(members)) if other != index]
        others.sort(
            key=lambda other: (
                np.abs(sketches[other] - sketches[index]).sum()
                + unlike_onward(members[other].state, members[index].state)
            )
        )
        now = _as_found(members[index], index)
        found = [_pair(members[other], now) for other in others[:TRIED]]
        pairs.extend(sorted(found, key=lambda pair: pair.fit.cost)[:2])
    return pairs


def _as_found(shown: Demonstration, seed: int) -> Demonstration:
    """A demonstration whose keypoint is as far off as one that is found in a cloud.

    With exact ones nothing would seem better than to rely on them. So for things that are taken or
    put somewhere: they look alike from one to the next. Furniture does not, and where a handle was
    found is all that can be relied on.
    """
    loose = shown.subtask.action in (Action.GRASP, Action.MOVE) and not shown.subtask.part
    if shown.at_hand or not loose or not len(shown.look):
        return shown
    off_m = np.random.default_rng(seed).normal(0.0, FOUND_WITHIN_M, 3)
    look = Surroundings((shown.look.xyz - off_m).astype(np.float32), shown.look.rgb)
    state = replace(shown.state, keypoint_m=shown.state.keypoint_m + off_m)
    return replace(shown, state=state, look=look)


def _pair(shown: Demonstration, now: Demonstration) -> Pair:
    yaw = expected_yaw(shown.state, now.state)
    fit = register(shown.look.xyz, now.look.xyz, yaw)[0] if len(now.look) else unseen(yaw)
    return Pair(shown, now, fit)
