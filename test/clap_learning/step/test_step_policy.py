"""The step policy: shapes, a tiny training that learns by heart, goes on, and plays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from clap_cli.__main__ import main
from clap_core.errors import ClapError
from clap_core.point_cloud import PointCloud
from clap_core.step_types import StepObservation
from clap_data.steps import StepArrays, StepFolder, StepsRecord, write_steps
from clap_learning.step.backend import LearnedStepPolicy, StepPolicySettings
from clap_learning.step.examples import StepExamples, step_examples
from clap_learning.step.eyes import EncoderName, make_eyes, stacked
from clap_learning.step.network import TEXT_DIM, StepNetwork, StepNetworkConfig
from clap_learning.step.training import StepProgress, StepTrainingConfig, train
from clap_learning.step.weights import new_network

ROOT = Path(__file__).resolve().parents[3]
TINY = StepNetworkConfig(encoder="dp3", width=32, layers=1, heads=2, chunk=3, executed=2)
STEPS, POINTS = 8, 120


def cloud(mark_m: float) -> PointCloud:
    """A heap of red points at a place along y."""
    rng = np.random.default_rng(0)
    xyz = rng.normal((0.5, mark_m, 0.02), 0.01, (POINTS, 3)).astype(np.float32)
    return PointCloud(xyz, np.full((POINTS, 3), (200, 10, 10), np.uint8))


def write(folder: Path, number: int, side: float) -> None:
    """An episode in which the hand goes towards the heap, to the left or to the right."""
    states = np.zeros((STEPS, 4), np.float32)
    states[:, 1] = side * 0.01 * np.arange(STEPS)
    actions = np.tile(np.array([0.0, side, 0.0, 1.0], np.float32), (STEPS, 1))
    seen = cloud(0.2 * side)
    record = StepsRecord(
        suite="test",
        variation="go",
        seed=number,
        instruction="go to the heap",
        rate_hz=20.0,
        action_names=("x", "y", "z", "close"),
        state_names=("x", "y", "z", "opening"),
        steps=STEPS,
        points=POINTS,
    )
    arrays = StepArrays(
        np.full(STEPS, POINTS, np.int32),
        np.tile(seen.xyz, (STEPS, 1, 1)),
        np.tile(seen.rgb, (STEPS, 1, 1)),
        states,
        actions,
    )
    write_steps(folder / "go" / f"{number:06d}.steps", record, arrays)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shown")
    for number, side in enumerate((1.0, -1.0)):
        write(folder, number, side)
    return folder


@pytest.fixture(scope="module")
def examples(shown: Path) -> StepExamples:
    return step_examples(StepFolder(shown), make_eyes("dp3"), TINY)


@pytest.mark.parametrize(("encoder", "tokens", "width"), [("clar", 64, 192), ("dp3", 1, 64)])
def test_a_cloud_becomes_tokens_and_a_chunk(encoder: EncoderName, tokens: int, width: int) -> None:
    config = StepNetworkConfig(encoder=encoder, width=32, layers=1, heads=2, chunk=5, executed=2)
    network = new_network(config, 0, ROOT / "models/clar-tiny").eval()
    seen, places = network.eyes(*stacked([network.eyes.prepare(cloud(y)) for y in (0.1, -0.1)]))
    assert seen.shape == (2, tokens, width)
    assert places.shape == (2, tokens, 3)
    actions = network(seen, places, torch.zeros(2, 4), torch.zeros(2, TEXT_DIM))
    assert actions.shape == (2, 5, 4)


def test_shipped_weights_stay_as_they_are_unless_they_are_to_be_tuned() -> None:
    def learns(config: StepNetworkConfig) -> bool:
        return any(parameter.requires_grad for parameter in StepNetwork(config).eyes.parameters())

    assert not learns(StepNetworkConfig(encoder="clar"))
    assert learns(StepNetworkConfig(encoder="clar", tune=True))
    assert not learns(StepNetworkConfig(encoder="scratch"))
    assert learns(StepNetworkConfig(encoder="scratch", tune=True))
    assert learns(StepNetworkConfig(encoder="dp3"))


def test_what_follows_an_episodes_end_is_not_learned(examples: StepExamples) -> None:
    assert len(examples) == 2 * STEPS
    assert examples.followed[STEPS - 1].tolist() == [True, False, False]
    assert examples.followed[0].all()


def test_a_tiny_training_learns_by_heart_which_way_to_go(
    examples: StepExamples, tmp_path: Path
) -> None:
    losses: list[float] = []

    def note(progress: StepProgress) -> None:
        losses.append(progress.loss)

    config = StepTrainingConfig(
        network=TINY,
        steps=350,
        batch=16,
        warm_up=10,
        averaging=0.9,
        save_every=50,
    )
    network = train(config, new_network(TINY, 0), examples, tmp_path, note)
    assert losses[-1] < 0.1 * losses[0]
    with torch.no_grad():
        tokens, places = network.eyes(*examples.clouds)
        said = network(tokens, places, examples.states, examples.words)
    np.testing.assert_allclose(said[:, 0], examples.actions[:, 0], atol=0.15)


def test_an_interrupted_run_ends_as_one_that_was_not(
    examples: StepExamples, tmp_path: Path
) -> None:
    def trained(steps: int, folder: str) -> dict[str, torch.Tensor]:
        config = StepTrainingConfig(network=TINY, steps=12, batch=4, warm_up=2, save_every=4)
        network = new_network(TINY, 0)

        def stop(progress: StepProgress) -> None:
            if progress.step == steps:
                raise KeyboardInterrupt

        return train(config, network, examples, tmp_path / folder, stop).state_dict()

    whole = trained(99, "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(4, "parts")
    resumed = trained(99, "parts")
    for name, values in whole.items():
        torch.testing.assert_close(resumed[name], values, msg=name)


def test_the_command_trains_goes_on_and_what_it_writes_plays(
    shown: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "step.yaml"
    given = {"network": TINY.model_dump(), "batch": 16, "warm_up": 10, "averaging": 0.9}
    config.write_text(yaml.safe_dump({**given, "steps": 300}))
    out = tmp_path / "out"
    command = ["train", "step", str(config), "--demonstrations", str(shown), "--out", str(out)]
    assert main(command) == 0
    assert main(command) == 0  # nothing is left to do
    assert main([*command, "--seed", "5"]) == 2
    assert "holds another run" in capsys.readouterr().err
    policy = LearnedStepPolicy(StepPolicySettings(weights=str(out)))
    for side in (1.0, -1.0):
        seen = StepObservation("go to the heap", cloud(0.2 * side), np.zeros(4, np.float32))
        chunk = policy.act(seen)
        assert chunk.shape == (2, 4)
        assert np.sign(chunk[0, 1]) == side


def test_without_weights_or_with_another_robots_state_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="no weights") as caught:
        LearnedStepPolicy(StepPolicySettings())
    assert "./clap train step" in caught.value.cure
    with pytest.raises(ClapError, match="there is no step policy in"):
        LearnedStepPolicy(StepPolicySettings(weights=str(tmp_path / "none")))


def test_a_config_that_is_none_names_what_is_wrong(
    shown: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "step.yaml"
    config.write_text("network: {encoder: resnet}\n")
    command = ["train", "step", str(config), "--demonstrations", str(shown), "--out", str(tmp_path)]
    assert main(command) == 2
    assert "network.encoder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["step", "step-dp3", "step-random", "step-scratch"])
def test_the_shipped_configs_are_valid(name: str) -> None:
    file = ROOT / "config/learning" / f"{name}.yaml"
    StepTrainingConfig.model_validate(yaml.safe_load(file.read_text()))
