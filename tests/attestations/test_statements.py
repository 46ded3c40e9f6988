import json

import pytest

from ownconda.attestations.statements import PUBLISH, Statement, Subject, publish_statement, read_statement

SUBJECT = Subject(name="zlib-1.3-h1_0.conda", sha256="ab" * 32)


def test_a_publish_statement_is_as_cep_27_has_it() -> None:
    assert json.loads(publish_statement(SUBJECT, "https://forge.example/conda/testing/").json) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "zlib-1.3-h1_0.conda", "digest": {"sha256": "ab" * 32}}],
        "predicateType": "https://schemas.conda.org/attestations/publish/v1",
        "predicate": {"targetChannel": "https://forge.example/conda/testing"},
    }


def test_what_is_written_is_read_back() -> None:
    statement = publish_statement(SUBJECT, "https://forge.example/conda/testing")
    assert read_statement(statement.json) == statement
    bare = Statement(subject=SUBJECT, predicate_type=PUBLISH, predicate=None)
    assert read_statement(bare.json) == bare
    assert bare.target_channel == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "_type"),
        ({"subject": []}, "about one file"),
        ({"subject": [{"name": "a", "digest": {"sha256": "ab" * 32}}] * 2}, "about one file"),
        ({"subject": [{"name": "a", "digest": {"sha256": "AB" * 32}}]}, "sha256"),
        ({"subject": [{"name": "a"}]}, "sha256"),
        ({"predicateType": ""}, "predicateType"),
        ({"predicate": ["targetChannel"]}, "predicate"),
    ],
)
def test_what_is_no_statement_about_one_file_is_refused(change: dict[str, object], told: str) -> None:
    fields = json.loads(publish_statement(SUBJECT, "https://forge.example/conda/testing").json)
    with pytest.raises(ValueError, match=told):
        read_statement(json.dumps(fields | change).encode())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"\xff"', b"[" * 100_000])
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        read_statement(content)
