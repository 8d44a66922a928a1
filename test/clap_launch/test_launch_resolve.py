"""From a launch file to the processes that it asks for."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from clap_launch import LaunchError, resolve
from clap_launch.arguments import describe, parse_assignments
from clap_launch.command_line import command_line
from clap_launch.description import Description, ProcessSpec

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/me"}


class Files:
    """Writes launch files and resolves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "main.launch.yaml") -> Path:
        path = self.folder / name
        path.write_text("launch:\n" + indent(dedent(text).strip(), "  ") + "\n")
        return path

    def resolve(self, text: str, **arguments: str) -> Description:
        return resolve(self.write(text), arguments, ENVIRONMENT)

    def only(self, text: str, **arguments: str) -> ProcessSpec:
        (process,) = self.resolve(text, **arguments).processes
        return process

    def error(self, text: str, **arguments: str) -> str:
        with pytest.raises(LaunchError) as caught:
            self.resolve(text, **arguments)
        return str(caught.value)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_arguments_take_the_given_value_or_the_default(files: Files) -> None:
    text = """
    - arg: {name: a, default: "1"}
    - arg: {name: b, default: "$(var a)2"}
    - executable: {cmd: "echo $(var a) $(var b)"}
    """
    assert files.only(text).command == ("echo", "1", "12")
    assert files.only(text, a="9").command == ("echo", "9", "92")


def test_an_argument_without_value_is_an_error_with_its_description(files: Files) -> None:
    message = files.error("- arg: {name: bag, description: the recording}")
    assert "main.launch.yaml:2: the argument 'bag' (the recording) has no value" in message
    assert "bag:=VALUE" in message


def test_a_value_must_be_among_the_choices(files: Files) -> None:
    text = """
    - arg:
        name: loop
        default: "no"
        choice: [{value: "yes"}, {value: "no"}]
    """
    assert "'maybe' is no choice" in files.error(text, loop="maybe")


def test_an_unknown_argument_is_refused_even_below_conditions(files: Files) -> None:
    text = """
    - group:
        if: "false"
        children:
          - arg: {name: hidden, default: "1"}
    """
    files.resolve(text, hidden="2")
    assert "no argument 'hiden'. Did you mean 'hidden'?" in files.error(text, hiden="2")


def test_groups_scope_and_includes_do_not(files: Files) -> None:
    files.write('- executable: {cmd: "child $(var depth) $(dirname)"}', "child.launch.yaml")
    description = files.resolve("""
    - let: {name: depth, value: zero}
    - group:
        - let: {name: depth, value: one}
        - set_env: {name: HOME, value: /inner}
        - executable: {cmd: "inside $(var depth) $(env HOME)"}
    - executable: {cmd: "outside $(var depth) $(env HOME)"}
    - include:
        file: "$(dirname)/child.launch.yaml"
        arg: [{name: depth, value: two}]
    - executable: {cmd: "after $(var depth)"}
    - group:
        forwarding: false
        keep: [{name: depth, value: "$(var depth)"}]
        children:
          - executable: {cmd: "kept $(var depth)"}
    """)
    assert [process.command for process in description.processes] == [
        ("inside", "one", "/inner"),
        ("outside", "zero", "/home/me"),
        ("child", "two", str(files.folder)),
        ("after", "two"),
        ("kept", "two"),
    ]


def test_conditions_choose(files: Files) -> None:
    description = files.resolve("""
    - arg: {name: rviz, default: "false"}
    - executable: {cmd: a, if: "$(var rviz)"}
    - executable: {cmd: b, unless: "$(var rviz)"}
    """)
    assert [process.command for process in description.processes] == [("b",)]


def test_a_node_becomes_a_command_line_as_ros2_launch_makes_it(files: Files) -> None:
    (files.folder / "values.yaml").write_text("/**:\n  ros__parameters: {who: $(var n)}\n")
    node = files.only(
        """
    - arg: {name: n, default: "3"}
    - push_ros_namespace: {namespace: outer}
    - set_parameter: {name: use_sim_time, value: "true"}
    - set_remap: {from: /a, to: /b}
    - node:
        exec: /bin/true
        name: eye
        namespace: inner
        args: "--fast '$(var n)'"
        remap: [{from: c, to: "d$(var n)"}]
        param:
          - {name: whole, value: "$(var n)"}
          - {name: real, value: "$(var n)", type: float}
          - {name: text, value: "$(var n)", type: str}
          - {name: flag, value: true}
          - {name: names, value: "[a, b]"}
          - {name: items, value: "[$(var n), 4]"}
          - name: nested
            param:
              - {name: deep, param: [{name: value, value: 1.5}]}
          - {from: "$(dirname)/values.yaml", allow_substs: true}
          - {from: "$(dirname)/values.yaml"}
    """.replace("'$(var n)'", "$(var n)")
    )
    words = command_line(node, files.folder)
    assert words[:9] == [
        "/bin/true", "--fast", "3",
        "--ros-args", "-r", "__node:=eye", "-r", "__ns:=/outer/inner", "-p",
    ]  # fmt: skip
    assert words[9] == "use_sim_time:=true"
    assert words[-4:] == ["-r", "/a:=/b", "-r", "c:=d3"]
    written = [Path(words[i + 1]) for i, word in enumerate(words) if word == "--params-file"]
    values = [path.read_text() for path in written]
    assert "/outer/inner/eye:\n  ros__parameters:\n    whole: 3\n" in values[0]
    assert "real: 3.0" in values[1]
    assert "text: '3'" in values[2]
    assert "flag: true" in values[3]
    assert "names: '[a, b]'" in values[4]  # without a substitution, text stays text
    assert "items:\n    - 3\n    - 4\n" in values[5]
    assert "nested.deep.value: 1.5" in values[6]
    assert "{who: 3}" in values[7]
    assert written[8] == files.folder / "values.yaml"


