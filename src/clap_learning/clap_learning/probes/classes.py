"""What the probes tell apart: the classes of the probe split's objects and parts, in one place.

Small things are told apart by noun; of furniture, its parts: hands take a handle, and a door is a
door, be it a safe's or a fridge's. What occurs in too few compositions of the probe split to be
learned in one and asked for in another (lamp, jar's body, target) is not asked for.
"""

from __future__ import annotations

from clap_data.scenes import LabelRecord

FURNITURE = (
    "chest of drawers",
    "door",
    "safe",
    "fridge",
    "microwave",
    "grill",
    "box",
    "laptop",
    "toilet",
)

NOUNS: dict[str, tuple[str, ...]] = {
    "block": ("block", "cube"),
    "cylinder": ("cylinder",),
    "button": ("button",),
    "cup": ("cup",),
    "moon": ("moon",),
    "star": ("star",),
    "shoe": ("shoe",),
    "rubber duck": ("rubber duck",),
    "light bulb": ("light bulb",),
    "mustard bottle": ("mustard bottle",),
    "sugar box": ("sugar box",),
}
"""Classes of whole things, and the nouns that make them."""

PARTS: dict[str, tuple[str, ...]] = {
    "handle": ("handle",),
    "drawer": ("drawer",),
    "door": ("door",),
    "lid": ("lid", "seat", "screen"),
    "housing": ("body",),
}
"""Classes of furniture's parts, and what the label table calls them."""

GROUND = ("table", "arm", "hand")
"""The table, and the robot's two parts."""

CLASSES = (*GROUND, *NOUNS, *PARTS)
NONE = 255
"""A point that no view shows, or of something that is not asked for."""

UNSEEN_FOR_KEYPOINTS = (*GROUND, "housing", "drawer")
"""Not asked for as a keypoint: too large to have a place, or several at once."""

SEVERAL = ("chest of drawers",)
"""Nouns whose parts are several under one label, so that their middle is nowhere."""


def class_of(label: LabelRecord) -> int | None:
    """Number in `CLASSES` of what a label means; None if it is not asked for."""
    if label.noun == "table":
        return CLASSES.index("table")
    if label.noun == "robot":
        return CLASSES.index(label.part)
    names = PARTS if label.noun in FURNITURE else NOUNS
    word = label.part if label.noun in FURNITURE else label.noun
    return next((CLASSES.index(name) for name, words in names.items() if word in words), None)


def keypoint_class_of(label: LabelRecord) -> int | None:
    """The same, of what has one place that can be asked for."""
    number = class_of(label)
    if number is None or CLASSES[number] in UNSEEN_FOR_KEYPOINTS or label.noun in SEVERAL:
        return None
    return number
