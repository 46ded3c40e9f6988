from typing import Any

import pytest
from making import index_fields, make_record

from ownconda.conda.records import compact_json, record_from_fields, record_from_json

FIELDS = index_fields("zlib", "1.0", build="h1_0") | {"sha256": "0" * 64, "md5": "0" * 32, "size": 9}


def test_a_record_is_read_back_from_what_it_holds() -> None:
    record = make_record("zlib", depends=["libc >=2"], constrains=["x"], license="Zlib", more={"kept": [1, None]})
    assert record_from_json(record.json, file_name=record.file_name, run_exports=record.run_exports) == record
    assert '"more":{"kept":[1,null]}' in record.json
    assert record.path == "linux-64/zlib-1.0-h1_0.conda"


def test_the_json_that_is_stored_has_one_form() -> None:
    assert compact_json({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": ""},
        {"version": 1.0},
        {"depends": "libc"},
        {"depends": [1]},
        {"build_number": "x"},
        {"build_number": True},
        {"build_number": -1},
        {"build_number": 2**63},
        {"timestamp": 10**30},
        {"timestamp": 1.5},
        {"size": "9"},
        {"license": 5},
        {"noarch": 5},
        {"license": "\ud800"},
        {"x": float("nan")},
    ],
)
def test_a_field_that_no_package_may_have_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        record_from_fields(FIELDS | wrong, file_name="zlib-1.0-h1_0.conda", run_exports={})