def test_respawn_required_and_deadlines_are_read(files: Files) -> None:
    process = files.only("""
    - executable:
        cmd: sleep 1
        respawn: "true"
        respawn_delay: 0.5
        respawn_max_retries: 2
        on_exit: shutdown
        sigterm_timeout: 1.5
        sigkill_timeout: "2"
        env: [{name: A, value: "1"}]
    """)
    assert (process.respawn, process.respawn_delay_s, process.respawn_max_retries) == (True, 0.5, 2)
    assert (process.required, process.sigterm_timeout_s, process.sigkill_timeout_s) == (
        True, 1.5, 2.0,
    )  # fmt: skip
    assert process.environment == {**ENVIRONMENT, "A": "1"}


def test_timers_add_up_and_labels_are_unique(files: Files) -> None:
    description = files.resolve("""
    - executable: {cmd: echo}
    - timer:
        period: 1.0
        children:
          - timer: {period: "2", children: [{executable: {cmd: echo}}]}
          - shutdown: {reason: enough}
    """)
    assert [p.start_after_s for p in description.processes] == [0.0, 3.0]
    assert [p.label for p in description.processes] == ["echo-1", "echo-2"]
    assert description.shutdown is not None
    assert description.shutdown.after_s == 1.0


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("- nodee: {exec: a}", 2, "unknown tag 'nodee'. Did you mean 'node'?"),
        ("- executable: {cmd: a, nmae: b}", 2, "no attribute 'nmae'. Did you mean 'name'?"),
        ("- executable: {name: b}", 2, "'executable' has no 'cmd'"),
        (
            "- executable: {cmd: a, respawn: true}",
            2,
            "'respawn' of 'executable' is True. Give text",
        ),
        ("- executable: {cmd: a, respawn_delay: 2}", 2, "a number with a decimal point"),
        ("- executable:\n    cmd: a\n    on_exit: restart", 4, "'on_exit' is 'restart'"),
        ("- executable: {cmd: a, if: 'true', unless: 'true'}", 2, "both 'if' and 'unless'"),
        ("- executable: {cmd: \"a '$(dirname)'\"}", 2, "No closing quotation"),
        ("- node_container: {pkg: a}", 2, "this runner does not know 'node_container'"),
        ("- node: {pkg: no_such_package, exec: a}", 2, "'no_such_package' is not in the ament"),
        ("- include: {file: /no/such.launch.yaml}", 2, "/no/such.launch.yaml is missing"),
        ("- include: {file: /no/such.launch.py}", 2, "is not a YAML launch file"),
        ("- include: {file: $(filename)}", 2, "include each other"),
        ("- let: {name: a, value: 1}", 2, "'value' of 'let' is 1. Give text"),
        ("- node:\n    exec: a\n    param: [{name: b}]", 4, "either a value or nested parameters"),
        ("- node:\n    exec: a\n    param: [{from: /no/x.yaml}]", 4, "/no/x.yaml is missing"),
        ("- node:\n    exec: a\n    param: [{name: b, value: [1, a]}]", 4, "has the wrong type"),
        ("- node:\n    exec: a\n    param: [{name: b, value: 1, type: itn}]", 4, "type 'itn'"),
        ("- node:\n    exec: a\n    param: [{name: b, value: 1, type: float}]", 4, "wrong type"),
        ("- node:\n    exec: a\n    output: sreen", 4, "Did you mean 'screen'?"),
        ("- a: 1\n  b: 2", 2, "an item of this list is not one tag"),
        ("- log: {message: [}", 2, "is not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    files: Files, text: str, line: int, part: str
) -> None:
    message = files.error(text)
    assert message.startswith(f"{files.folder}/main.launch.yaml:{line}: ")
    assert part in message


def test_a_file_needs_the_root_launch(tmp_path: Path) -> None:
    path = tmp_path / "x.launch.yaml"
    path.write_text("lanch: []\n")
    with pytest.raises(LaunchError, match="Call the root 'launch'"):
        resolve(path)


def test_assignments_are_read_or_refused() -> None:
    assert parse_assignments(["a:=1", "b:=x:=y", "a:=2"]) == {"a": "2", "b": "x:=y"}
    for word in ("a=1", ":=1", "a:="):
        with pytest.raises(LaunchError, match="Write it as name:=value"):
            parse_assignments([word])


def test_show_args_lists_included_arguments_but_not_those_that_are_set(files: Files) -> None:
    files.write(
        '- arg: {name: inner, description: "of the child"}\n- arg: {name: fixed}',
        "child.launch.yaml",
    )
    text = describe(
        files.write("""
        - arg: {name: speed, default: "1.0", description: "how fast"}
        - include:
            file: "$(dirname)/child.launch.yaml"
            if: "false"
            arg: [{name: fixed, value: "1"}]
        """)
    )
    assert "'speed':\n        how fast\n        (default: '1.0')" in text
    assert "'inner':*\n        of the child" in text
    assert "fixed" not in text
