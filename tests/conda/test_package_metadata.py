import json
from typing import Any

import pytest
from making import index_fields as builders_fields

from ownconda.conda.package_metadata import DEEPEST, index_fields, run_export_fields


def written(**fields: object) -> bytes:
    return json.dumps(builders_fields("zlib", "1.0", build="h1_0") | fields).encode()


def nested(levels: int) -> Any:  # noqa: ANN401  (JSON)
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("build_number", -1),
        ("build_number", "3"),
        ("build_number", True),
        ("build_number", 1.5),
        ("timestamp", "5"),
        ("license", 5),
        ("license", {}),
        ("noarch", 5),
        ("noarch", "ruby"),
        ("track_features", 5),
        ("features", []),
        ("platform", 5),
        ("arch", [1]),
        ("purls", "x"),
        ("extra_depends", "x"),
        ("extra_depends", {"test": ["@@ >>"]}),
        ("legacy_bz2_md5", 5),
        ("legacy_bz2_size", "x"),
        ("python_site_packages_path", 5),
        ("version", "1..2"),
        ("version", "!"),
        ("version", "1!2!3"),
        ("version", "_"),
        ("depends", None),
        ("depends", ["@@@ >>> 5"]),
        ("depends", [""]),
        ("depends", ["foo >=1 <2"]),
        ("constrains", ["!!"]),
        ("run_exports", {"weak": 5}),
    ],
)
def test_a_field_that_no_client_could_read_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{field}|^weak"):
        index_fields(written(**{field: value}))


@pytest.mark.parametrize(
    "fields",
    [
        {
            "depends": [
                "python >=3.13,<3.14.0a0",
                "libc 2.* *_0",
                "numpy * ^py3.*$",
                "x[version='>=1']",
                "foo =1.0=h*",
            ]
        },
        {"noarch": True},
        {"noarch": "generic", "features": None, "license": None},
        {"track_features": ["a", "b"]},
        {"purls": ["pkg:pypi/zlib"], "legacy_bz2_md5": "ab" * 16, "legacy_bz2_size": 5},
        {"more": {"kept": nested(DEEPEST - 4)}},
    ],
)
def test_what_clients_can_read_is_taken_as_it_is(fields: dict[str, Any]) -> None:
    assert index_fields(written(**fields)).items() >= fields.items()


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (b"1" + b"0" * 30, "more than 64 bits"),
        (b"1e999", "infinite"),
        (b"NaN", "isn't JSON"),
        (json.dumps(nested(DEEPEST)).encode(), "levels deep"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'"\\ud800"', "surrogates"),
    ],
)
def test_a_value_that_no_index_can_hold_is_refused_wherever_it_is(value: bytes, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        index_fields(b'{"more": ' + value + b"," + written()[1:])


def test_what_a_channel_tells_of_a_package_is_not_the_packages_to_say() -> None:
    said = dict.fromkeys(["base_url", "channel", "fn", "indexed_timestamp", "md5", "sha256", "size", "url"], "x")
    assert index_fields(written(**said)) == index_fields(written())


def test_run_exports_are_read_when_clients_can() -> None:
    assert run_export_fields(b'{"weak": ["zlib >=1"]}') == {"weak": ["zlib >=1"]}


@pytest.mark.parametrize("content", [b"[1]", b'"x"', b'{"weak": 5}', b'{"weak": ["@@ >>"]}', b'{"strong": "x"}'])
def test_other_run_exports_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"object|weak|strong"):
        run_export_fields(content)
