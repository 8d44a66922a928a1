"""The error codes in Python and on the wire are the same list."""

from clap_core.errors import ErrorCode
from clap_msgs.msg import ErrorCode as WireCode


def test_message_and_enum_agree() -> None:
    wire = {
        name: getattr(WireCode, name)
        for name in dir(type(WireCode))
        if name.isupper() and not name.startswith("_")
    }
    assert wire == {code.name: code.value for code in ErrorCode}
