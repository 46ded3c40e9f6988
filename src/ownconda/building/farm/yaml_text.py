"""Values written as YAML for people to read: the same values give the same text."""

from collections.abc import Mapping

import yaml

_Dumper: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_ENDLESS = 1 << 30  # a line is never broken


class _Plain(_Dumper):  # type: ignore[misc, valid-type]
    """Without anchors; text of several lines as it is."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  (PyYAML's signature)
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _represent_text)


def yaml_text(comment: str, value: Mapping[str, object]) -> str:
    """Write a mapping in its own order below a comment of one line."""
    written = yaml.dump(dict(value), Dumper=_Plain, sort_keys=False, width=_ENDLESS, allow_unicode=True)
    return f"# {comment}\n\n{written}"
