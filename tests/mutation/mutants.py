"""Small faults that can be put into the functions of a module, one at a time."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
NARROWING = {"filter", "exclude", "order_by", "distinct"}  # links of a chain that can be left out
CONDITIONS = {"filter", "exclude", "Q"}  # calls of which each condition can be left out
NO_CONTEXT = "__import__('contextlib').nullcontext()"


class Mutant(NamedTuple):
    lines: range
    name: str  # in words that stay the same when lines move
    source: str  # the whole module's, with the fault


def mutants_of(source: str) -> Iterator[Mutant]:
    text, lines = source.encode(), source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    for where, node, new in _faults(ast.parse(source), []):
        start, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        name = f"{'.'.join(where)}: {' '.join(text[start:end].decode().split())} -> {new}"
        changed = (text[:start] + new.encode() + text[end:]).decode()
        yield Mutant(range(node.lineno, node.end_lineno + 1), name, changed)


def _faults(
    node: ast.AST, where: list[str], in_function: bool = False
) -> Iterator[tuple[list[str], ast.AST, str]]:
    """Yield where each fault is, the part of the tree that it replaces, and by what."""
    if isinstance(node, ast.JoinedStr):
        return  # before Python 3.12, the parts of an f-string have no positions
    if in_function:
        yield from ((where, part, new) for part, new in _replacements(node))
    children: list[ast.AST] = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        where, children = (
            [*where, node.name],
            node.body,
        )  # without decorators and defaults, which are evaluated once
    elif isinstance(node, ast.Lambda):
        children = [node.body]
    elif isinstance(node, ast.Assign) and not where:
        where = [ast.unparse(node.targets[0])]
    for child in children:
        yield from _faults(child, where, in_function or isinstance(node, ast.FunctionDef | ast.Lambda))


def _replacements(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    yield from ((node, new) for new in _instead_of(node))
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.comprehension(ifs=[test]):
            if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield test, f"(not {ast.unparse(test)})"
        case ast.withitem(context_expr=context, optional_vars=None):
            yield context, NO_CONTEXT


def _instead_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for number, operator in enumerate(ops):
                for other in COMPARISONS[type(operator)]:
                    yield _text(ast.Compare(left, [*ops[:number], other(), *ops[number + 1 :]], others))
            if len(ops) > 1:
                yield _text(ast.Compare(left, ops[:-1], others[:-1]))
                yield _text(ast.Compare(others[0], ops[1:], others[1:]))
        case ast.BoolOp(
            op=operator, values=values
        ):  # tests that notice each missing operand also notice "or" for "and"
            for number in range(len(values)):
                rest = [*values[:number], *values[number + 1 :]]
                yield _text(ast.BoolOp(operator, rest) if len(rest) > 1 else rest[0])
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield _text(operand)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right) | ast.IfExp(body=left, orelse=right):
            yield from (_text(left), _text(right))
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in ARITHMETIC:
            yield _text(ast.BinOp(left, ARITHMETIC[type(operator)](), right))
        case ast.AugAssign(target=target, op=operator, value=value) if type(operator) in ARITHMETIC:
            yield ast.unparse(ast.AugAssign(target, ARITHMETIC[type(operator)](), value))
        case ast.Constant(value=bool() as value):
            yield repr(not value)
        case ast.Constant(value=int() | float() as value):
            yield repr(value + 1)
        case ast.Subscript(value=value, slice=ast.Slice()):
            yield _text(value)
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=args, keywords=keywords):
            yield _text(ast.Call(ast.Name("max" if name == "min" else "min"), args, keywords))
        case ast.Call(func=ast.Attribute(attr=name, value=chain)) if name in NARROWING:
            yield _text(chain)
            yield from _with_less(node) if name in CONDITIONS else ()
        case ast.Call(func=ast.Name(id=name)) if name in CONDITIONS:
            yield from _with_less(node)
        case ast.Expr(value=ast.Constant() | ast.Yield() | ast.Call(func=ast.Attribute(value=ast.Name("logger")))):
            pass
        case ast.Expr() | ast.Raise() | ast.Continue() | ast.Break():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield "pass"
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "return None"


def _with_less(call: ast.Call) -> Iterator[str]:
    arguments = [*call.args, *call.keywords]
    for left_out in arguments if len(arguments) > 1 else []:
        args = [argument for argument in call.args if argument is not left_out]
        keywords = [keyword for keyword in call.keywords if keyword is not left_out]
        yield _text(ast.Call(call.func, args, keywords))


def _text(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"
