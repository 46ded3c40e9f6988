"""A gated channel of a real forge's folder: what its gate lets in, and what it refuses."""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from making import make_package, make_record

from ownconda.channels.acts import Act, Holding, Hotfix, Promotion, Prune, Revert, Rollback, Upload, Yank
from ownconda.channels.attested import Arrival
from ownconda.channels.channels import Channels
from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.gatekeeping import RefusedError, binds
from ownconda.channels.kept_verdicts import KeptVerdict
from ownconda.channels.ledger.verdicts import (
    LONGEST_KEPT,
    MOST_KEPT,
    keep_refusals,
    refusals_between,
    verdicts_on,
)
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.prune_rules import PruneRules
from ownconda.channels.requests import Done, Request
from ownconda.channels.snapshots import Kind
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.forge.configuration import read_configuration
from ownconda.settings.loading import load

CHARTERS = (
    Charter(name="staging"),
    Charter(name="stable", promoted_from="staging", gated=True, archive="archive", no_downgrade=True),
    Charter(name="archive"),
    Charter(name="tools", gated=True, base="stable"),
)


class Gated:
    """A forge with a gated channel, and one that stands on it."""

    def __init__(self, folder: ForgeFolder, channels: Channels) -> None:
        self.folder, self.channels = folder, channels

    def admit(self, channel: str, name: str, version: str = "1.0", *depends: str) -> Done:
        folder = Path(tempfile.mkdtemp(dir=self.folder.incoming))
        path = make_package(folder, name, version, depends=list(depends))
        return self.channels.admit(channel, [Arrival(file=path, record=read_package(path))], author="ann")

    def do(self, act: Act, **waived: str) -> Done:
        return self.channels.do(act, author="bob", reason="because", waived=waived)

    def promote(self, *specs: str, with_dependencies: bool = False) -> Done:
        act = Promotion(channel="stable", source="staging", specs=specs, with_dependencies=with_dependencies)
        return self.do(act)

    def names(self, channel: str) -> set[str]:
        return {entry.record.name for entry in self.channels.state(channel).contents.values() if not entry.yanked}


@pytest.fixture
def gated(tmp_path: Path) -> Iterator[Gated]:
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, CHARTERS)
    with open_channels(folder, CHARTERS) as channels:
        yield Gated(folder, channels)


def test_what_lacks_something_is_refused_with_the_smallest_addition(gated: Gated) -> None:
    gated.admit("staging", "zlib")
    gated.admit("staging", "curl", "1.0", "zlib >=1")
    gated.admit("staging", "other")
    before = gated.channels.state("stable").snapshot
    with pytest.raises(RefusedError) as caught:
        gated.promote("curl")
    assert caught.value.verdict.addition == ("linux-64/zlib-1.0-h1_0.conda",)
    assert "zlib" in str(caught.value)
    assert gated.channels.state("stable").snapshot == before
    plan = gated.channels.plan(Promotion(channel="stable", source="staging", specs=("curl",)))
    assert plan.judgement is not None
    assert not plan.judgement.verdict.passed
    done = gated.promote("curl", with_dependencies=True)
    assert gated.names("stable") == {"curl", "zlib"} == gated.names("archive")
    assert done.judgement is not None
    assert done.judgement.verdict.passed


def test_how_old_a_system_may_be_counts_only_where_settings_say_it(gated: Gated) -> None:
    gated.admit("stable", "zlib", "1.0", "__glibc >=2.35,<3.0.a0", "__linux")
    with pytest.raises(RefusedError, match="__cuda"):
        gated.admit("stable", "torch", "1.0", "__cuda >=12")
    assert gated.names("stable") == {"zlib"}


def test_the_oldest_c_library_of_the_policy_counts_where_no_machine_is_named(tmp_path: Path) -> None:
    (tmp_path / "ownconda.toml").write_text('[policy]\nglibc = "2.28"\n')
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, CHARTERS)
    with open_channels(folder, CHARTERS, gate=read_configuration(load(tmp_path, {})).gate) as channels:
        forge = Gated(folder, channels)
        forge.admit("stable", "zlib", "1.0", "__glibc >=2.28,<3.0.a0", "__linux")
        with pytest.raises(RefusedError, match="__glibc"):
            forge.admit("stable", "curl", "1.0", "__glibc >=2.35,<3.0.a0", "__linux")
    (tmp_path / "ownconda.toml").write_text('[policy]\nglibc = "new"\n')
    with pytest.raises(WrongInputError, match="'new' is no version"):
        read_configuration(load(tmp_path, {}))


