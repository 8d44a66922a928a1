"""The two documents of DDS Security 1.1 that are signed: governance and permissions (9.4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from clap_cli.security.rights import TopicRights

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_OMG = "http://www.omg.org/spec/DDS-SECURITY/20170901/omg_shared_ca"
_DAYS = timedelta(days=1)


def governance(domain: int) -> str:
    """How all topics of a domain are protected: encrypted and authenticated, nobody without a key.

    Args:
        domain: ROS_DOMAIN_ID.
    """
    root = _dds("governance")
    rule = SubElement(SubElement(root, "domain_access_rules"), "domain_rule")
    SubElement(SubElement(rule, "domains"), "id").text = str(domain)
    _texts(
        rule,
        allow_unauthenticated_participants="false",
        enable_join_access_control="true",
        discovery_protection_kind="ENCRYPT",
        liveliness_protection_kind="ENCRYPT",
        rtps_protection_kind="ENCRYPT",
    )
    topic = SubElement(SubElement(rule, "topic_access_rules"), "topic_rule")
    _texts(
        topic,
        topic_expression="*",
        enable_discovery_protection="true",
        enable_liveliness_protection="true",
        enable_read_access_control="true",
        enable_write_access_control="true",
        metadata_protection_kind="ENCRYPT",
        data_protection_kind="ENCRYPT",
    )
    return _written(root)


def permissions(
    enclave: str, rights: TopicRights, domain: int, valid_days: int, now: datetime | None = None
) -> str:
    """What the holder of one key may do; whatever is not named is denied.

    Args:
        enclave: its name, which is also the one of the key's certificate.
        rights: topics.
        domain: ROS_DOMAIN_ID.
        valid_days: from now on.
        now: the present.
    """
    now = datetime.now(timezone.utc) if now is None else now
    root = _dds("permissions")
    grant = SubElement(SubElement(root, "permissions"), "grant", name=enclave)
    SubElement(grant, "subject_name").text = f"CN={enclave}"
    validity = SubElement(grant, "validity")
    # From yesterday on: the clock of another computer may be behind.
    for name, moment in (("not_before", now - _DAYS), ("not_after", now + valid_days * _DAYS)):
        SubElement(validity, name).text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    rule = SubElement(grant, "allow_rule")
    SubElement(SubElement(rule, "domains"), "id").text = str(domain)
    for kind, topics in (("publish", rights.publish), ("subscribe", rights.subscribe)):
        _topics(SubElement(SubElement(rule, kind), "topics"), topics)
    SubElement(grant, "default").text = "DENY"
    return _written(root)


def _dds(kind: str) -> Element:
    return Element(
        "dds",
        {
            "xmlns:xsi": _XSI,
            "xsi:noNamespaceSchemaLocation": f"{_OMG}_{kind}.xsd",
        },
    )


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _topics(parent: Element, topics: Iterable[str]) -> None:
    for topic in sorted(topics):
        SubElement(parent, "topic").text = topic


def _written(root: Element) -> str:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"
