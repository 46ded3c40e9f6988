import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from ownconda.access.token_table import TokenTable
from ownconda.access.tokens import WRITE, find_token, hash_of, make_token
from ownconda.errors import WrongInputError


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'tokens.sqlite'}")
    yield made
    made.dispose()


def test_a_token_is_found_by_its_text_alone() -> None:
    (mine, token), (_, other) = make_token("mine", at=1), make_token("other", at=2)
    assert find_token([other, token], mine) == token
    assert find_token([other, token], mine[:-1]) is None
    assert find_token([other, token], "") is None
    assert find_token([], mine) is None


def test_two_tokens_are_never_the_same() -> None:
    assert make_token("a", at=1)[0] != make_token("a", at=1)[0]


def test_a_token_is_one_that_conda_takes_within_an_address() -> None:
    assert re.fullmatch(r"[a-zA-Z0-9-]+", make_token("a", at=1)[0])


def test_only_a_hash_is_kept(engine: Engine, tmp_path: Path) -> None:
    text, token = make_token("ci", at=1)
    TokenTable(engine).add(token)
    assert text.encode() not in (tmp_path / "tokens.sqlite").read_bytes()
    assert token.sha256 == hash_of(text)


def test_tokens_are_read_back_by_another_table(engine: Engine) -> None:
    _, token = make_token("ci", at=1, may=[WRITE])
    TokenTable(engine).add(token)
    assert list(TokenTable(engine).all()) == [token]


def test_a_tokens_name_is_its_own(engine: Engine) -> None:
    table = TokenTable(engine)
    table.add(make_token("ci", at=1)[1])
    with pytest.raises(WrongInputError, match="a token 'ci' already"):
        table.add(make_token("ci", at=2)[1])


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[31m"])
def test_a_token_has_a_name_that_can_be_read(name: str) -> None:
    with pytest.raises(WrongInputError, match="can't be a token's name"):
        make_token(name, at=1)


def test_a_token_that_another_process_adds_is_known_at_once(engine: Engine) -> None:
    running, other = TokenTable(engine), TokenTable(engine)
    first, token = make_token("first", at=1)
    running.add(token)
    assert running.find(first) == token
    second, added = make_token("second", at=2)
    other.add(added)
    assert (running.find(second), running.find(first), running.find("own_guess")) == (added, token, None)
