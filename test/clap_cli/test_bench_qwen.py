"""The cost of a vision-language model: measured on one of few layers."""

from __future__ import annotations

import json

import pytest

from clap_cli.__main__ import main
from clap_learning.vlm.sizes import SIZES


@pytest.mark.slow
def test_the_last_line_is_json_and_says_what_was_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--size", "tiny", "--device", "cpu", "--pictures", "2", "--edge", "112"]
    words += ["--words", "20", "--tokens", "3", "--runs", "1"]
    assert main(["bench", "qwen", *words, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    cost = json.loads(line)
    # Each picture is 4 x 4 tokens between a beginning and an end.
    assert cost["prompt_tokens"] == 20 + 2 * (16 + 2)
    assert cost["weights_gib"] == pytest.approx(4e9 * cost["parameters_b"] / 2**30, abs=0.01)
    assert cost["peak_gib"] > cost["weights_gib"] > 0.0
    assert cost["answer_ms"] > 0.0 and cost["answer_tokens"] == 3


def test_a_count_of_none_is_refused() -> None:
    assert main(["bench", "qwen", "--size", "tiny", "--device", "cpu", "--runs", "0"]) != 0


@pytest.mark.parametrize(("name", "billions"), [("3b", 3.75), ("7b", 8.29)])
def test_the_sizes_are_the_published_ones(name: str, billions: float) -> None:
    """Counted without making them: Qwen2.5-VL-3B has 3.75 billion parameters, 7B 8.29."""
    import torch

    from clap_learning.vlm.sizes import random_model

    model = random_model(name, "meta", torch.bfloat16)
    count = sum(each.numel() for each in model.parameters()) / 1e9
    assert count == pytest.approx(billions, abs=0.01)
    assert SIZES[name].layers == model.config.text_config.num_hidden_layers
