"""The language of filters: small, read by Python's own parser, turned into SQL piece by piece.

Nothing of what was typed gets into the SQL: names are looked up, values travel as parameters.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan

from twinseg.core.errors import ConfigError
from twinseg.core.words import amount
from twinseg.view.columns import Column, Columns

_LONGEST, _DEEPEST = 2000, 40  # characters; steps into each other
_MATHS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARED: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "=",
    ast.NotEq: "<>",
}
_FUNCTIONS = {"min": "least", "max": "greatest", "abs": "abs"}
_TAKES = {
    "min": "two values or more",
    "max": "two values or more",
    "abs": "one value",
    "contains": "a text and a part of it",
    "median": "a column, and a condition if not all cases count",
    "quantile": "a column and a share from 0 to 1, and a condition if not all cases count",
}
FLAGGED = "flagged"
_HELP = "below the field stands what a filter may say"


@dataclass
class Sql:
    """A piece of SQL.

    Attributes:
        text: With a question mark for each value.
        values: In the order of the question marks.
        columns: That it reads.
    """

    text: str = ""
    values: list[object] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)


def to_sql(text: str, columns: Columns, name_of: Callable[[Column], str]) -> Sql:
    """Turn an expression into SQL.

    Args:
        text: Such as ``dice.first < 0.5 and foreground_share < 0.03``.
        columns: That it may name.
        name_of: Returns what a column is called in SQL.

    Raises:
        ConfigError: If it is none; one line says what to do.
    """
    if len(text) > _LONGEST:
        raise ConfigError(f"the expression has {len(text)} characters; at most {_LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        said = getattr(error, "msg", "") or "too long"
        raise ConfigError(f"{_short(text)} cannot be read: {said}; {_HELP}") from error
    found = Sql()
    found.text = _Translation(columns, name_of, found).of(tree, 0)
    return found


@dataclass
class _Translation:
    columns: Columns
    name_of: Callable[[Column], str]
    into: Sql

    def of(self, node: ast.AST, depth: int) -> str:
        if depth > _DEEPEST:
            raise ConfigError(f"the expression is nested more than {_DEEPEST} times")
        for kind, translate in self._known.items():
            if isinstance(node, kind):
                return translate(node, depth + 1)
        raise ConfigError(f"{_short(ast.unparse(node))} cannot be used in a filter; {_HELP}")

    @property
    def _known(self) -> Mapping[type[ast.AST], Callable[..., str]]:
        return {
            ast.BoolOp: self._boolean,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._maths,
            ast.Compare: self._comparison,
            ast.Call: self._call,
            ast.Name: self._name,
            ast.Attribute: self._score,
            ast.Subscript: self._score,
            ast.Constant: self._constant,
        }

    def _boolean(self, node: ast.BoolOp, depth: int) -> str:
        word = " AND " if isinstance(node.op, ast.And) else " OR "
        return "(" + word.join(self.of(part, depth) for part in node.values) + ")"

    def _unary(self, node: ast.UnaryOp, depth: int) -> str:
        inside = self.of(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return f"(NOT {inside})"
        if isinstance(node.op, ast.USub):
            return f"(- {inside})"
        raise ConfigError(f"{_short(ast.unparse(node))} cannot be used in a filter; {_HELP}")

    def _maths(self, node: ast.BinOp, depth: int) -> str:
        sign = _MATHS.get(type(node.op))
        if sign is None:
            raise ConfigError(f"{_short(ast.unparse(node))}: use + - * or /; {_HELP}")
        left, right = self.of(node.left, depth), self.of(node.right, depth)
        return f"({left} {sign} nullif({right}, 0))" if sign == "/" else f"({left} {sign} {right})"

    def _comparison(self, node: ast.Compare, depth: int) -> str:
        parts, left = [], node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._compared(left, operator, right, depth))
            left = right
        return "(" + " AND ".join(parts) + ")"

    def _compared(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, depth: int) -> str:
        one = self.of(left, depth)
        if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.List | ast.Tuple):
            if not right.elts:
                raise ConfigError("in [] holds of nothing; name some values")
            some = ", ".join(self.of(value, depth) for value in right.elts)
            return f"{one} {'NOT ' * isinstance(operator, ast.NotIn)}IN ({some})"
        sign = _COMPARED.get(type(operator))
        if sign is None:
            raise ConfigError(f"{_short(ast.unparse(right))}: use < <= > >= == != or in; {_HELP}")
        return f"{one} {sign} {self.of(right, depth)}"

    def _call(self, node: ast.Call, depth: int) -> str:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in _TAKES:
            known = ", ".join(_TAKES)
            raise ConfigError(f"no function is called {_short(name)}; there are {known}")
        if node.keywords:
            raise ConfigError(f"{name} takes values alone, without names")
        if name in ("median", "quantile"):
            return self._of_all_cases(name, node.args, depth)
        values = [self.of(value, depth) for value in node.args]
        if (name in ("min", "max") and len(values) > 1) or (name == "abs" and len(values) == 1):
            return f"{_FUNCTIONS[name]}({', '.join(values)})"
        if name == "contains" and len(values) == 2:
            return f"contains(lower({values[0]}), lower({values[1]}))"
        raise ConfigError(f"{name} takes {_TAKES[name]}, got {amount(len(values), 'value')}")

    def _of_all_cases(self, name: str, values: Sequence[ast.expr], depth: int) -> str:
        """Return what cuts off a share of all cases there are, whatever the filter finds."""
        shares = [0.5] if name == "median" else [_share(value) for value in values[1:2]]
        fewest = 1 if name == "median" else 2
        if not fewest <= len(values) <= fewest + 1 or not 0 <= shares[0] <= 1:
            raise ConfigError(f"{name} takes {_TAKES[name]}")
        of, *counting = (self.of(one, depth) for one in (values[0], *values[fewest:]))
        where = f" WHERE {counting[0]}" if counting else ""
        return f"(SELECT quantile_cont({of}, {shares[0]!r}) FROM cases{where})"

    def _name(self, node: ast.Name, _depth: int) -> str:
        if node.id == FLAGGED:
            return '("case" IN (SELECT "case" FROM flags))'
        return self._column(node.id, "")

    def _score(self, node: ast.Attribute | ast.Subscript, _depth: int) -> str:
        if isinstance(node.value, ast.Name):
            if isinstance(node, ast.Attribute):
                return self._column(node.value.id, node.attr)
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                return self._column(node.value.id, node.slice.value)
        raise ConfigError(
            f"{_short(ast.unparse(node))} is no score; write dice.first or dice['a model']"
        )

    def _column(self, metric: str, model: str) -> str:
        column = self.columns.find(metric, model)
        self.into.columns.append(column)
        return self.name_of(column)

    def _constant(self, node: ast.Constant, _depth: int) -> str:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
            raise ConfigError(f"{_short(repr(node.value))} is neither a number nor a text")
        if isinstance(node.value, int) and abs(node.value) > 2**62:
            raise ConfigError(f"{_short(str(node.value))} is too large a number")
        self.into.values.append(node.value)
        return "?"


def _share(value: ast.expr) -> float:
    """Return a number that was typed; NaN if it is none."""
    number = value.value if isinstance(value, ast.Constant) else None
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    return float(number) if is_number and isinstance(number, int | float) else nan


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
