"""What a request says of repodata patches: instructions by subdir, documents as conda-forge writes them, or both."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ownconda.channels.acts import Act, Hotfix
from ownconda.channels.channels import Channels
from ownconda.conda.names import check_subdir
from ownconda.errors import Where, WrongInputError
from ownconda.forge.answers import RequestError
from ownconda.forge.json_bodies import optional_number, text
from ownconda.repodata.patch_documents import Document, Place, parse_document
from ownconda.repodata.patch_editing import patches_by
from ownconda.repodata.patch_instructions import parse_instructions, patches_json
from ownconda.repodata.patches import Patch


def hotfix(channels: Channels, channel: str, body: Mapping[str, Any]) -> Act:
    """Read the patch instructions of each subdir, and documents that edit what the channel lists, on top of them.

    Raises RequestError or WrongInputError for what can't be read, or changes nothing.
    """
    given = body.get("patches", {} if body.get("documents") else None)
    if not isinstance(given, dict):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'patches' has to be an object: the instructions of each subdir")
    patches: Mapping[str, Patch] = {
        check_subdir(subdir): parse_instructions(json.dumps(said).encode(), f"{subdir}/patch_instructions.json")
        for subdir, said in given.items()
    }
    documents = _documents(body)
    if documents:
        patches = _edited(channels, channel, documents, patches)
    return Hotfix(channel=channel, patches=patches_json(patches) if patches else "")


def _documents(body: Mapping[str, Any]) -> list[Document]:
    given = body.get("documents", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise RequestError(HTTPStatus.BAD_REQUEST, "'documents' has to be a list of patch documents")
    return [
        parse_document(one.get("said"), _place(text(one, "file", default=""), optional_number(one, "line")))
        for one in given
    ]


def _place(file: str, line: int | None) -> Place:
    return lambda field: Where(file=file, line=line, field=field or None)


def _edited(
    channels: Channels, channel: str, documents: list[Document], patches: Mapping[str, Patch]
) -> Mapping[str, Patch]:
    edited = patches_by(documents, channels.state(channel).contents.values(), patches)
    if edited == dict(patches):
        hint = "what they are about isn't there, or is so already; --remove takes all patches away"
        raise WrongInputError(f"no package of {channel} is changed by these documents", hint=hint)
    return edited
