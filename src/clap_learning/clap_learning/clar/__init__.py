"""CLAR (arXiv 2507.08262): a point-cloud encoder pre-trained by masked reconstruction, global
contrast with a 2D teacher, and local alignment by deformable attention."""
