"""What a demo run leaves for a reader: report.json for programs, report.md for people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SubTaskReport:
    """One sub-task as it went.

    Attributes:
        text: the sub-task in words.
        keypoint_m: where it happened, base frame; None when nothing was found.
        actions: the key actions in words.
        attempts: how many tries it took.
        outcome: SUCCESS or the name of an error code.
        message: of the error; empty on success.
        duration_s: simulated time.
    """

    text: str
    keypoint_m: tuple[float, float, float] | None
    actions: tuple[str, ...]
    attempts: int
    outcome: str
    message: str
    duration_s: float


@dataclass(frozen=True)
class Report:
    """A demo run.

    Attributes:
        instruction: what was said.
        scene: name of the scene.
        seed: of the scene's placement.
        success: what the referee, which knows the simulation's state, says.
        is_judged: whether it judged the sentence; else only what the stack made of it, its plan.
        verdict: the referee's reasons, one a checked relation.
        outcome: SUCCESS or the error code that the stack itself reported.
        message: of that error.
        steps: one a sub-task.
        simulated_s: duration of the task, simulated time.
        wall_s: duration of the whole run, start and stop of the stack included.
        files: what else lies in the folder.
    """

    instruction: str
    scene: str
    seed: int
    success: bool
    is_judged: bool
    verdict: tuple[str, ...]
    outcome: str
    message: str
    steps: tuple[SubTaskReport, ...]
    simulated_s: float
    wall_s: float
    files: dict[str, str] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The result in a word or two; only a judged sentence is called a success."""
        if not self.success:
            return "No success"
        return "Success" if self.is_judged else "Unjudged"

    def write(self, folder: Path) -> None:
        """Write both forms into `folder`."""
        (folder / "report.json").write_text(json.dumps(asdict(self), indent=2) + "\n")
        (folder / "report.md").write_text(self.markdown())

    def summary(self) -> dict[str, object]:
        """The figures that a script wants, as one flat object."""
        return {
            "instruction": self.instruction,
            "scene": self.scene,
            "seed": self.seed,
            "success": self.success,
            "is_judged": self.is_judged,
            "outcome": self.outcome,
            "message": self.message,
            "verdict": self.verdict,
            "simulated_s": round(self.simulated_s, 2),
            "wall_s": round(self.wall_s, 1),
        }

    def markdown(self) -> str:
        """The report for people."""
        lines = [
            f'# "{self.instruction}"',
            "",
            f"**{self.headline}** in scene `{self.scene}`, "
            f"seed {self.seed}: {self.simulated_s:.1f} s of simulated time, "
            f"{self.wall_s:.0f} s on the clock.",
            "",
            *(f"- {reason}" for reason in self.verdict),
            "",
        ]
        if self.message:
            lines += [f"The stack reported {self.outcome}: {self.message}", ""]
        lines += [
            "| # | sub-task | keypoint (base) [m] | actions | tries | outcome | time |",
            "|---|---|---|---|---|---|---|",
        ]
        for number, step in enumerate(self.steps, 1):
            point = (
                "-"
                if step.keypoint_m is None
                else ", ".join(f"{value:.3f}" for value in step.keypoint_m)
            )
            outcome = step.outcome if not step.message else f"{step.outcome}: {step.message}"
            lines.append(
                f"| {number} | {step.text} | {point} | {'; '.join(step.actions)} | "
                f"{step.attempts} | {outcome} | {step.duration_s:.1f} s |"
            )
        if self.files:
            lines += ["", *(f"- `{name}`: {what}" for name, what in self.files.items())]
        return "\n".join(lines) + "\n"
