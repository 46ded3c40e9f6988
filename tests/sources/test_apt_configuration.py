from ownconda.sources.places.apt_configuration import (
    Archive,
    debian_archive,
    parse_deb822,
    parse_one_line,
    sources_file,
)

DEB822 = """\
# comment
Types: deb
URIs: https://other.invalid/apt
Suites: nodistro
Components: main

Types: deb
# snapshot: elsewhere
URIs: https://mirror.invalid/debian
 https://second.invalid/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
URIs: https://off.invalid/debian
Suites: bookworm
"""


def test_the_archive_of_the_machine_s_own_release_is_chosen_with_its_trust() -> None:
    archive = debian_archive(parse_deb822(DEB822), "bookworm")
    assert archive is not None
    assert sources_file(archive, "trixie") == (
        "Types: deb-src\n"
        "URIs: https://mirror.invalid/debian https://second.invalid/debian\n"
        "Suites: trixie\n"
        "Components: main\n"
        "Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n"
    )


def test_an_archive_that_is_switched_off_or_lacks_the_release_is_none() -> None:
    assert debian_archive(parse_deb822(DEB822.replace("bookworm bookworm-updates", "x")), "bookworm") is None


def test_the_one_line_style_is_read_too() -> None:
    text = (
        "# deb https://off.invalid/debian stable main\n"
        "deb https://mirror.invalid/security bookworm-security main\n"
        "deb [arch=amd64 signed-by=/keyring.gpg] https://mirror.invalid/debian stable main contrib\n"
    )
    assert debian_archive(parse_one_line(text), "bookworm") == Archive(
        uris=("https://mirror.invalid/debian",), suites=("stable",), trust=(("Signed-By", "/keyring.gpg"),)
    )


def test_a_removable_disk_is_no_archive() -> None:
    text = "deb cdrom:[Debian]/ bookworm main\ndeb cdrom:[Debian 12 DVD]/ bookworm main\nnonsense\n"
    assert debian_archive(parse_one_line(text), "bookworm") is None
