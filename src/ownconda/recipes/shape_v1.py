"""The keys of a ``recipe.yaml``: https://rattler.build/latest/reference/recipe_file/.

Where that page and rattler-build's own parser differ, the parser is followed.
"""

from ownconda.recipes.shapes import OWN, Section, Value, plain

_SCRIPT = Section(
    keys={**plain("content", "file", "interpreter", "secrets", "cwd"), "env": Value.FREE}, also_plain=True
)
_FILES = Section(keys=plain("include", "exclude"), also_plain=True)
_SPECS = Section(keys={"pin_subpackage": Value.FREE, "pin_compatible": Value.FREE}, listed=True, also_plain=True)
_IGNORED = Section(keys=plain("by_name", "from_package"))

_PACKAGE = Section(keys=plain("name", "version"))
_SOURCE = Section(
    keys={
        **plain("url", "sha256", "md5", "file_name", "patches", "target_directory"),
        **plain("git", "rev", "tag", "branch", "depth", "lfs", "submodules", "expected_commit"),
        **plain("path", "use_gitignore"),
        "filter": _FILES,
        "attestation": Value.FREE,
    },
    listed=True,
)
_BUILD = Section(
    keys={
        **plain("number", "string", "skip", "noarch", "flags"),
        **plain("always_copy_files", "always_include_files", "merge_build_and_host_envs"),
        "script": _SCRIPT,
        "steps": Value.FREE,
        "files": _FILES,
        "python": Section(
            keys=plain(
                "entry_points",
                "skip_pyc_compilation",
                "use_python_app_entrypoint",
                "version_independent",
                "site_packages_path",
            )
        ),
        "variant": Section(keys=plain("use_keys", "ignore_keys", "down_prioritize_variant")),
        "prefix_detection": Section(
            keys={
                **plain("ignore", "ignore_binary_files"),
                "force_file_type": Section(keys=plain("text", "binary")),
            }
        ),
        "dynamic_linking": Section(
            keys=plain(
                "rpaths",
                "binary_relocation",
                "missing_dso_allowlist",
                "rpath_allowlist",
                "overdepending_behavior",
                "overlinking_behavior",
            )
        ),
        "post_process": Section(keys=plain("files", "regex", "replacement"), listed=True),
    }
)
_REQUIREMENTS = Section(
    keys={
        "build": _SPECS,
        "host": _SPECS,
        "run": _SPECS,
        "run_constraints": _SPECS,
        "run_exports": Section(
            keys=dict.fromkeys(
                (
                    *("weak", "strong", "noarch", "weak_constraints", "strong_constraints"),
                    *("pin_subpackage", "pin_compatible"),
                ),
                _SPECS,
            ),
            listed=True,
            also_plain=True,
        ),
        "ignore_run_exports": _IGNORED,
        "extras": Value.FREE,
    }
)
_TESTS = Section(
    keys={
        "script": _SCRIPT,
        "requirements": Section(keys={"build": _SPECS, "run": _SPECS}),
        "files": Section(keys=plain("source", "recipe")),
        "python": Section(keys=plain("imports", "pip_check", "python_version")),
        "perl": Section(keys=plain("uses")),
        "r": Section(keys=plain("libraries")),
        "ruby": Section(keys=plain("requires")),
        "downstream": Value.PLAIN,
        "package_contents": Section(
            keys={
                name: Section(keys=plain("exists", "not_exists"), also_plain=True)
                for name in ("files", "include", "site_packages", "bin", "lib", "strict")
            }
        ),
    },
    listed=True,
)
_ABOUT = Section(
    keys={
        **plain("homepage", "repository", "documentation", "summary"),
        **plain("license", "license_file", "license_family"),
        "description": Section(keys=plain("file"), also_plain=True),
    }
)
_OUTPUT = Section(
    keys={
        "package": _PACKAGE,
        "source": _SOURCE,
        "build": _BUILD,
        "requirements": _REQUIREMENTS,
        "tests": _TESTS,
        "about": _ABOUT,
        "extra": OWN,
        "staging": Section(keys=plain("name")),
        "inherit": Section(keys=plain("from", "run_exports"), also_plain=True),
    },
    listed=True,
)

RECIPE = Section(
    keys={
        **plain("$schema", "schema_version"),
        "context": Value.FREE,
        "recipe": _PACKAGE,
        "package": _PACKAGE,
        "source": _SOURCE,
        "build": _BUILD,
        "requirements": _REQUIREMENTS,
        "tests": _TESTS,
        "outputs": _OUTPUT,
        "about": _ABOUT,
        "extra": OWN,
        "cache": Value.FREE,
    }
)
"""The whole file."""

ORDER = (
    *("$schema", "schema_version", "context", "recipe", "package", "source", "build", "cache", "requirements"),
    *("tests", "outputs", "about", "extra"),
)
"""The order of the sections in the documentation of the format."""

REQUIREMENTS_ORDER = ("build", "host", "run", "run_constraints", "run_exports", "ignore_run_exports", "extras")

CALLED_OTHERWISE = {
    "dev_url": "repository",
    "doc_url": "documentation",
    "fn": "file_name",
    "folder": "target_directory",
    "git_rev": "rev",
    "git_url": "git",
    "home": "homepage",
    "missing_dso_whitelist": "dynamic_linking.missing_dso_allowlist",
    "run_constrained": "run_constraints",
    "test": "tests",
}
"""What conda-build's format calls otherwise."""
