"""The driver of a real Franka by its FCI: an arm's and a hand's process, and the node over them.

Only ``libfranka_arm`` and ``libfranka_hand`` need pylibfranka, and only in those processes.
"""
