"""A robot's state as libfranka's bindings for Python tell it; they name its fields alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from clap_franka.fci.arm_loop import FciReading

FIELDS = (
    ("tau", "tau_J"),
    ("theta", "theta"),
    ("dtheta", "dtheta"),
    ("q_d", "q_d"),
    ("tau_ext", "tau_ext_hat_filtered"),
    ("base_wrench", "O_F_ext_hat_K"),
    ("k_wrench", "K_F_ext_hat_K"),
    ("base_T_ee", "O_T_EE"),
    ("base_T_ee_d", "O_T_EE_d"),
    ("flange_T_ee", "F_T_EE"),
    ("ee_T_k", "EE_T_K"),
    ("twist_d", "O_dP_EE_d"),
    ("acceleration_d", "O_ddP_EE_c"),
    ("ee_mass", "m_ee"),
    ("ee_center", "F_x_Cee"),
    ("load_mass", "m_load"),
    ("load_center", "F_x_Cload"),
    ("success_rate", "control_command_success_rate"),
)
"""Of ``shared_state.STATE``, and what libfranka calls them."""


def read_state(state: Any) -> FciReading:
    """What the loop needs of a ``RobotState``."""
    q, dq = np.array(state.q), np.array(state.dq)
    errors = ""
    mode = int(state.robot_mode)

    def fields() -> dict[str, object]:
        values: dict[str, object] = {ours: getattr(state, theirs) for ours, theirs in FIELDS}
        return values | {
            "q": q,
            "dq": dq,
            "mode": mode,
            "time_s": state.time.to_sec(),
            "contact": [*state.joint_contact, *state.cartesian_contact],
            "collision": [*state.joint_collision, *state.cartesian_collision],
            "errors": _names(state.current_errors),
            "last_errors": _names(state.last_motion_errors),
        }

    if state.current_errors:
        errors = _names(state.current_errors).decode()
    return FciReading(q, dq, np.array(state.q_d), mode, errors, fields)


def _names(errors: Any) -> bytes:
    """``["a", "b"]`` as ``a,b``."""
    if not errors:
        return b""
    return str(errors).strip("[]").replace('"', "").replace(" ", "").encode()
