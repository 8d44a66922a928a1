"""The table of commands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        words: what the user types, such as ``("bench", "fusion")``.
        module: the module that does it.
        summary: one line for ``./clap --help``.
    """

    words: tuple[str, ...]
    module: str
    summary: str


def _command(words: str, summary: str) -> Command:
    parts = tuple(words.split())
    return Command(parts, f"clap_cli.commands.{'_'.join(parts).replace('-', '_')}", summary)


COMMANDS = (
    _command("demo", "a sentence in, the simulated Franka does it, with video and recordings"),
    _command(
        "say", "give an instruction to the running stack; Ctrl-C stops the arm, so does --stop"
    ),
    _command("console", "a page in the browser: say, stop, see, and what is wrong"),
    _command("recover", "clear a reflex: the robot may move again"),
    _command("home", "home the hand, once after it was switched on"),
    _command("plan", "show how an instruction is taken apart; nothing moves"),
    _command("launch", "start the nodes of a launch file"),
    _command("record demo", "record demonstrations one after the other, by single keys"),
    _command("record", "record topics of the running stack to a rosbag2 MCAP"),
    _command("replay", "play a recorded bag"),
    _command("teach", "make a skill of one to ten demonstrations, in seconds"),
    _command("skills test", "try a skill in simulation"),
    _command("skills remove", "forget a skill"),
    _command("skills", "list the skills that were taught"),
    _command("calibrate board", "print the board that cameras are calibrated with, as a PDF"),
    _command("calibrate camera", "find where a camera is; moves the arm, or imports a file"),
    _command("calibrate check", "how far the cameras' clouds are apart, and from the table"),
    _command("eval", "score an agent on the tasks of GemBench, ported to MuJoCo, or of MetaWorld"),
    _command("report", "make docs/results.md: figures of many scorings as one page"),
    _command("suite page", "make docs/suite.md: a picture of each task"),
    _command("gazebo world", "write a scene's world and models for Gazebo"),
    _command("data make", "let the experts demonstrate the tasks; one file an episode"),
    _command("data metaworld", "let MetaWorld's experts demonstrate its tasks, step by step"),
    _command("data info", "show what episodes there are, and check them"),
    _command("data check", "whether demonstrations are good to teach with, and what is wrong"),
    _command("data scenes", "make still scenes for pre-training, simulated or of a bag"),
    _command("data to-bag", "write an episode as a rosbag2 MCAP with the robot's topics"),
    _command("data from-bag", "make an episode of the bag of a demonstration"),
    _command("bench fusion", "time the cloud fusion against plain Open3D"),
    _command("bench calibration", "how exactly cameras are found, in simulation"),
    _command("bench step", "time from a look to an action, by stage"),
    _command("bench control", "time a look and the small steps that follow from it, by part"),
    _command("bench planner", "how many sentences a planner understands, and refuses, rightly"),
    _command("bench keypoint", "how often a keypoint finder points at the right place"),
    _command("bench encoder", "time cloud to tokens against eager PyTorch"),
    _command("bench clar-probe", "what pre-training is worth, by small probes on held-out scenes"),
    _command("bench teachers", "which teacher's features find the same place in another view"),
    _command("bench stack", "measure rate, loss and age of the clouds in the running stack"),
    _command("bench fci", "how well the FCI driver keeps its cycles, with both cores busy"),
    _command("bench nodes", "whether the stack outlives 1,000 short-lived nodes"),
    _command("bench qwen", "memory and latency of a vision-language model, random weights"),
    _command("train all", "make and train everything that learns, from nothing, in stages"),
    _command("train clar", "pre-train the point-cloud encoder; goes on after an interruption"),
    _command("train clar-ladder", "pre-train the encoders that bench clar-probe compares"),
    _command("train align", "make a memory of demonstrations for the policy align"),
    _command("train plans", "read from demonstrations how sentences are taken apart"),
    _command("train parser", "train the network of the planner learned"),
    _command("train keypoint", "train the network of the keypoint finder learned"),
    _command("train policy", "train the network of the policy clap"),
    _command("train step", "train the policy that moves in small steps, on CLAR's tokens"),
    _command("train qwen", "tune a vision-language model to find keypoints (LoRA, on a GPU)"),
    _command("doctor", "look at computer, robot and running stack; what is wrong, and its cure"),
    _command("security create", "make keys and permissions of all nodes, for security:=true"),
    _command("architecture", "draw docs/architecture.svg: the packages and their imports"),
    _command("test", "check and test everything; takes pytest's arguments"),
    _command("shell", "a shell, or one command, with the ROS environment set up"),
    _command("setup", "make the environment (any command does) and tell what it is"),
)


def find_command(arguments: list[str]) -> Command | None:
    """The command that the arguments begin with, or None."""
    for command in COMMANDS:
        if tuple(arguments[: len(command.words)]) == command.words:
            return command
    return None