def test_an_upload_is_judged_like_any_other_entrance(gated: Gated) -> None:
    with pytest.raises(RefusedError, match="nix"):
        gated.admit("stable", "curl", "1.0", "nix")
    gated.admit("stable", "zlib")
    assert gated.names("stable") == {"zlib"}


def test_what_others_need_cannot_be_taken_away(gated: Gated) -> None:
    start = gated.channels.state("stable").snapshot
    upload = gated.admit("stable", "zlib").snapshot
    gated.admit("stable", "curl", "1.0", "zlib")
    taking: tuple[Act, ...] = (
        Yank(channel="stable", specs=("zlib",)),
        Revert(channel="stable", snapshot=upload.id),
    )
    for act in taking:
        with pytest.raises(RefusedError, match="could be installed, and couldn't be any more"):
            gated.do(act)
    gated.do(Rollback(channel="stable", snapshot=start.id))
    assert gated.names("stable") == set()


def test_a_channel_that_stands_on_another_may_need_what_that_one_has(gated: Gated) -> None:
    gated.admit("stable", "zlib")
    gated.admit("tools", "curl", "1.0", "zlib")
    with pytest.raises(RefusedError):
        gated.admit("tools", "wget", "1.0", "openssl")
    assert gated.names("tools") == {"curl"}


def test_a_verdict_is_about_the_channel_below_as_it_was(gated: Gated) -> None:
    gated.admit("stable", "zlib")
    gated.admit("staging", "curl", "1.0", "zlib")
    act = Promotion(channel="tools", source="staging", specs=("curl",))
    judgement = gated.channels.plan(act).judgement
    assert judgement is not None
    assert binds(judgement, act, gated.channels.state("tools"), gated.channels)
    gated.do(Yank(channel="stable", specs=("zlib",)))
    assert not binds(judgement, act, gated.channels.state("tools"), gated.channels)


def test_a_rule_can_be_waived_with_a_reason_that_stays_in_the_history(gated: Gated) -> None:
    gated.admit("staging", "zlib", "1.0")
    gated.admit("stable", "zlib", "2.0")
    gated.do(Rollback(channel="stable", snapshot=gated.admit("stable", "xz").snapshot.id))
    lower = Rollback(channel="stable", snapshot=gated.channels.history("stable", limit=9)[-1].snapshot.id)
    gated.admit("stable", "zlib", "3.0")
    back = Yank(channel="stable", specs=("zlib ==3.0",))
    with pytest.raises(RefusedError):
        gated.do(back)
    done = gated.do(back, downgrade="3.0 corrupts archives")
    assert done.snapshot.waived == {"downgrade": "3.0 corrupts archives"}
    assert gated.channels.history("stable", limit=1)[0].snapshot.waived == done.snapshot.waived
    with pytest.raises(WrongInputError, match="no rule 'downgrad'"):
        gated.do(lower, downgrad="x")
    with pytest.raises(WrongInputError, match="can't be waived"):
        gated.do(lower, installable="x")


def test_a_hold_is_a_rule_of_the_gate_and_can_be_waived(gated: Gated) -> None:
    gated.admit("staging", "zlib")
    gated.channels.hold("stable", "zlib", author="ann", reason="it leaks")
    with pytest.raises(ConflictError, match="is held: it leaks"):
        gated.promote("zlib")
    act = Promotion(channel="stable", source="staging", specs=("zlib",))
    gated.do(act, held="the leak is elsewhere")
    assert gated.names("stable") == {"zlib"}


def test_a_waiver_of_what_is_no_rule_is_refused_without_a_gate_too(gated: Gated) -> None:
    gated.admit("stable", "zlib")
    act = Promotion(channel="staging", source="stable")
    for rule in ("nonsense", "installable"):
        with pytest.raises(WrongInputError):
            gated.do(act, **{rule: "because"})
    assert gated.names("staging") == set()


