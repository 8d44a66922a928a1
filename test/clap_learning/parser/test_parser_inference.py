"""What NumPy computes is what PyTorch would: the parser, and the MiniLM below it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from clap_learning.parser.config import ParserConfig
from clap_learning.parser.inference import ParserInference
from clap_learning.parser.network import PointerParser, batch_of
from clap_learning.parser.symbols import SYMBOLS
from clap_learning.parser.torch_states import TorchStates
from clap_learning.parser.word_states import DIM, HIDDEN, WordStates

CONFIG = ParserConfig(width=48, readers=2, writers=2, heads=4, longest=16, embedding=40)
PLACES = [0, 1, 2, 1, 3]
"""Its second and its fourth word are the same."""


def test_several_readings_are_written_with_the_probabilities_of_the_network() -> None:
    torch.manual_seed(3)
    network = PointerParser(CONFIG).eval()
    for parameter in network.parameters():  # norms and biases that do something
        torch.nn.init.normal_(parameter, std=0.3)
    vectors = torch.randn(len(PLACES), CONFIG.embedding)
    vectors[3] = vectors[1]
    first = len(SYMBOLS)
    said = [[0, 5, first + 1, 9], [0, 7, first + 3, first]]
    with torch.no_grad():
        batch = batch_of([vectors] * 2, [PLACES] * 2, said)
        expected = network(batch).numpy()

    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    inference = ParserInference(CONFIG, arrays)
    sentence = inference.read(vectors.numpy(), PLACES)
    written = None
    for step in range(4):
        last = [one[step] for one in said]
        logits, written = inference.write(sentence, last, step, written)
        np.testing.assert_allclose(logits, expected[:, step], atol=1e-3)


SENTENCES: list[list[str]] = [
    ["put", "the", "burgundy", "mug", "onto", "the", "trivet"],
    ["stop"],
    ["pick", "up", HIDDEN, ",", "zwoppelty", "!"],
]


@pytest.fixture(scope="module")
def states() -> WordStates:
    return WordStates()


def test_words_are_as_the_language_model_sees_them(states: WordStates) -> None:
    """As exactly as half precision tells; beside longer sentences as alone."""
    by_torch = WordStates(TorchStates())
    for words, seen, expected in zip(
        SENTENCES, states.of(SENTENCES), by_torch.of(SENTENCES), strict=True
    ):
        assert seen.shape == expected.shape == (len(words), DIM)
        np.testing.assert_allclose(seen, expected, atol=0.15)
        assert np.abs(seen - expected).mean() < 0.01
        np.testing.assert_allclose(states.of([words])[0], seen, atol=1e-4)


def test_a_hidden_word_has_its_sentence_alone(states: WordStates) -> None:
    hidden = states.of(SENTENCES)[2][2]
    assert not np.any(hidden[:384]) and np.any(hidden[384:])


def test_a_sentence_that_is_longer_than_the_model_reads_ends_in_nothing(states: WordStates) -> None:
    found = states.of([["mug"] * 600])[0]
    assert found.shape == (600, DIM)
    assert np.any(found[509]) and not np.any(found[510:])


def test_a_sentence_is_planned_without_pytorch() -> None:
    program = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'huggingface_hub'): sys.modules[name] = None\n"
        "from clap_core.backends import PLANNERS, create\n"
        "planner = create(PLANNERS, 'learned')\n"
        "planner.plan('could you pop the red mug beside the plate, ta')\n"
        "print(planner.planned_by)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "the parser", done.stderr
