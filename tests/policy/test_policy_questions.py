import pytest

from ownconda.policy.glibc import Glibc, is_version
from ownconda.policy.hosts import Hosts
from ownconda.policy.requirements import RequiredPackages
from ownconda.policy.system_libraries import SystemLibraries


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("libc.so.6", True),
        ("/lib64/libc.so.6", True),
        ("**/libpthread.so.0", True),
        ("$RPATH/ld-linux-x86-64.so.2", True),
        ("libm.so*", True),
        ("libcuda.so.1", False),
        ("*/libcuda.so*", False),
        ("*", False),
        ("lib*", False),
        ("/usr/lib/libSystem.B.dylib", True),
        ("C:\\Windows\\System32\\KERNEL32.dll", True),
    ],
)
def test_entries_are_held_against_the_list(entry: str, *, allowed: bool) -> None:
    assert SystemLibraries().allow(entry) is allowed


def test_a_list_is_made_of_names_and_of_lists_that_have_a_name() -> None:
    libraries = SystemLibraries.of(["manylinux_2_28", "libcuda.so.1"])
    assert libraries.allow("libcuda.so.1")
    assert libraries.allow("libc.so.6")
    assert not SystemLibraries.of(["libcuda.so.1"]).allow("libz.so.1")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://zlib.net/x.tar.gz", True),
        ("https://ZLIB.net:443/x.tar.gz", True),
        ("https://ftp.gnu.org/x.tar.gz", True),
        ("https://zlib.net.example/x.tar.gz", False),
        ("https://zlib.net@elsewhere.example/x.tar.gz", False),
        ("https://[broken/x.tar.gz", True),
        ("apt-source:zlib/zlib.tar.gz", True),
    ],
)
def test_an_address_is_judged_by_its_host(url: str, *, allowed: bool) -> None:
    assert Hosts(allowed=("zlib.net", "*.gnu.org")).allows(url) is allowed


@pytest.mark.parametrize(
    ("wanted", "enough"),
    [(">=2.17", True), (">=2.28,<3", True), ("2.28.*", True), (">=2.34", False), ("<2.40,>=2.29", False), ("", True)],
)
def test_the_c_library_has_to_be_as_new_as_is_asked_for(wanted: str, *, enough: bool) -> None:
    assert Glibc(oldest="2.28").is_enough_for(wanted) is enough


def test_versions_are_compared_by_number() -> None:
    assert Glibc(oldest="2.28").is_enough_for(">=2.9")
    assert is_version("2.28")
    assert not is_version("new")


def test_patterns_name_what_is_forbidden_and_what_is_proposed() -> None:
    required = RequiredPackages(forbidden={"openssl1*": "old"}, replaced={"nose": "pytest"})
    assert required.reason_against("openssl1.1") == "old"
    assert required.reason_against("openssl") is None
    assert required.instead_of("nose") == "pytest"
