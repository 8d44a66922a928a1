"""``clap teach``: a skill from a few demonstrations."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from clap_cli.plan_file import read_plan
from clap_cli.skills_argument import add_skills_argument
from clap_data.bags.reading import is_bag
from clap_data.bags.to_episode import Conversion, convert
from clap_data.demonstrations import demonstrations_in
from clap_data.episodes import EpisodeFile
from clap_data.episodes.records import SUFFIX
from clap_data.takes import as_taken
from clap_learning.skills.advice import next_demonstration, reason_to_doubt
from clap_learning.skills.folder import check_name, load_skill, save_skill, skill_names
from clap_learning.skills.teaching import Lesson, check_sentences, teach
from clap_learning.skills.trial import StepReport

HELP = """Make a skill of demonstrations: one is enough, ten tell what matters. The stack obeys its
sentence from the next start on, alone or with others ("lift the toilet seat, then press the red
button"). Nothing is trained: one demonstration takes seconds, ten take a minute or two.

Each demonstration is tried on the others: is the place found again, and does the hand come to
where it was? What is unsure is said, and which further demonstration would help most.

  ./clap teach lift_seat --from out/seat_1.episode out/seat_2.episode
  ./clap teach lift_seat --from bags/seat_1 bags/seat_2 --instruction "lift the toilet seat"
  ./clap launch sim planner_backend:=shown keypoint_backend:=learned policy_backend:=align

docs/teaching.md goes through it with a robot."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("name", help="of the skill, such as lift_seat; an older one of that name is replaced")
    add("--from", dest="sources", type=Path, nargs="+", required=True, metavar="PATH",
        help="episodes, bags, folders of either, or of `./clap record demo`")  # fmt: skip
    add("--instruction", default="", help="what was asked for in the bags (default: as they say)")
    add("--subtasks", type=Path, metavar="FILE", help="the plan of the bags, as `./clap plan "
        "--json` prints it (default: as `./clap data from-bag` finds it)")  # fmt: skip
    add("--variation", nargs="+", metavar="V", help="only episodes of these (default: all)")
    add_skills_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Make it; 0 when it is written."""
    began_s = time.monotonic()
    console = Console(highlight=False, soft_wrap=True)
    name = check_name(args.name)
    # A damaged skill of this name is what may have to be taught again.
    others = [load_skill(args.skills, one) for one in skill_names(args.skills) if one != name]
    failed: list[str] = []
    with console.status("reading demonstrations") as status:
        lesson = teach(
            name,
            _episodes(args, failed),
            lambda what, done: status.update(f"demonstrations {what}: {done}"),
        )
    check_sentences(lesson.skill, others)
    folder = save_skill(args.skills, lesson.skill)
    _tell(console, lesson, (*failed, *lesson.left_out))
    record = lesson.skill.record
    trial = f"skills test {name}" if record.variations else f'say "{record.say[0]}"'
    console.print(f"{folder} written, {time.monotonic() - began_s:.0f} s; try it: ./clap {trial}")
    return 0


def _episodes(args: argparse.Namespace, left_out: list[str]) -> Iterator[EpisodeFile]:
    for path in demonstrations_in(args.sources):
        if is_bag(path):
            yield from _of_bag(path, args, left_out)
            continue
        with EpisodeFile(path) as episode:
            if args.variation is None or episode.record.variation in args.variation:
                yield episode


def _of_bag(bag: Path, args: argparse.Namespace, left_out: list[str]) -> Iterator[EpisodeFile]:
    """A bag's episode; none of a take that did not go well, which may lack anything."""
    said = Conversion(
        instruction=args.instruction, subtasks=read_plan(args.subtasks) if args.subtasks else ()
    )
    conversion = as_taken(bag, said)
    if conversion.success is not True:
        left_out.append(bag.name)
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{bag.stem}{SUFFIX}"
        convert(bag, path, conversion)
        with EpisodeFile(path) as episode:
            yield episode


def _tell(console: Console, lesson: Lesson, left_out: tuple[str, ...]) -> None:
    record = lesson.skill.record
    said = ", ".join(f'"{sentence}"' for sentence in record.say)
    console.print(f"{record.name}: {said}, of {record.episodes} demonstrations")
    if left_out:
        console.print(f"left out, since they did not succeed: {', '.join(left_out)}")
    if record.steps:
        console.print(table_of(record.steps))
    else:
        console.print("shown once, so nothing can be said of how sure it is")
    for step in record.steps:
        doubt = reason_to_doubt(step)
        if doubt:
            console.print(f"unsure: {step.text}: {doubt}")
    advice = next_demonstration(lesson.taught, record.steps)
    if advice:
        console.print(f"what would help most: {advice}")


def table_of(steps: tuple[StepReport, ...]) -> Table:
    """What trying demonstrations on each other showed."""
    table = Table("step", "place found", "off by", "hand off by", "turned by", box=None)
    for step in steps:
        found = step.tried - len(step.not_found)
        looked_for = step.place_mm is not None or step.not_found
        table.add_row(
            step.text,
            f"{found} of {step.tried}" if looked_for else "not looked for",
            "" if step.place_mm is None else f"{step.place_mm:.1f} mm",
            "" if step.hand_mm is None else f"{step.hand_mm:.1f} mm",
            "" if step.hand_deg is None else f"{step.hand_deg:.1f} deg",
        )
    return table
