from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.settings.loading import load, origins, unknown_variables


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def refusal(project: Path, content: bytes | str) -> WrongInputError:
    (project / "ownconda.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(WrongInputError) as caught:
        load(project, {})
    return caught.value


def test_a_file_that_is_not_utf_8_is_named_with_the_line(project: Path) -> None:
    assert str(refusal(project, b"# one\nca_file = '\xff'")) == f"{project}/ownconda.toml:2: isn't UTF-8"


def test_broken_toml_is_named_with_the_line(project: Path) -> None:
    assert f"{project}/ownconda.toml:2: isn't TOML: " in str(refusal(project, "[forge]\nurl = nothing\n"))


def test_a_file_that_may_not_be_read_is_named(project: Path) -> None:
    (project / "ownconda.toml").symlink_to("/proc/self/mem")
    with pytest.raises(WrongInputError, match=r"ownconda.toml: can't be read"):
        load(project, {})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[forge]\nurl = 5", "forge.url: a string is meant, not 5"),
        ("[sources]\nmirrors = [1, 2]", "sources.mirrors: a list of strings is meant, not [1, 2]"),
        ('channels = "stable"', "channels: a list of strings is meant, not 'stable'"),
        ("[forge]\ntoken = ['own_secret']", "forge.token: a string is meant, not this"),
        ("offline = 'yes'", "offline: true or false is meant, not 'yes'"),
        ("ca_file = true", "ca_file: a string is meant, not True"),
        ("[farm]\njobs = '500'", "farm.jobs: a whole number is meant, not '500'"),
        ("[farm]\nneeds = true", "farm.needs: a whole number is meant, not True"),
        ('[forge.url]\nx = "y"', "forge.url: a string is meant, not {'x': 'y'}"),
        ('forge = "http://x.invalid"', "forge: there is no such setting"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(project: Path, content: str, told: str) -> None:
    assert str(refusal(project, content)) == f"{project}/ownconda.toml: {told}"


def test_an_unknown_setting_is_told_the_nearest_one(project: Path) -> None:
    error = refusal(project, "[build]\nouput = 'x'")
    assert error.problems[0].hint == "did you mean build.output?"


def test_all_faults_are_told_together_each_with_the_file_that_holds_it(project: Path, tmp_path: Path) -> None:
    users = tmp_path / "home" / ".config" / "ownconda"
    users.mkdir(parents=True)
    (users / "ownconda.toml").write_text("nix = 1\n[forge]\nurl = 5")
    (project / "ownconda.toml").write_text("ca_file = 6")
    with pytest.raises(WrongInputError) as caught:
        load(project, {"HOME": str(tmp_path / "home")})
    assert [str(problem).partition(": ")[0] for problem in caught.value.problems] == [
        f"{users}/ownconda.toml",
        f"{users}/ownconda.toml",
        f"{project}/ownconda.toml",
    ]


def test_paths_of_a_file_are_relative_to_it_and_names_may_have_dashes(project: Path) -> None:
    (project / "ownconda.toml").write_text('ca-file = "ca.pem"\n[build]\nvariants = ["v.yaml"]')
    (project / "below").mkdir()
    settings = load(project / "below", {})
    assert settings.ca_file == project / "ca.pem"
    assert settings.build.variants == [project / "v.yaml"]


def test_variables_come_from_the_environment_that_is_given(project: Path) -> None:
    settings = load(project, {"OWNCONDA_CHANNELS": "a,http://b.invalid", "OWNCONDA_CA_FILE": ""})
    assert settings.channels == ["a", "http://b.invalid"]
    assert settings.ca_file is None


def test_an_empty_variable_empties_a_text(project: Path) -> None:
    (project / "ownconda.toml").write_text('[sources]\ndebian = "trixie"')
    found = {one.name: one for one in origins(project, {"OWNCONDA_SOURCES_DEBIAN": ""})}["sources.debian"]
    assert (found.value, found.source) == ("", "OWNCONDA_SOURCES_DEBIAN")


def test_a_variable_for_a_number_has_to_be_one(project: Path) -> None:
    assert load(project, {"OWNCONDA_FARM_JOBS": "40"}).farm.jobs == 40
    with pytest.raises(WrongInputError, match=r"^OWNCONDA_FARM_JOBS: a whole number is meant, not 'many'$"):
        load(project, {"OWNCONDA_FARM_JOBS": "many"})


def test_an_unknown_variable_is_told_the_nearest_one() -> None:
    [problem] = unknown_variables(
        {"OWNCONDA_FORGE_ULR": "x", "OWNCONDA_FORGE_URL": "y", "_OWNCONDA_COMPLETE": "bash_source", "PATH": "/bin"}
    )
    assert str(problem) == "OWNCONDA_FORGE_ULR: is no setting, it is ignored"
    assert problem.hint == "did you mean OWNCONDA_FORGE_URL?"


def test_a_switch_is_on_or_off(project: Path) -> None:
    (project / "ownconda.toml").write_text("offline = true")
    assert load(project, {}).offline
    assert not load(project, {"OWNCONDA_OFFLINE": "no"}).offline
    assert load(project, {"OWNCONDA_OFFLINE": ""}).offline
    with pytest.raises(WrongInputError, match="OWNCONDA_OFFLINE: true or false is meant, not 'maybe'"):
        load(project, {"OWNCONDA_OFFLINE": "maybe"})


@pytest.mark.parametrize(("said", "meant"), [("off", "off"), ("kept", "{project}/kept"), ("/srv/kept", "/srv/kept")])
def test_the_render_cache_is_a_folder_or_off(project: Path, said: str, meant: str) -> None:
    (project / "ownconda.toml").write_text(f'[build]\nrender_cache = "{said}"')
    assert load(project / "deeper", {}).build.render_cache == meant.format(project=project)
    assert load(project, {"OWNCONDA_BUILD_RENDER_CACHE": said}).build.render_cache == said


def test_folders_among_the_mirrors_of_a_file_are_relative_to_it(project: Path) -> None:
    mirrors = '["archives", "/srv/a", "https://mirror.invalid/x", "file:///srv/b"]'
    (project / "ownconda.toml").write_text(f"[sources]\nmirrors = {mirrors}")
    (project / "deeper").mkdir()
    assert load(project / "deeper", {}).sources.mirrors == [
        f"{project}/archives", "/srv/a", "https://mirror.invalid/x", "file:///srv/b",
    ]  # fmt: skip