def test_what_a_gated_channel_stands_on_cant_lose_what_is_needed_there(gated: Gated) -> None:
    gated.admit("stable", "zlib")
    gated.admit("tools", "viewer", "1.0", "zlib >=1")
    with pytest.raises(RefusedError) as caught:
        gated.do(Yank(channel="stable", specs=("zlib",)))
    assert [(one.channel, one.path) for one in caught.value.verdict.refusals] == [
        ("tools", "linux-64/viewer-1.0-h1_0.conda")
    ]
    assert "viewer-1.0-h1_0.conda of tools, which stands on this channel, could be installed" in str(caught.value)
    assert caught.value.problems[0].hint == "let what it needs stay, or change tools first"
    gated.do(Yank(channel="tools", specs=("viewer",)))
    assert gated.do(Yank(channel="stable", specs=("zlib",))).change


def test_a_channel_without_a_gate_is_held_to_those_that_stand_on_it(tmp_path: Path) -> None:
    charters = (
        Charter(name="base"),
        Charter(name="middle", base="base"),
        Charter(name="top", gated=True, overrides="middle"),
        Charter(name="free", base="base"),
    )
    folder = ForgeFolder(root=tmp_path / "forge")
    create_forge(folder, charters)
    with open_channels(folder, charters) as channels:
        forge = Gated(folder, channels)
        first = forge.admit("middle", "zlib").snapshot
        forge.admit("free", "other", "1.0", "zlib")
        forge.admit("top", "viewer", "1.0", "zlib >=1")
        forge.admit("base", "curl")
        before = channels.state("middle").snapshot
        removed = json.dumps({"linux-64": {"remove": ["zlib-1.0-h1_0.conda"]}})
        for act in (
            Prune(channel="middle", paths=frozenset({"linux-64/zlib-1.0-h1_0.conda"}), seen=before.id),
            Revert(channel="middle", snapshot=first.id),
            Hotfix(channel="middle", patches=removed),
        ):
            with pytest.raises(RefusedError, match="of top, which stands on this channel"):
                forge.do(act)
        assert channels.state("middle").snapshot == before
        forge.admit("middle", "curl", "2.0")
        assert forge.names("middle") == {"zlib", "curl"}


def test_what_a_gated_channel_needs_of_the_one_beneath_isnt_pruned(gated: Gated) -> None:
    for version in ("1.0", "2.0", "3.0"):
        gated.admit("stable", "zlib", version)
    gated.admit("tools", "viewer", "1.0", "zlib <2")
    done, found = gated.channels.prune("stable", PruneRules(versions=1), author="ann")
    assert found.staying == {"linux-64/zlib-1.0-h1_0.conda": "linux-64/viewer-1.0-h1_0.conda needs it"}
    assert [entry.path for entry in done.change.removed] == ["linux-64/zlib-2.0-h1_0.conda"]


def test_a_verdict_binds_to_the_channels_that_stand_on_the_changed_one(gated: Gated) -> None:
    gated.admit("stable", "zlib")
    act = Yank(channel="stable", specs=("zlib",))
    judgement = gated.channels.plan(act, waived={"downgrade": "it is gone"}).judgement
    assert judgement is not None
    assert judgement.verdict.passed
    assert binds(judgement, act, gated.channels.state("stable"), gated.channels)
    gated.admit("tools", "viewer", "1.0", "zlib >=1")
    assert not binds(judgement, act, gated.channels.state("stable"), gated.channels)


def test_what_went_well_isnt_done_again_when_another_that_waited_fails(gated: Gated) -> None:
    stable = next(one for one in gated.channels.all() if one.name == "stable")
    hold = Request(act=lambda _: Holding(channel="stable", kind=Kind.HOLD), author="ann", always=True)
    lost = Request(act=lambda _: Upload(channel="stable", records=(make_record("lost"),), sidecars={}), author="ann")
    stable.ask(hold)
    stable.ask(lost)
    gated.admit("stable", "zlib")

    assert [step.snapshot.kind for step in gated.channels.history("stable", limit=9)] == [
        Kind.UPLOAD,
        Kind.HOLD,
        Kind.CREATED,
    ]
    with pytest.raises(OutsideError, match="has lost this file"):
        lost.done()


