"""Pure Python around a C extension."""

import _answer


def answer():
    return _answer.answer()
