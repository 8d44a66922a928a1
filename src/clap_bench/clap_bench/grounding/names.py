"""Nouns of things that fit into a hand, none of them in the suite."""

UNCOMMON = (
    "anchor", "apple", "badge", "battery", "bell", "biscuit", "bobbin", "bolt", "brush", "buckle",
    "cabbage", "candle", "carrot", "castle", "chess piece", "clamp", "clip", "cork", "crayon",
    "crown", "dial", "die", "dinosaur", "dome", "domino", "egg", "eraser", "figurine", "flask",
    "flower", "fossil", "funnel", "gear", "gem", "globe", "hinge", "hook", "horseshoe", "key",
    "ladle", "leaf", "lemon", "lighter", "magnet", "marble", "medal", "mushroom", "nut", "onion",
    "ornament", "padlock", "paperweight", "peg", "pendant", "pepper", "pill box", "pine cone",
    "plug", "pocket watch", "potato", "puck", "pump", "puzzle piece", "pyramid", "rocket", "ruler",
    "scissors", "screw", "seal", "shell", "shovel", "shuttle", "snail", "soap", "spool", "sponge",
    "spring", "stamp", "stapler", "stone", "tape", "teapot", "thimble", "tile", "tool", "top",
    "torch", "token", "toy", "tube", "turtle", "valve", "walnut", "washer", "wedge", "weight",
    "wheel", "whistle", "yo-yo",
)  # fmt: skip
