"""Numbers of commands to a hand that no hand can carry out."""

from __future__ import annotations

import math

from clap_core.errors import ClapError, ErrorCode


def check_grasp(force_n: float, epsilon_inner_m: float, epsilon_outer_m: float) -> None:
    """Refuse what a grasp has besides its width and speed.

    Raises:
        ClapError: INVALID_REQUEST for a force or a tolerance that is negative or not a number.
    """
    if not (math.isfinite(force_n) and force_n >= 0.0):
        raise invalid_command(f"the force {force_n} N", "a finite force of at least 0 N")
    if not (epsilon_inner_m >= 0.0 and epsilon_outer_m >= 0.0):
        raise invalid_command(
            f"the epsilon {epsilon_inner_m} and {epsilon_outer_m} m", "at least 0 m"
        )


def checked_speed(speed_m_s: float) -> float:
    """The speed of the width.

    Raises:
        ClapError: INVALID_REQUEST unless it is above zero.
    """
    if not (math.isfinite(speed_m_s) and speed_m_s > 0.0):
        raise invalid_command(f"the speed {speed_m_s} m/s", "a speed above 0 m/s")
    return speed_m_s


def checked_width(width_m: float, widest_m: float) -> float:
    """A width that the hand has; a rounding error beyond the widest is cut off.

    Raises:
        ClapError: INVALID_REQUEST for one that it does not have.
    """
    if not (math.isfinite(width_m) and 0.0 <= width_m <= widest_m + 1e-6):
        raise invalid_command(f"the width {width_m} m", f"0 to {widest_m:g} m")
    return min(width_m, widest_m)


def invalid_command(what: str, allowed: str) -> ClapError:
    """The refusal, in libfranka's words."""
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"libfranka gripper: Command invalid: {what}",
        f"The hand takes {allowed}",
    )
