"""The referee of a world: names in, verdicts out."""

from __future__ import annotations

from clap_core.errors import ClapError, ErrorCode
from clap_sim.referee.config import RefereeConfig
from clap_sim.referee.history import History
from clap_sim.referee.relations import ALONE, NEEDS_REFERENCE, Case, Verdict
from clap_sim.world import World


class Referee:
    """Judges what came true in a world since its last reset.

    Args:
        world: the world; hold its lock while another thread steps it.
        config: what counts as success.
    """

    def __init__(self, world: World, config: RefereeConfig | None = None) -> None:
        self._world = world
        self._config = config or RefereeConfig()
        self._history = History(world)

    def restart(self) -> None:
        """The world was reset: forget what happened before."""
        self._history.restart()

    def observe(self) -> None:
        """Take note of the present state, so that what is brief (a press) is remembered."""
        self._history.observe()

    def check(self, item: str, relation: str, reference: str = "") -> Verdict:
        """Whether the relation holds between two objects.

        Args:
            item: the object in words, such as "red mug".
            relation: a word of `relations.NEEDS_REFERENCE` or `relations.ALONE`.
            reference: the other object in words; "pushed" may do without.

        Raises:
            ClapError: OBJECT_NOT_FOUND, AMBIGUOUS, or INVALID_REQUEST for an unknown relation or
                one without the reference that it needs.
        """
        check = NEEDS_REFERENCE.get(relation) or ALONE.get(relation)
        if check is None:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the referee knows no relation '{relation}'",
                f"Use one of {', '.join([*NEEDS_REFERENCE, *ALONE])}",
            )
        if relation in NEEDS_REFERENCE and not reference:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"relation '{relation}' needs a reference",
                "Name the other object too",
            )
        self.observe()
        case = Case(
            self._world,
            self._history,
            self._config,
            self._world.find(item),
            self._world.find(reference) if reference else None,
        )
        return check(case)
