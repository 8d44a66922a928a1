"""The franka_executor node."""


def main() -> None:
    raise SystemExit("franka_executor is not written yet")
