"""What workers share is destroyed once, by the last who uses it."""

from __future__ import annotations

from types import SimpleNamespace

from clap_ros.shared_resource import SharedResource


def shared() -> tuple[SharedResource[str], list[str]]:
    destroyed: list[str] = []
    node = SimpleNamespace(executor=None)
    return SharedResource(node, "robot", lambda: destroyed.append("robot")), destroyed  # type: ignore[arg-type]


def test_what_nobody_uses_is_destroyed_at_once_and_once() -> None:
    resource, destroyed = shared()
    resource.retire()
    assert destroyed == ["robot"]
    resource.retire()
    assert destroyed == ["robot"]


def test_what_is_used_is_destroyed_by_the_last_user() -> None:
    resource, destroyed = shared()
    with resource.use() as first, resource.use() as second:
        assert first == second == "robot"
        resource.retire()
        assert destroyed == []
    assert destroyed == ["robot"]


def test_what_was_used_before_lives_until_it_is_retired() -> None:
    resource, destroyed = shared()
    with resource.use():
        pass
    assert destroyed == []
    resource.retire()
    assert destroyed == ["robot"]
