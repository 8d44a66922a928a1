"""The part of Python that ``$(eval ...)`` may use.

A launch file is data: an expression may compare, calculate and look at strings, but not import,
read files or reach an object's insides. So the syntax tree is walked and only known nodes pass.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any


class ExpressionError(ValueError):
    """An expression cannot be evaluated.

    Args:
        problem: what is wrong.
        cure: what to do about it.
    """

    def __init__(
        self,
        problem: str,
        cure: str = "Use comparisons, arithmetic, and/or/not and strings",
    ) -> None:
        self.cure = cure
        super().__init__(problem)


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: function
    for name, function in vars(math).items()
    if callable(function) and not name.startswith("_") and name not in ("factorial", "perm", "comb")
}
_FUNCTIONS.update(
    {f.__name__: f for f in (abs, bool, float, int, len, max, min, round, sorted, str, sum)}
)
_CONSTANTS = {
    "pi": math.pi,
    "e": math.e,
    "tau": math.tau,
    "inf": math.inf,
    "nan": math.nan,
}
_TEXT_METHODS = frozenset(
    (
        "lower",
        "upper",
        "strip",
        "lstrip",
        "rstrip",
        "split",
        "startswith",
        "endswith",
        "replace",
        "join",
        "count",
    )
)
_LONGEST = 2000


def evaluate_expression(text: str) -> Any:
    """Evaluate a small Python expression.

    Args:
        text: the expression, substitutions already performed.

    Returns:
        Its value.

    Raises:
        ExpressionError: it does not parse, uses what is not allowed, or fails.
    """
    if len(text) > _LONGEST:
        raise ExpressionError(f"is longer than {_LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _value(tree.body)
    except ExpressionError:
        raise
    except SyntaxError as error:
        raise ExpressionError(
            f"is not an expression ({error.msg})", "Quote the text values in it"
        ) from error
    except Exception as error:  # whatever the calculation itself raises is the file's fault
        raise ExpressionError(f"fails: {error}", "Correct the expression") from error


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.BoolOp):
        return _bool_op(node)
    if isinstance(node, ast.Compare):
        return _comparison(node)
    if isinstance(node, ast.IfExp):
        return _value(node.body) if _value(node.test) else _value(node.orelse)
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
        return _value(node.value)[_value(node.slice)]
    if isinstance(node, ast.Name):
        return _name(node.id)
    if isinstance(node, ast.Attribute) and _is_math(node.value) and node.attr in _CONSTANTS:
        return _CONSTANTS[node.attr]
    if isinstance(node, ast.Call) and not node.keywords:
        return _function(node.func)(*[_value(argument) for argument in node.args])
    raise ExpressionError(f"'{ast.unparse(node)}' is not allowed")


def _bool_op(node: ast.BoolOp) -> Any:
    stop_at = isinstance(node.op, ast.Or)
    value: Any = None
    for item in node.values:
        value = _value(item)
        if bool(value) is stop_at:
            break
    return value


def _comparison(node: ast.Compare) -> bool:
    left = _value(node.left)
    for how, right_node in zip(node.ops, node.comparators, strict=True):
        right = _value(right_node)
        if not _COMPARE[type(how)](left, right):
            return False
        left = right
    return True


def _name(name: str) -> Any:
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    raise ExpressionError(f"unknown name '{name}'", f"Quote it if it is text: '{name}'")


def _is_math(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "math"


def _function(node: ast.expr) -> Callable[..., Any]:
    if isinstance(node, ast.Name) and node.id in _FUNCTIONS:
        return _FUNCTIONS[node.id]
    if isinstance(node, ast.Attribute):
        if _is_math(node.value) and node.attr in _FUNCTIONS:
            return _FUNCTIONS[node.attr]
        owner = _value(node.value)
        if isinstance(owner, str) and node.attr in _TEXT_METHODS:
            method: Callable[..., Any] = getattr(owner, node.attr)
            return method
    raise ExpressionError(f"'{ast.unparse(node)}' is not a function that may be used")
