import pytest

from ownconda.conda.machines import VirtualPackage, default_machine, machines_for, read_machine
from ownconda.errors import WrongInputError


def test_a_machine_is_a_subdir_and_its_virtual_packages() -> None:
    gpu = read_machine("gpu", "linux-64", ["__glibc=2.28", "__cuda=12.4", "__archspec=1=x86_64"])

    assert gpu.virtual("__glibc") == VirtualPackage(name="__glibc", version="2.28")
    assert gpu.virtual("__archspec") == VirtualPackage(name="__archspec", version="1", build="x86_64")
    assert [str(one) for one in gpu.virtual_packages] == [
        "__unix=0",
        "__linux=0",
        "__glibc=2.28",
        "__cuda=12.4",
        "__archspec=1=x86_64",
    ]


def test_a_machine_has_no_c_library_unless_it_is_said() -> None:
    assert read_machine("musl", "linux-64", []).virtual("__glibc") is None


@pytest.mark.parametrize(
    ("subdir", "names"),
    [
        ("linux-64", ["__unix=0", "__linux=0", "__glibc=2.999", "__archspec=1=x86_64"]),
        ("linux-aarch64", ["__unix=0", "__linux=0", "__glibc=2.999", "__archspec=1=aarch64"]),
        ("osx-arm64", ["__unix=0", "__osx=999", "__archspec=1=m1"]),
        ("win-64", ["__win=0", "__archspec=1=x86_64"]),
    ],
)
def test_a_subdir_has_a_default(subdir: str, names: list[str]) -> None:
    assert [str(one) for one in default_machine(subdir).virtual_packages] == names


def test_all_that_is_wrong_with_a_machine_is_told_together() -> None:
    with pytest.raises(WrongInputError) as caught:
        read_machine("gpu", "linux-46", ["cuda=12", "__glibc=", "__cuda=1 2", "__osx=11", "__osx=12", "__a=1=b=c"])

    assert str(caught.value).splitlines() == [
        "gpu: 'linux-46' isn't the subdir of a machine",
        "gpu: cuda=12: isn't a virtual package",
        "gpu: __glibc=: isn't a virtual package",
        "gpu: __cuda=1 2: '1 2' isn't a version",
        "gpu: __osx=12: __osx is there twice",
        "gpu: __a=1=b=c: isn't a virtual package",
    ]
    assert caught.value.problems[0].hint == "did you mean linux-64?"


def test_a_subdir_without_a_profile_gets_its_default() -> None:
    gpu = read_machine("gpu", "linux-64", ["__cuda=12"])

    assert [one.name for one in machines_for(["linux-64", "win-64", "noarch"], [gpu])] == ["gpu", "win-64"]


def test_a_default_machine_of_linux_has_the_c_library_that_is_said() -> None:
    found = machines_for(["linux-64", "osx-64"], [], glibc="2.28")

    assert [[str(one) for one in machine.virtual_packages if one.name == "__glibc"] for machine in found] == [
        ["__glibc=2.28"],
        [],
    ]


def test_there_is_always_a_machine() -> None:
    assert [one.name for one in machines_for([], [])] == ["linux-64"]
