"""Results that others published on the original GemBench, in RLBench's simulator."""

from __future__ import annotations

PUBLISHED_RESULTS: dict[str, tuple[float, float, float, float]] = {
    "HiveFormer": (60.3, 26.1, 35.1, 0.0),
    "PolarNet": (77.7, 37.1, 38.5, 0.1),
    "3D-Diffuser-Actor": (91.9, 43.4, 37.0, 0.0),
    "RVT-2": (89.1, 51.0, 36.0, 0.0),
    "3D-LOTUS": (94.3, 49.9, 38.1, 0.3),
    "3D-LOTUS++": (68.7, 64.5, 41.5, 17.4),
    "BridgeVLA": (91.1, 65.0, 43.8, 0.0),
    "BridgeVLA++": (88.6, 68.9, 38.5, 8.2),
    "ActiveVLA": (92.4, 66.3, 45.1, 1.2),
    "CLAP, 10 demonstrations": (84.5, 81.5, 43.3, 30.5),
}
"""Success in % on L1 to L4, of the methods' papers and of arXiv 2509.23575."""
