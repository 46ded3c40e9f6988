"""The channels of a forge against a plain model of them, by random acts, with restarts in between."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import booleans, sampled_from, sets
from making import make_package

from ownconda.channels.acts import Promotion, Rollback
from ownconda.channels.attested import Arrival
from ownconda.channels.channels import Channels
from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge, open_channels
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError

NAMES = ("a", "b", "c")
CHANNELS = ("testing", "stable")


class ChannelMachine(RuleBasedStateMachine):
    channels: Channels

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.folder = ForgeFolder(root=Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "f")
        create_forge(self.folder, [Charter(name=name) for name in CHANNELS])
        self.taken: dict[str, bytes] = {}
        self.model: dict[str, set[str]] = {name: set() for name in CHANNELS}
        self.past: dict[str, list[tuple[int, set[str]]]] = {name: [] for name in CHANNELS}
        self.open = ExitStack()
        self.start()

    def start(self) -> None:
        self.channels = self.open.enter_context(open_channels(self.folder))

    @rule(channel=sampled_from(CHANNELS), names=sets(sampled_from(NAMES), min_size=1), other=booleans())
    def upload(self, channel: str, names: set[str], other: bool) -> None:  # noqa: FBT001  (hypothesis gives it)
        content = b"other" if other else b"one"
        paths = [make_package(self.folder.incoming, name, files={"x": content}) for name in sorted(names)]
        arrivals = [Arrival(file=path, record=read_package(path)) for path in paths]
        if any(self.taken.get(name, content) != content for name in names):
            with pytest.raises(ConflictError):
                self.channels.admit(channel, arrivals, author="ann")
            return
        done = self.channels.admit(channel, arrivals, author="ann")
        assert {entry.record.name for entry in done.change.added} == names - self.model[channel]
        self.taken |= dict.fromkeys(names, content)
        self.model[channel] |= names

    @rule(source=sampled_from(CHANNELS), names=sets(sampled_from(NAMES)))
    def promote(self, source: str, names: set[str]) -> None:
        target = next(name for name in CHANNELS if name != source)
        specs = sorted(names & self.model[source])
        self.channels.do(Promotion(channel=target, source=source, specs=tuple(specs)), author="bob")
        self.model[target] |= set(specs) or self.model[source]

    @rule(channel=sampled_from(CHANNELS), back=sampled_from(range(5)))
    def roll_back(self, channel: str, back: int) -> None:
        number, names = self.past[channel][-1 - min(back, len(self.past[channel]) - 1)]
        self.channels.do(Rollback(channel=channel, snapshot=number), author="bob")
        self.model[channel] = set(names)

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
            assert {entry.record.name for entry in state.contents.values()} == self.model[channel]
            index = self.folder.channel(channel) / "linux-64" / "repodata.json"
            listed = json.loads(index.read_text())["packages.conda"] if index.exists() else {}
            assert {record["name"] for record in listed.values()} == self.model[channel]
            if (state.snapshot.id, self.model[channel]) not in self.past[channel]:
                self.past[channel].append((state.snapshot.id, set(self.model[channel])))

    @invariant()
    def history_is_never_rewritten(self) -> None:
        for past in self.past.values():
            for number, names in past:
                contents = self.channels.state_at(str(number)).contents
                assert {entry.record.name for entry in contents.values()} == names

    def teardown(self) -> None:
        self.open.close()
        self.stack.close()


TestChannelMachine = ChannelMachine.TestCase
TestChannelMachine.settings = settings(
    max_examples=20, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
