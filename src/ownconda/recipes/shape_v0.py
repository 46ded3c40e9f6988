"""The keys of a ``meta.yaml``: https://docs.conda.io/projects/conda-build/en/stable/resources/define-metadata.html.

Where that page and conda-build itself differ (``FIELDS`` in its ``metadata.py``), conda-build is followed.
"""

from ownconda.recipes.shapes import OWN, Section, Value, plain

_RUN_EXPORTS = Section(
    keys=plain("weak", "strong", "noarch", "weak_constrains", "strong_constrains"), listed=True, also_plain=True
)
_PACKAGE = Section(keys=plain("name", "version"))
_SOURCE = Section(
    keys=plain(
        *("fn", "url", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"),
        *("content_sha256", "content_sha384", "content_sha512", "content_hash_skip"),
        *("path", "path_via_symlink", "git_url", "git_tag", "git_branch", "git_rev", "git_depth"),
        *("hg_url", "hg_tag", "svn_url", "svn_rev", "svn_ignore_externals", "svn_username", "svn_password"),
        *("folder", "no_hoist", "patches"),
    ),
    listed=True,
)
_BUILD = Section(
    keys={
        **plain(
            *("number", "string", "entry_points", "osx_is_app", "disable_pip", "features", "track_features"),
            *("preserve_egg_dir", "no_link", "binary_relocation", "script", "noarch", "noarch_python"),
            *("python_version_independent", "has_prefix_files", "binary_has_prefix_files", "ignore_prefix_files"),
            *("detect_binary_files_with_prefix", "skip_compile_pyc", "rpaths", "rpaths_patcher", "script_env"),
            *("always_include_files", "skip", "msvc_compiler", "pin_depends", "include_recipe", "preferred_env"),
            *("preferred_env_executable_paths", "ignore_run_exports", "ignore_run_exports_from"),
            *("force_use_keys", "force_ignore_keys", "merge_build_host", "pre-link", "post-link", "pre-unlink"),
            *("missing_dso_whitelist", "missing_dso_allowlist", "runpath_whitelist", "runpath_allowlist"),
            *("error_overdepending", "error_overlinking", "overlinking_ignore_patterns"),
            *("python_site_packages_path", "activate_in_script"),
        ),
        "run_exports": _RUN_EXPORTS,
        "requires_features": Value.FREE,
        "provides_features": Value.FREE,
    }
)
_REQUIREMENTS = Section(keys=plain("build", "host", "run", "conflicts", "run_constrained"), also_plain=True)
_TEST = Section(keys={**plain("requires", "commands", "files", "source_files", "downstreams"), "imports": Value.FREE})
_ABOUT = Section(
    keys=plain(
        *("home", "dev_url", "doc_url", "doc_source_url", "license_url", "license", "license_family", "license_file"),
        *("summary", "description", "identifiers", "tags", "keywords", "prelink_message", "readme"),
    )
)
_OUTPUT = Section(
    keys={
        **plain("name", "version", "number", "string", "entry_points", "script", "script_interpreter", "type"),
        **plain("target", "noarch", "noarch_python", "features", "track_features"),
        "files": Section(keys=plain("include", "exclude"), also_plain=True),
        "build": _BUILD,
        "requirements": _REQUIREMENTS,
        "run_exports": _RUN_EXPORTS,
        "test": Section(keys={**_TEST.keys, **plain("script")}),
        "about": _ABOUT,
        "extra": OWN,
    },
    listed=True,
)

RECIPE = Section(
    keys={
        "package": _PACKAGE,
        "source": _SOURCE,
        "build": _BUILD,
        "requirements": _REQUIREMENTS,
        "test": _TEST,
        "app": Section(keys=plain("entry", "icon", "summary", "type", "cli_opts", "own_environment")),
        "outputs": _OUTPUT,
        "about": _ABOUT,
        "extra": OWN,
    }
)
"""The whole file."""

ORDER = ("package", "source", "build", "requirements", "test", "app", "outputs", "about", "extra")
"""The order of the sections in the documentation of the format."""

REQUIREMENTS_ORDER = ("build", "host", "run", "run_constrained", "conflicts")

CALLED_OTHERWISE = {
    "documentation": "doc_url",
    "file_name": "fn",
    "git": "git_url",
    "homepage": "home",
    "repository": "dev_url",
    "rev": "git_rev",
    "run_constraints": "run_constrained",
    "target_directory": "folder",
    "tests": "test",
}
"""What rattler-build's format calls otherwise."""
