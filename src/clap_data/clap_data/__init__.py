"""Episodes and still scenes on disk, conversions from and to bags, key frames."""
