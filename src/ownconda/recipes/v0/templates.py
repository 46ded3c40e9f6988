"""Jinja templates in recipes: parsed by Jinja, and evaluated here, node by node.

Nothing of a template becomes a program: only the kinds of nodes that ``statements`` and ``expressions`` list are known,
only the filters, tests and methods of ``filters`` can be used, only a Function can be called, and all work is counted.
A name that nobody defines is empty text, as in conda-build's first pass, and is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.v0.expressions import value_of_node
from ownconda.recipes.v0.statements import write
from ownconda.recipes.v0.template_pieces import pieces
from ownconda.recipes.v0.template_runs import Run
from ownconda.recipes.v0.values import TemplateError


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The text that a template becomes, and what was found undefined in it: the reasons, and the lines."""

    text: str
    undefined: Mapping[str, int]


def evaluate(text: str, names: Mapping[str, object], *, file: Where) -> Evaluated:
    """Evaluate a template where names mean what ``names`` says.

    Raises WrongInputError with the line when it can't be parsed, isn't allowed, or asks for too much.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Evaluated(text=text, undefined={})
    run = Run(names=names)
    try:
        for piece in pieces(text):
            run.offset = piece.offset
            run.write(piece.text)
            write(run, piece.body)
    except TemplateSyntaxError as error:
        raise _fault(f"the template can't be understood: {error.message}", file, error.lineno) from error
    except RecursionError as error:
        raise _fault("the template is nested too deeply, or a macro calls itself", file, run.line) from error
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise _fault(f"the template can't be evaluated: {error}", file, run.line) from error
    return Evaluated(text="".join(run.written), undefined=run.undefined)


def value_of(expression: nodes.Expr, names: Mapping[str, object]) -> object:
    """Give the value of one expression.

    Raises TemplateError, or what Python raises, when it has none.
    """
    return value_of_node(Run(names=names), expression)


def _fault(what: str, file: Where, line: int) -> WrongInputError:
    return WrongInputError(what, where=Where(file=file.file, line=line))
