"""Pure checks of the relations between objects, on the simulator's true state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clap_core.task_types import Relation
from clap_sim.referee import state
from clap_sim.referee.config import RefereeConfig
from clap_sim.referee.history import History
from clap_sim.world import World, WorldObject
from clap_sim.world.fixtures import Button, Drawer


@dataclass(frozen=True)
class Verdict:
    """Whether something came true, and the measured quantities in words."""

    success: bool
    reason: str


@dataclass(frozen=True)
class Case:
    """What a relation is judged on.

    Attributes:
        world: the true state.
        history: what has happened since the last reset.
        config: the bounds.
        item: the object.
        reference: what the relation refers to; None for relations that need none.
    """

    world: World
    history: History
    config: RefereeConfig
    item: WorldObject
    reference: WorldObject | None = None


def _all(*checks: tuple[bool, str]) -> Verdict:
    """Success if all hold; the reason then has every quantity, else only those that fail."""
    failed = [text for holds, text in checks if not holds]
    return Verdict(not failed, "; ".join(failed or [text for _, text in checks]))


def _stands(case: Case) -> tuple[tuple[bool, str], ...]:
    """Upright, at rest and let go."""
    tilt = state.tilt_deg(case.world, case.item)
    speed = state.speed_m_per_s(case.world, case.item)
    touched = state.touches_robot(case.world, case.item)
    return (
        (tilt <= case.config.tilt_deg, f"tilted by {tilt:.0f} deg"),
        (speed <= case.config.rest_m_per_s, f"moves at {speed:.3f} m/s"),
        (not touched, "the hand touches it" if touched else "let go"),
    )


def _on_table(case: Case) -> tuple[bool, str]:
    height = float(state.position_m(case.world, case.item)[2])
    return abs(height) <= case.config.height_m, f"bottom {1e3 * height:.0f} mm above the table"


def _offset(case: Case) -> np.ndarray:
    """[2] horizontal way from the reference to the object."""
    assert case.reference is not None
    here = state.position_m(case.world, case.item)
    there = state.position_m(case.world, case.reference)
    return (here - there)[:2]


def _gap(case: Case, largest_m: float) -> tuple[bool, str]:
    assert case.reference is not None
    radii = case.item.model.body_radius_m + case.reference.model.body_radius_m
    gap = float(np.linalg.norm(_offset(case))) - radii
    holds = -case.config.overlap_m <= gap <= largest_m
    limit = f"(allowed: up to {1e3 * largest_m:.0f} mm)"
    return holds, f"gap {1e3 * gap:.0f} mm to the {case.reference.label} {limit}"


def next_to(case: Case) -> Verdict:
    """Stands on the table with a small gap to the reference, on whatever side."""
    return _all(_gap(case, case.config.next_to_gap_m), _on_table(case), *_stands(case))


def _beside(direction_xy: tuple[float, float], word: str) -> Callable[[Case], Verdict]:
    def check(case: Case) -> Verdict:
        offset = _offset(case)
        cos = float(offset @ direction_xy) / max(float(np.linalg.norm(offset)), 1e-9)
        angle = float(np.degrees(np.arccos(np.clip(cos, -1.0, 1.0))))
        side = (angle <= case.config.direction_deg, f"{angle:.0f} deg away from '{word}'")
        return _all(side, _gap(case, case.config.beside_gap_m), _on_table(case), *_stands(case))

    return check


def on(case: Case) -> Verdict:
    """Stands on the reference: within its outline, at the height of its surface, touching it."""
    assert case.reference is not None
    above = state.position_m(case.world, case.item) - state.position_m(case.world, case.reference)
    height = float(above[2]) - case.reference.model.floor_m
    distance = float(np.linalg.norm(above[:2]))
    touches = case.reference.name in state.touching_bodies(case.world, case.item)
    return _all(
        (
            distance <= case.reference.model.body_radius_m,
            f"{1e3 * distance:.0f} mm from the middle of the {case.reference.label}",
        ),
        (abs(height) <= case.config.height_m, f"bottom {1e3 * height:.0f} mm above its surface"),
        (touches, "touches it" if touches else "does not touch it"),
        *_stands(case),
    )


def inside(case: Case) -> Verdict:
    """Lies in the reference, in whatever attitude, at rest and let go."""
    assert case.reference is not None
    transform = case.world.base_T_object(case.reference.name)
    # From its middle down, since something that lies in a bowl may lie on its side; it may then
    # reach less deep than half its height, never below the bottom.
    middle = case.world.base_T_object(case.item.name) @ np.array(
        [0.0, 0.0, 0.5 * case.item.model.height_m, 1.0]
    )
    local = transform[:3, :3].T @ (middle[:3] - transform[:3, 3])
    local[2] = max(local[2] - 0.5 * case.item.model.height_m, 0.0)
    contained = case.reference.model.contains(local, state.opening_m(case.world, case.reference))
    place = ", ".join(f"{1e3 * value:.0f}" for value in local)
    _, speed, touched = _stands(case)
    return _all(
        (contained, f"at ({place}) mm in the frame of the {case.reference.label}"), speed, touched
    )


def up(case: Case) -> Verdict:
    """Lifted off whatever it stood on and held by both fingers."""
    height = state.position_m(case.world, case.item)[2] - case.history.start_m(case.item.name)[2]
    touching = state.touching_bodies(case.world, case.item)
    held = state.is_held(case.world, case.item)
    return _all(
        (height >= case.config.lifted_m, f"{1e3 * height:.0f} mm above where it stood"),
        (held, "between the fingers" if held else "not between the fingers"),
        ("world" not in touching, "touches the table" if "world" in touching else "in the air"),
    )


def pushed(case: Case) -> Verdict:
    """Slid over the table and was never lifted; towards the reference if there is one."""
    here = state.position_m(case.world, case.item)[:2]
    start = case.history.start_m(case.item.name)[:2]
    if case.reference is None:
        moved, way = float(np.linalg.norm(here - start)), ""
    else:
        goal = state.position_m(case.world, case.reference)[:2]
        moved = float(np.linalg.norm(start - goal) - np.linalg.norm(here - goal))
        way = f" towards the {case.reference.label}"
    lift = case.history.lift_m(case.item.name)
    return _all(
        (moved >= case.config.pushed_m, f"moved {1e3 * moved:.0f} mm{way}"),
        (lift <= case.config.push_lift_m, f"was lifted by {1e3 * lift:.0f} mm"),
        _on_table(case),
        *_stands(case)[:2],
    )


def pressed(case: Case) -> Verdict:
    """The button went down far enough at some time since the last reset."""
    model = case.item.model
    if not isinstance(model, Button):
        return Verdict(False, f"the {case.item.label} is no button")
    depth = case.history.travel_m(case.item.name)
    return _all((depth >= model.pressed_m, f"was pressed by up to {1e3 * depth:.1f} mm"))


def opened(case: Case) -> Verdict:
    """The drawer is far enough out."""
    return _drawer(case, lambda drawer, way: way >= drawer.opened_m)


def closed(case: Case) -> Verdict:
    """The drawer is in."""
    return _drawer(case, lambda drawer, way: way <= drawer.closed_m)


def _drawer(case: Case, holds: Callable[[Drawer, float], bool]) -> Verdict:
    model = case.item.model
    if not isinstance(model, Drawer):
        return Verdict(False, f"the {case.item.label} is no drawer")
    way = state.opening_m(case.world, case.item)
    return _all((holds(model, way), f"is open by {1e3 * way:.0f} mm"))


NEEDS_REFERENCE: dict[str, Callable[[Case], Verdict]] = {
    Relation.NEXT_TO.value: next_to,
    Relation.LEFT_OF.value: _beside((0.0, 1.0), "left of"),
    Relation.RIGHT_OF.value: _beside((0.0, -1.0), "right of"),
    Relation.IN_FRONT_OF.value: _beside((-1.0, 0.0), "in front of"),
    Relation.BEHIND.value: _beside((1.0, 0.0), "behind"),
    Relation.ON.value: on,
    Relation.IN.value: inside,
    Relation.TOWARDS.value: pushed,
}
ALONE: dict[str, Callable[[Case], Verdict]] = {
    Relation.UP.value: up,
    "pushed": pushed,
    "pressed": pressed,
    "opened": opened,
    "closed": closed,
}
