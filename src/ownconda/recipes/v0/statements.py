"""Statements of templates, carried out node by node; only the kinds listed at the end of this file are known."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.v0.expressions import filtered, value_of_node
from ownconda.recipes.v0.template_runs import Namespace, Run, items_of
from ownconda.recipes.v0.values import Function, TemplateError, Undefined, as_text


def write(run: Run, body: list[nodes.Node]) -> None:
    """Carry out statements one after the other. Raises TemplateError for one of a kind that isn't known."""
    for node in body:
        run.line = run.offset + node.lineno
        run.effort.spend()
        way = _STATEMENTS.get(type(node))
        if way is None:
            raise TemplateError(f"{{% {type(node).__name__.lower()} %}} isn't allowed in a recipe")
        way(run, node)


def _output(run: Run, node: nodes.Output) -> None:
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            run.write(part.data)
            continue
        run.line = run.offset + part.lineno
        value = value_of_node(run, part)
        if isinstance(value, Undefined):
            run.miss(value)
        text = as_text(value)
        run.effort.checked(text)
        run.write(text)


def _assign(run: Run, node: nodes.Assign) -> None:
    _bind(run, node.target, value_of_node(run, node.node))


def _assign_block(run: Run, node: nodes.AssignBlock) -> None:
    text: object = _captured(run, node.body)
    if node.filter is not None:
        text = filtered(run, node.filter, text)
    _bind(run, node.target, text)


def _if(run: Run, node: nodes.If) -> None:
    for branch in (node, *node.elif_):
        if value_of_node(run, branch.test):
            return write(run, branch.body)
    return write(run, node.else_)


def _for(run: Run, node: nodes.For) -> None:
    items = items_of(run, value_of_node(run, node.iter))
    if node.test is not None:
        items = [item for item in items if _kept(run, node, item)]
    for index, item in enumerate(items):
        run.effort.spend()
        run.scopes.append({"loop": _loop(items, index)})
        _bind(run, node.target, item)
        write(run, node.body)
        run.scopes.pop()
    if not items:
        write(run, node.else_)


def _kept(run: Run, node: nodes.For, item: object) -> bool:
    run.scopes.append({})
    _bind(run, node.target, item)
    kept = node.test is None or bool(value_of_node(run, node.test))
    run.scopes.pop()
    return kept


def _loop(items: list[object], index: int) -> Mapping[str, object]:
    length = len(items)
    return {
        "index": index + 1,
        "index0": index,
        "revindex": length - index,
        "revindex0": length - index - 1,
        "first": index == 0,
        "last": index == length - 1,
        "length": length,
        "previtem": items[index - 1] if index else Undefined("loop.previtem"),
        "nextitem": items[index + 1] if index + 1 < length else Undefined("loop.nextitem"),
    }


def _with(run: Run, node: nodes.With) -> None:
    values = [value_of_node(run, value) for value in node.values]
    run.scopes.append({})
    for target, value in zip(node.targets, values, strict=True):
        _bind(run, target, value)
    write(run, node.body)
    run.scopes.pop()


def _filter_block(run: Run, node: nodes.FilterBlock) -> None:
    run.write(as_text(filtered(run, node.filter, _captured(run, node.body))))


def _macro(run: Run, node: nodes.Macro) -> None:
    run.scopes[-1][node.name] = Function(partial(_call_macro, run, node))


def _call_macro(run: Run, node: nodes.Macro, *given: object, **named: object) -> str:
    run.effort.spend(10)
    scope = dict(zip([argument.name for argument in node.args], given, strict=False)) | named
    without = len(node.args) - len(node.defaults)
    for argument, default in zip(node.args[without:], node.defaults, strict=True):
        if argument.name not in scope:
            scope[argument.name] = value_of_node(run, default)
    outside, run.scopes = run.scopes, [run.scopes[0], scope]
    text = _captured(run, node.body)
    run.scopes = outside
    return text


def _captured(run: Run, body: list[nodes.Node]) -> str:
    outside, run.written = run.written, []
    run.scopes.append({})
    write(run, body)
    run.scopes.pop()
    text, run.written = "".join(run.written), outside
    return text


def _expression(run: Run, node: nodes.ExprStmt) -> None:
    value_of_node(run, node.node)


def _scope(run: Run, node: nodes.Scope) -> None:
    run.scopes.append({})
    write(run, node.body)
    run.scopes.pop()


def _bind(run: Run, target: nodes.Node, value: object) -> None:
    if isinstance(target, nodes.Name):
        run.scopes[-1][target.name] = value
    elif isinstance(target, nodes.NSRef):
        holder = run.meaning(target.name)
        if not isinstance(holder, Namespace):
            raise TemplateError(f"{target.name} is no namespace")
        holder.values[target.attr] = value
    elif isinstance(target, nodes.Tuple):
        values = items_of(run, value)
        if len(values) != len(target.items):
            raise TemplateError(f"{len(values)} values can't be put under {len(target.items)} names")
        for one, item in zip(target.items, values, strict=True):
            _bind(run, one, item)
    else:
        raise TemplateError("that can't be given a value")


_STATEMENTS: Mapping[type[nodes.Node], Callable[..., None]] = MappingProxyType(
    {
        nodes.Output: _output,
        nodes.Assign: _assign,
        nodes.AssignBlock: _assign_block,
        nodes.If: _if,
        nodes.For: _for,
        nodes.With: _with,
        nodes.FilterBlock: _filter_block,
        nodes.Macro: _macro,
        nodes.ExprStmt: _expression,
        nodes.Scope: _scope,
    }
)
