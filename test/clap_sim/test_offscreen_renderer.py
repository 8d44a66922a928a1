"""Renderers share their thread's graphics context, and do not notice."""

from __future__ import annotations

import threading

import numpy as np

from clap_sim.realsense.offscreen import OffscreenRenderer
from clap_sim.scenes import scene
from clap_sim.world import World


def pictures(world: World, renderer: OffscreenRenderer) -> list[np.ndarray]:
    found = []
    for camera in ("front", "wrist"):
        rgb, depth = renderer.render(world.data, camera)
        assert depth is not None
        found += [rgb, depth]
    return found


def test_renderers_that_take_turns_see_what_each_sees_alone() -> None:
    worlds = [World(scene("tabletop"), 0), World(scene("drawer"), 1)]
    alone = []
    for world in worlds:
        renderer = OffscreenRenderer(world.model)
        alone.append(pictures(world, renderer))
        renderer.close()
    assert not np.array_equal(alone[0][0], alone[1][0])
    renderers = [OffscreenRenderer(world.model) for world in worlds]
    for _ in range(2):
        for expected, world, renderer in zip(alone, worlds, renderers, strict=True):
            seen = pictures(world, renderer)
            assert all(np.array_equal(*pair) for pair in zip(expected, seen, strict=True))
    # One that ends takes nothing from the other.
    renderers[0].close()
    seen = pictures(worlds[1], renderers[1])
    assert all(np.array_equal(*pair) for pair in zip(alone[1], seen, strict=True))
    renderers[1].close()


def test_another_thread_renders_with_a_context_of_its_own() -> None:
    world = World(scene("empty"), 0)
    renderer = OffscreenRenderer(world.model)
    here = pictures(world, renderer)
    there: list[np.ndarray] = []

    def work() -> None:
        own = OffscreenRenderer(world.model)
        there.extend(pictures(world, own))
        own.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30.0)
    assert all(np.array_equal(*pair) for pair in zip(here, there, strict=True))
    again = pictures(world, renderer)
    assert all(np.array_equal(*pair) for pair in zip(here, again, strict=True))
    renderer.close()
