"""The channels of a forge against a plain model of them, by random acts, with restarts in between."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import booleans, integers, sampled_from, sets
from making import make_package

from ownconda.channels.acts import Act, Promotion, Revert, Rollback, Yank
from ownconda.channels.attested import Arrival
from ownconda.channels.channels import Channels
from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge, open_channels
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError, WrongInputError

NAMES = ("a", "b", "c")
CHANNELS = ("testing", "stable")
CHARTERS = (Charter(name="testing"), Charter(name="stable", archive="kept"), Charter(name="kept"))

Listed = dict[str, bool]
"""Names that a channel lists, and whether each is yanked."""


class ChannelMachine(RuleBasedStateMachine):
    channels: Channels

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.folder = ForgeFolder(root=Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "f")
        create_forge(self.folder, CHARTERS)
        self.taken: dict[str, bytes] = {}
        self.purged: set[str] = set()
        self.kept: set[str] = set()
        self.model: dict[str, Listed] = {name: {} for name in CHANNELS}
        self.held: dict[str, set[str]] = {name: set() for name in CHANNELS}
        self.past: dict[str, list[tuple[int, Listed]]] = {name: [] for name in CHANNELS}
        self.open = ExitStack()
        self.start()

    def start(self) -> None:
        self.channels = self.open.enter_context(open_channels(self.folder, CHARTERS))

    def become(self, act: Act, after: Listed) -> None:
        """Carry out an act that leads to a state, unless it lets in what is held."""
        before = self.model[act.channel]
        entering = {name for name, yanked in after.items() if not yanked and before.get(name, True)}
        if entering & self.held[act.channel]:
            with pytest.raises(ConflictError, match="is held"):
                self.channels.do(act, author="bob")
            return
        self.channels.do(act, author="bob")
        self.entered(act.channel, after)

    def entered(self, channel: str, after: Listed) -> None:
        if channel == "stable":
            new = {name for name, yanked in after.items() if not yanked and self.model[channel].get(name) is not False}
            self.kept |= new
        self.model[channel] = dict(after)

    @rule(channel=sampled_from(CHANNELS), names=sets(sampled_from(NAMES), min_size=1), other=booleans())
    def upload(self, channel: str, names: set[str], other: bool) -> None:  # noqa: FBT001  (hypothesis gives it)
        content = b"other" if other else b"one"
        paths = [make_package(self.folder.incoming, name, files={"x": content}) for name in sorted(names)]
        arrivals = [Arrival(file=path, record=read_package(path)) for path in paths]
        new = names - self.model[channel].keys()
        wrong = names & self.purged or new & self.held[channel]
        if wrong or any(self.taken.get(name, content) != content for name in names):
            with pytest.raises(ConflictError):
                self.channels.admit(channel, arrivals, author="ann")
            return
        done = self.channels.admit(channel, arrivals, author="ann")
        assert {entry.record.name for entry in done.change.added} == new
        self.taken |= dict.fromkeys(names, content)
        self.entered(channel, self.model[channel] | dict.fromkeys(new, False))

    @rule(source=sampled_from(CHANNELS), names=sets(sampled_from(NAMES)))
    def promote(self, source: str, names: set[str]) -> None:
        target = next(name for name in CHANNELS if name != source)
        offered = {name for name, yanked in self.model[source].items() if not yanked}
        chosen = names & offered or offered
        act = Promotion(channel=target, source=source, specs=tuple(sorted(names & offered)))
        self.become(act, dict.fromkeys(chosen, False) | self.model[target])

    @rule(channel=sampled_from(CHANNELS), back=integers(0, 4))
    def roll_back(self, channel: str, back: int) -> None:
        number, then = self.past[channel][-1 - min(back, len(self.past[channel]) - 1)]
        self.become(Rollback(channel=channel, snapshot=number), self.without_purged(then))

    @rule(channel=sampled_from(CHANNELS), back=integers(0, 4))
    def revert(self, channel: str, back: int) -> None:
        place = len(self.past[channel]) - 1 - min(back, len(self.past[channel]) - 1)
        number, after = self.past[channel][place]
        act = Revert(channel=channel, snapshot=number)
        if place == 0:
            with pytest.raises(WrongInputError, match="nothing to undo"):
                self.channels.do(act, author="bob")
            return
        before, after, now = (
            self.without_purged(one) for one in (self.past[channel][place - 1][1], after, self.model[channel])
        )
        touched = {n for n in NAMES if before.get(n) != after.get(n) and now.get(n) != before.get(n)}
        if any(now.get(name) != after.get(name) for name in touched):
            with pytest.raises(ConflictError, match="changed again"):
                self.channels.do(act, author="bob")
            return
        undone = {name: yanked for name, yanked in now.items() if name not in touched}
        self.become(act, undone | {name: before[name] for name in touched if name in before})

    @rule(channel=sampled_from(CHANNELS), name=sampled_from(NAMES), yanked=booleans())
    def yank(self, channel: str, name: str, yanked: bool) -> None:  # noqa: FBT001  (hypothesis gives it)
        act = Yank(channel=channel, specs=(name,), yanked=yanked)
        if name not in self.model[channel]:
            with pytest.raises(WrongInputError, match="nothing matches"):
                self.channels.do(act, author="bob")
            return
        self.become(act, self.model[channel] | {name: yanked})

    @rule(channel=sampled_from(CHANNELS), name=sampled_from(NAMES))
    def hold_or_release(self, channel: str, name: str) -> None:
        if name in self.held[channel]:
            self.channels.release(channel, name, author="ann")
        else:
            self.channels.hold(channel, name, author="ann", reason="not yet")
        self.held[channel] ^= {name}

    @rule(name=sampled_from(NAMES), often=integers(0, 3))
    def purge(self, name: str, often: int) -> None:
        file = f"linux-64/{name}-1.0-h1_0.conda"
        if often or name not in self.taken or name in self.purged:
            return
        self.channels.purge(file, author="ann", reason="a secret")
        self.purged.add(name)
        self.kept.discard(name)
        self.model = {channel: self.without_purged(listed) for channel, listed in self.model.items()}
        for channel in CHANNELS:
            assert not (self.folder.channel(channel) / file).exists()

    @rule(forget=booleans())
    def restart(self, forget: bool) -> None:  # noqa: FBT001  (hypothesis gives it)
        self.open.close()
        if forget:
            (self.folder.channel("testing") / ".snapshot").unlink(missing_ok=True)
        self.start()

    @invariant()
    def the_index_is_the_model(self) -> None:
        for channel in CHANNELS:
            state = self.channels.state(channel)
            assert {one.record.name: one.yanked for one in state.contents.values()} == self.model[channel]
            listed, removed = self.shown(channel)
            assert listed == {name for name, yanked in self.model[channel].items() if not yanked}
            assert removed == {name for name, yanked in self.model[channel].items() if yanked}
            if not self.past[channel] or self.past[channel][-1][0] != state.snapshot.id:
                self.past[channel].append((state.snapshot.id, dict(self.model[channel])))
        assert self.shown("kept")[0] == self.kept

    @invariant()
    def history_is_never_rewritten_but_for_what_was_purged(self) -> None:
        for past in self.past.values():
            for number, listed in past:
                contents = self.channels.state_at(str(number)).contents
                found = {one.record.name: one.yanked for one in contents.values()}
                assert found == self.without_purged(listed)

    def shown(self, channel: str) -> tuple[set[str], set[str]]:
        """Give the names that a channel's index offers, and those that it says are removed."""
        index = self.folder.channel(channel) / "linux-64" / "repodata.json"
        told = json.loads(index.read_text()) if index.exists() else {"packages.conda": {}, "removed": []}
        listed = {record["name"] for record in told["packages.conda"].values()}
        return listed, {name.partition("-")[0] for name in told["removed"]}

    def without_purged(self, listed: Listed) -> Listed:
        return {name: yanked for name, yanked in listed.items() if name not in self.purged}

    def teardown(self) -> None:
        self.open.close()
        self.stack.close()


TestChannelMachine = ChannelMachine.TestCase
TestChannelMachine.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