def test_what_the_gate_said_is_kept_with_the_snapshot_that_came_of_it(gated: Gated) -> None:
    gated.admit("staging", "zlib")
    gated.channels.hold("stable", "zlib", author="ann", reason="it leaks")
    head = gated.channels.state("stable").snapshot
    act = Promotion(channel="stable", source="staging", specs=("zlib",))
    done = gated.do(act, held="the leak is elsewhere")
    verdict = verdicts_on(gated.channels.ledger.engine, [head.id, done.snapshot.id])[done.snapshot.id]
    assert (verdict.passed, verdict.act, verdict.author, verdict.reason) == (True, Kind.PROMOTION, "bob", "because")
    assert (verdict.head, verdict.asked, verdict.machines) == (head.id, 1, ("linux-64",))
    assert verdict.rules == ("installable", "held", "downgrade")
    assert verdict.waived == {"held": "the leak is elsewhere"}
    staging = gated.channels.state("staging").snapshot
    assert verdict.about[:2] == (("stable", head.id), ("staging", staging.id))
    assert refusals(gated) == ()


def test_what_the_gate_refused_is_kept_in_short(gated: Gated) -> None:
    gated.admit("staging", "curl", "1.0", "zlib >=1")
    head = gated.channels.state("stable").snapshot
    with pytest.raises(RefusedError):
        gated.promote("curl")
    with pytest.raises(RefusedError):
        gated.promote("curl", with_dependencies=True)
    with pytest.raises(RefusedError):
        gated.admit("stable", "curl", "1.0", "zlib >=1")
    upload, *promotions = refusals(gated)
    assert (upload.act, upload.author) == (Kind.UPLOAD, "ann")
    assert [(one.act, one.author, one.head, one.made) for one in promotions] == [
        (Kind.PROMOTION, "bob", head.id, None)
    ] * 2
    for one in (upload, *promotions):
        [reason] = one.reasons
        assert reason.rule == "installable"
        assert reason.text.startswith("linux-64/curl-1.0-h1_0.conda couldn't be installed on linux-64:")
        assert len(reason.text) <= 600


def test_a_dry_run_is_not_kept(gated: Gated) -> None:
    gated.admit("staging", "curl", "1.0", "zlib >=1")
    for with_dependencies in (False, True):
        act = Promotion(channel="stable", source="staging", with_dependencies=with_dependencies)
        with contextlib.suppress(RefusedError):
            gated.channels.plan(act)
    assert refusals(gated) == ()


def test_a_channel_without_a_gate_keeps_no_verdicts(gated: Gated) -> None:
    gated.admit("stable", "curl")
    gated.admit("stable", "needy", "1.0", "curl")
    act = Promotion(channel="staging", source="archive", specs=("needy",), with_dependencies=True)
    done = gated.do(act)
    gated.admit("archive", "lonely", "1.0", "nothing-such")
    with pytest.raises(RefusedError):
        gated.do(replace(act, source="archive", specs=("lonely",)))
    assert verdicts_on(gated.channels.ledger.engine, [done.snapshot.id]) == {}
    assert refusals(gated, "staging") == ()


def test_refusals_because_of_a_channel_that_stands_on_it_name_that(gated: Gated) -> None:
    gated.admit("stable", "zlib")
    gated.admit("tools", "viewer", "1.0", "zlib >=1")
    with pytest.raises(RefusedError):
        gated.do(Yank(channel="stable", specs=("zlib",)))
    [refused] = refusals(gated)
    assert [reason.channel for reason in refused.reasons] == ["tools"]


def test_the_oldest_verdicts_go_and_those_of_one_sort_push_out_no_others(gated: Gated) -> None:
    head = gated.channels.state("stable").snapshot.id
    engine = gated.channels.ledger.engine
    one = KeptVerdict(
        channel="stable", act=Kind.YANK, author="ann", reason="", at=LONGEST_KEPT, passed=False, head=head
    )
    keep_refusals(engine, [replace(one, passed=True, made=head)])
    keep_refusals(engine, [replace(one, reason=str(number)) for number in range(MOST_KEPT + 3)])
    assert [len(refusals(gated)), refusals(gated)[-1].reason] == [MOST_KEPT, "3"]
    assert list(verdicts_on(engine, [head])) == [head]
    keep_refusals(engine, [replace(one, at=2 * LONGEST_KEPT + 1)])
    assert (len(refusals(gated)), verdicts_on(engine, [head])) == (1, {})


def refusals(gated: Gated, channel: str = "stable") -> tuple[KeptVerdict, ...]:
    return refusals_between(gated.channels.ledger.engine, channel, since=0)
