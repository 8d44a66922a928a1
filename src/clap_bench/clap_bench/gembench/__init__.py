"""GemBench (arXiv 2410.01345) ported to MuJoCo: its tasks, variations, wordings and splits.

The original runs on RLBench. Scenes, objects, cameras and success checks here are this project's
own, so results are results on the port and are always named so.
"""
