"""The documentation mentions only files that exist."""

import os
import re
from fnmatch import fnmatchcase

import pytest

from tests.project import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PATH = re.compile(r"\.?[\w*-]+(?:[/.][\w*-]+)*/?")
SUFFIXES = (".py", ".md", ".in", ".txt", ".yml", ".yaml", ".toml", ".sh", ".tf", ".html", ".css", ".js", ".json")
# Files and folders that users or commands create.
CREATED = {
    "benchmarks/results",
    "terraform/app/backend.tf",
    "terraform/app/terraform.tfstate",
    "terraform/app/terraform.tfvars",
}


def repository_paths() -> list[str]:
    paths = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in {"node_modules", "var"}]
        paths += [os.path.relpath(os.path.join(folder, name), ROOT) for name in folders + files]
    return paths


PATHS = repository_paths()
TOP_LEVEL_FOLDERS = {path for path in PATHS if "/" not in path and (ROOT / path).is_dir()}


def mentioned_paths(text: str) -> set[str]:
    """Return the code spans that name a file, or a path below one of the project's folders."""
    spans = {span for span in CODE_SPAN.findall(text) if PATH.fullmatch(span)}
    return {
        span
        for span in spans
        if span.endswith(SUFFIXES) or (span.split("/")[0] in TOP_LEVEL_FOLDERS and "/" in span)
    }


def exists(mentioned: str) -> bool:
    """A mentioned path may be the end of the full one, such as ``versions.tf``."""
    pattern = mentioned.rstrip("/")
    return any(fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}") for path in PATHS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_mentioned_paths_exist(document):
    mentioned = mentioned_paths(document.read_text()) - CREATED
    assert [path for path in sorted(mentioned) if not exists(path)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_lead_to_files(document):
    links = LINK.findall(document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []
