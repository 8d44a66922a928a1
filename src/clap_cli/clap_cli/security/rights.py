"""What a node may do, in the names of ROS, and what that is in the topics of DDS."""

from __future__ import annotations

from dataclasses import dataclass

GRAPH_TOPIC = "ros_discovery_info"
"""Where each participant tells what its nodes have; without it nothing is found."""

EVERYWHERE = ("/rosout", "/parameter_events")
"""What each node of ROS publishes, in the root wherever it is."""

PARAMETERS = (
    "describe_parameters",
    "get_parameter_types",
    "get_parameters",
    "get_type_description",
    "list_parameters",
    "set_parameters",
    "set_parameters_atomically",
)
LIFECYCLE = (
    "change_state",
    "get_available_states",
    "get_available_transitions",
    "get_state",
    "get_transition_graph",
)
ANYTHING = "*"
"""In place of a topic: all of the stack's."""

_ACTION_SERVICES = ("cancel_goal", "get_result", "send_goal")
_ACTION_TOPICS = ("feedback", "status")


@dataclass(frozen=True)
class Rights:
    """Of one node, or of a person's programs; all names are relative to the stack's namespace.

    Attributes:
        publishes: topics.
        subscribes: topics.
        serves: services.
        calls: services of others.
        acts: actions that it serves.
        commands: actions of others.
        stops: actions of others that it may cancel, and nothing else.
        node: name of the node, or an expression for several, where it is not the enclave's.
        is_managed: whether it is a lifecycle node.
    """

    publishes: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    node: str = ""
    is_managed: bool = False


@dataclass(frozen=True)
class TopicRights:
    """The same in DDS: expressions for names of topics."""

    publish: frozenset[str]
    subscribe: frozenset[str]


def in_dds(node: str, rights: Rights, prefix: str) -> TopicRights:
    """What the rights are in DDS.

    Args:
        node: the node's name, without namespace, where the rights have no other.
        rights: what it may do.
        prefix: namespace of the stack, as ``/left``; empty for none.
    """

    def full(name: str) -> str:
        return f"{prefix}/{name}"

    node = rights.node or node
    publish, subscribe = {GRAPH_TOPIC}, {GRAPH_TOPIC}
    publish |= {f"rt{name}" for name in EVERYWHERE}
    publish |= {f"rt{full(name)}" for name in rights.publishes}
    subscribe |= {f"rt{full(name)}" for name in rights.subscribes}
    served, called = _services(node, rights)
    for name in map(full, served):
        publish.add(f"rr{name}Reply")
        subscribe.add(f"rq{name}Request")
    for name in map(full, called):
        publish.add(f"rq{name}Request")
        subscribe.add(f"rr{name}Reply")
    publish |= {f"rt{full(name)}" for name in _topics_of(rights.acts)}
    subscribe |= {f"rt{full(name)}" for name in _topics_of(rights.commands)}
    if rights.is_managed:
        publish.add(f"rt{full(node)}/transition_event")
    return TopicRights(frozenset(publish), frozenset(subscribe))


def _services(node: str, rights: Rights) -> tuple[set[str], set[str]]:
    """Names of the services that it serves, and of those that it calls."""
    served = {*rights.serves, *_services_of(rights.acts)}
    served |= {f"{node}/{name}" for name in PARAMETERS}
    served |= {f"{node}/{name}" for name in LIFECYCLE if rights.is_managed}
    called = {*rights.calls, *_services_of(rights.commands)}
    called |= {f"{action}/_action/cancel_goal" for action in rights.stops}
    return served, called


def _services_of(actions: tuple[str, ...]) -> set[str]:
    return {f"{action}/_action/{part}" for action in actions for part in _ACTION_SERVICES}


def _topics_of(actions: tuple[str, ...]) -> set[str]:
    return {f"{action}/_action/{part}" for action in actions for part in _ACTION_TOPICS}
