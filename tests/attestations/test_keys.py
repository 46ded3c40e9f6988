import subprocess
from pathlib import Path

import pytest
from attesting import new_key
from cryptography.hazmat.primitives.asymmetric import ec

from ownconda.attestations.keys import load_private_key, load_public_keys
from ownconda.errors import OutsideError, WrongInputError


@pytest.mark.parametrize("curve", [None, ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_what_a_key_signs_its_public_key_recognises(tmp_path: Path, curve: ec.EllipticCurve | None) -> None:
    path = new_key(tmp_path, curve=curve)
    [public] = load_public_keys([path.with_suffix(".pub")])
    signature = load_private_key(path).sign(b"message")
    assert public.signed(b"message", signature)
    assert not public.signed(b"another", signature)
    assert not public.signed(b"message", b"no signature")


def test_another_key_recognises_nothing(tmp_path: Path) -> None:
    signature = load_private_key(new_key(tmp_path)).sign(b"message")
    [other] = load_public_keys([new_key(tmp_path, "other").with_suffix(".pub")])
    assert not other.signed(b"message", signature)


def test_keys_that_openssl_makes_are_taken(tmp_path: Path) -> None:
    made, public = tmp_path / "key.pem", tmp_path / "key.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", made], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", made, "-pubout", "-out", public], check=True)
    der = subprocess.run(
        ["openssl", "pkey", "-in", made, "-pubout", "-outform", "DER"], check=True, capture_output=True
    )
    told = subprocess.run(["sha256sum"], input=der.stdout, check=True, capture_output=True).stdout.decode()
    assert load_private_key(made).public.id == load_public_keys([public])[0].id == told.split()[0]


def test_a_locked_key_needs_its_passphrase(tmp_path: Path) -> None:
    path = new_key(tmp_path, passphrase="open sesame")
    assert load_private_key(path, "open sesame")
    for wrong in ("", "open barley"):
        with pytest.raises(WrongInputError, match="key"):
            load_private_key(path, wrong)


def test_files_that_hold_no_such_key_are_told(tmp_path: Path) -> None:
    path, rsa = new_key(tmp_path), tmp_path / "rsa.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "rsa", "-out", rsa], check=True, capture_output=True)
    with pytest.raises(WrongInputError, match="isn't a private key"):
        load_private_key(path.with_suffix(".pub"))
    with pytest.raises(WrongInputError, match="isn't a public key"):
        load_public_keys([path])
    with pytest.raises(WrongInputError, match="Ed25519"):
        load_private_key(rsa)
    with pytest.raises(OutsideError, match="can't be read"):
        load_private_key(tmp_path / "none")
