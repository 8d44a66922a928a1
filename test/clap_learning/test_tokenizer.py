"""Clouds and keypoints to tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.patch_batch import collate
from clap_learning.clar.patches import make_patches
from clap_learning.clar.tokenizer import CloudTokenizer
from clap_learning.clar.weights import save_encoder, weights_of

CONFIG = EncoderConfig(
    name="mini", points=256, patches=8, patch_points=16, width=24, depth=2, heads=2
)
KEYPOINTS = np.array([[0.5, 0.1, 0.0], [0.4, -0.1, 0.1], [0.6, 0.0, 0.0]])


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads only wait for each other on so small a model, long where cores are few."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def encoder() -> ClarEncoder:
    torch.manual_seed(5)
    return ClarEncoder(CONFIG).eval()


def cloud(count: int = 20_000) -> PointCloud:
    rng = np.random.default_rng(7)
    xyz = rng.uniform([0.2, -0.4, -0.1], [0.9, 0.4, 0.3], (count, 3)).astype(np.float32)
    rgb = rng.integers(0, 256, (count, 3), dtype=np.uint8)
    return PointCloud(xyz, rgb, "base", 1234)


def tokenizer() -> CloudTokenizer:
    return CloudTokenizer(replace(weights_of(encoder()), sha256="ab" * 32), "torch")


def features_of(crop: PointCloud) -> NDArray[np.float32]:
    batch = collate([make_patches(crop.xyz, crop.rgb, CONFIG)])
    with torch.inference_mode():
        return encoder()(batch)[0].numpy()


def test_tokens_are_the_encoders_of_the_box_around_the_keypoint() -> None:
    scene = cloud()
    (tokens,) = tokenizer().tokens(scene, KEYPOINTS[:1], 0.1)
    inside = (np.abs(scene.xyz - KEYPOINTS[0]) <= 0.1).all(axis=1)
    assert tokens.points == inside.sum() > 500
    np.testing.assert_allclose(tokens.features, features_of(scene.select(inside)), atol=1e-5)
    assert np.abs(tokens.centers - KEYPOINTS[0]).max() <= 0.1
    assert tokens.features.shape == (8, 24) and tokens.features.dtype == np.float32
    assert (tokens.frame, tokens.stamp_ns, tokens.half_edge_m) == ("base", 1234, 0.1)
    assert (tokens.model, tokens.weights_sha256) == ("mini", "ab" * 32)
    assert tokens.engine == "torch" and tokens.latency_s > 0


def test_a_batch_is_one_pass_and_gives_what_single_crops_give() -> None:
    made, sizes = tokenizer(), []
    encode = made.engine.encode

    def counted(centers: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float32]:
        sizes.append(len(centers))
        return encode(centers, points)

    made.engine.encode = counted  # type: ignore[method-assign]
    together = made.tokens(cloud(), KEYPOINTS)
    alone = [made.tokens(cloud(), KEYPOINTS[k : k + 1])[0] for k in range(3)]
    assert sizes == [3, 1, 1, 1]
    for one, other, keypoint in zip(together, alone, KEYPOINTS, strict=True):
        np.testing.assert_array_equal(one.keypoint, keypoint)
        np.testing.assert_array_equal(one.centers, other.centers)
        np.testing.assert_allclose(one.features, other.features, atol=1e-5)
    assert not np.allclose(together[0].features, together[1].features, atol=1e-3)


def test_no_keypoints_give_no_tokens() -> None:
    assert tokenizer().tokens(cloud(), np.empty((0, 3))) == []


def refused(
    scene: PointCloud, keypoints: NDArray[np.float64], half_edge_m: float = 0.2
) -> ClapError:
    with pytest.raises(ClapError) as raised:
        tokenizer().tokens(scene, keypoints, half_edge_m)
    return raised.value


def test_a_crop_with_too_few_points_names_its_keypoint() -> None:
    keypoints = np.array([[0.5, 0.1, 0.0], [9.0, 0.0, 0.5]])
    error = refused(cloud(), keypoints)
    assert error.code is ErrorCode.CLOUD_EMPTY
    assert "keypoint 1 (9.000, 0.000, 0.500) m has 0 points" in error.message
    scene = cloud()
    few = scene.select(np.arange(CONFIG.patch_points - 1))
    assert refused(few, KEYPOINTS).code is ErrorCode.CLOUD_EMPTY
    edge = np.sort(np.abs(scene.xyz - KEYPOINTS[0]).max(axis=1))[CONFIG.patch_points - 2]
    fewer = refused(scene, KEYPOINTS[:1], float(edge) + 1e-6)
    assert fewer.code is ErrorCode.CLOUD_EMPTY and "has 15 points" in fewer.message
    edge = np.sort(np.abs(scene.xyz - KEYPOINTS[0]).max(axis=1))[CONFIG.patch_points - 1]
    (enough,) = tokenizer().tokens(scene, KEYPOINTS[:1], float(edge) + 1e-6)
    assert enough.points == CONFIG.patch_points


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_coordinates_that_are_not_finite_are_refused(bad: float) -> None:
    xyz = cloud().xyz.copy()
    xyz[17, 1] = bad  # in no box, and yet not to be passed over
    error = refused(PointCloud(xyz, cloud().rgb), KEYPOINTS)
    assert error.code is ErrorCode.INVALID_REQUEST and "1 points are not finite" in error.message
    keypoints = KEYPOINTS.copy()
    keypoints[2, 0] = bad
    error = refused(cloud(), keypoints)
    assert error.code is ErrorCode.INVALID_REQUEST and "keypoint 2" in error.message


@pytest.mark.parametrize("half_edge_m", [0.0, -0.1, np.nan, np.inf])
def test_a_box_without_an_inside_is_refused(half_edge_m: float) -> None:
    assert refused(cloud(), KEYPOINTS, half_edge_m).code is ErrorCode.INVALID_REQUEST


def test_a_cloud_in_another_frame_is_refused() -> None:
    scene = cloud()
    error = refused(PointCloud(scene.xyz, scene.rgb, "camera_link"), KEYPOINTS)
    assert error.code is ErrorCode.INVALID_REQUEST
    assert "'camera_link', not in 'base'" in error.message


def test_keypoints_of_another_shape_are_refused() -> None:
    assert refused(cloud(), np.zeros((2, 2))).code is ErrorCode.INVALID_REQUEST


def test_an_engine_that_fails_is_named() -> None:
    made = tokenizer()

    def broken(*_: object) -> NDArray[np.float32]:
        raise RuntimeError("no kernel")

    made.engine.encode = broken  # type: ignore[method-assign]
    with pytest.raises(ClapError, match=r"'torch' .*no kernel") as raised:
        made.warm_up()
    assert raised.value.code is ErrorCode.INTERNAL


def test_features_that_are_no_numbers_are_refused() -> None:
    spoilt = encoder()
    torch.nn.init.constant_(spoilt.norm.weight, float("nan"))
    with pytest.raises(ClapError, match="not finite") as raised:
        CloudTokenizer(weights_of(spoilt), "torch").warm_up()
    assert raised.value.code is ErrorCode.INTERNAL


def test_features_of_another_shape_are_refused() -> None:
    made = tokenizer()
    made.engine.encode = lambda centers, points: centers  # type: ignore[method-assign]
    with pytest.raises(ClapError, match=r"shape \(1, 8, 3\) \(wanted \(1, 8, 24\)\)") as raised:
        made.warm_up()
    assert raised.value.code is ErrorCode.INTERNAL


def test_it_loads_weights_and_tells_their_checksum(tmp_path: Path) -> None:
    folder = tmp_path / "mini"
    save_encoder(folder, encoder(), {})
    made = CloudTokenizer.load(folder, "torch", frame="fr3_link0")
    assert made.engine.name == "torch"
    made.warm_up()
    stored = (folder / "model.safetensors").read_bytes()
    assert made.weights_sha256 == hashlib.sha256(stored).hexdigest()
    scene = cloud()
    (tokens,) = made.tokens(PointCloud(scene.xyz, scene.rgb, "fr3_link0"), KEYPOINTS[:1])
    assert tokens.frame == "fr3_link0"
    (exact,) = tokenizer().tokens(cloud(), KEYPOINTS[:1])
    np.testing.assert_allclose(tokens.features, exact.features, atol=0.02)  # stored as fp16


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ClapError, match="warp") as raised:
        CloudTokenizer(weights_of(encoder()), engine="warp")
    assert raised.value.code is ErrorCode.INVALID_REQUEST
