import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ownconda.access.actions import Action
from ownconda.access.callers import Caller, Scope
from ownconda.access.token_table import TokenTable
from ownconda.access.tokens import EVERYTHING, hash_of, make_token
from ownconda.errors import WrongInputError
from ownconda.wires.database import open_database
from ownconda.wires.database_server import Server


@pytest.fixture
def engine(tmp_path: Path, database: Server | None) -> Iterator[Engine]:
    made = open_database(database or tmp_path / "tokens.sqlite")
    yield made
    made.dispose()


@pytest.fixture
def in_a_file(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(tmp_path / "tokens.sqlite")
    yield made
    made.dispose()


def test_a_token_is_found_by_its_text_alone(engine: Engine) -> None:
    table = TokenTable(engine)
    (mine, token), (_, other) = make_token("mine", at=1), make_token("other", at=2)
    table.add(token)
    table.add(other)
    assert [table.find(text) for text in (mine, mine[:-1], "", token.sha256)] == [token, None, None, None]


def test_two_tokens_are_never_the_same() -> None:
    assert make_token("a", at=1)[0] != make_token("a", at=1)[0]


def test_a_token_is_one_that_conda_takes_within_an_address() -> None:
    assert re.fullmatch(r"[a-zA-Z0-9-]+", make_token("a", at=1)[0])


def test_only_a_hash_is_kept(in_a_file: Engine, tmp_path: Path) -> None:
    engine = in_a_file
    text, token = make_token("ci", at=1)
    TokenTable(engine).add(token)
    assert text.encode() not in (tmp_path / "tokens.sqlite").read_bytes()
    assert token.sha256 == hash_of(text)


def test_tokens_are_read_back_by_another_table(engine: Engine) -> None:
    scope = Scope(may=frozenset({Action.UPLOAD}), channels=("testing",), names=("own_*",))
    ann = Caller(name="ann", principals=frozenset({"person:ann", "group:packagers"}))
    tokens = [
        make_token("ci", at=1, expires=9, scope=scope, author="ann")[1],
        make_token("ann", at=2, stands_for=ann)[1],
    ]
    for token in tokens:
        TokenTable(engine).add(token)
    assert list(TokenTable(engine).all()) == tokens


def test_a_tokens_name_is_its_own_but_somebody_may_have_several_that_stand_for_them(engine: Engine) -> None:
    table, ann = TokenTable(engine), Caller(name="ann", principals=frozenset({"person:ann"}))
    table.add(make_token("ci", at=1)[1])
    with pytest.raises(WrongInputError, match="a token 'ci' already"):
        table.add(make_token("ci", at=2)[1])
    for at in (1, 2):
        table.add(make_token("ann", at=at, stands_for=ann)[1])
    assert len(table.all()) == 3


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
    assert (running.find(second), running.find(first), running.find("own-guess")) == (added, token, None)


def test_a_revoked_token_is_none_any_more(engine: Engine) -> None:
    table, (text, token) = TokenTable(engine), make_token("lost", at=1)
    table.add(token)
    table.revoke([token.sha256])
    assert (table.find(text), list(table.all())) == (None, [])


def test_only_expired_tokens_are_forgotten(engine: Engine) -> None:
    table = TokenTable(engine)
    for name, expires in (("old", 5), ("new", 50), ("lasting", 0)):
        table.add(make_token(name, at=1, expires=expires)[1])
    assert table.forget_expired(5) == 1
    assert {token.name for token in table.all()} == {"new", "lasting"}


def test_tokens_of_an_older_forge_may_still_do_everything(in_a_file: Engine, tmp_path: Path) -> None:
    engine = in_a_file
    with closing(sqlite3.connect(tmp_path / "tokens.sqlite")) as older, older:
        older.execute("CREATE TABLE tokens (name TEXT PRIMARY KEY, sha256 TEXT, created INTEGER, may TEXT)")
        older.execute("INSERT INTO tokens VALUES ('init', ?, 7, 'write')", [hash_of("own_older")])
    found = TokenTable(engine).find("own_older")
    assert found is not None
    assert (found.name, found.scope, found.expires, TokenTable(engine).find("own_older")) == (
        "init",
        EVERYTHING,
        0,
        found,
    )
