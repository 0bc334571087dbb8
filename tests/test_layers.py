"""Dependencies point one way: a package knows those before it in PACKAGES, and nothing of those after it.

Strings count: names of modules, tables and URLs, and the paths of URLs, are dependencies too.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from tests.project import ROOT

PACKAGES = [
    "database", "observability", "brokers", "background", "web", "todos", "calendars", "followers", "reminders",
    "observatory", "accounts", "operations", "taskoverflow",
]  # fmt: skip

# What a package knows of one above it, by file and string, each with the reason.
ALLOWED = {
    # Granian imports the application by name, in processes of its own.
    ("web/management/commands/serve.py", "taskoverflow.rsgi:application"),
    # Feed addresses and password links are secrets; tests/observability/test_logs.py compares them with the URLs.
    ("observability/logs.py", r"""((?<!/admin)/calendars/|/password/new/)[\s\S]+?(?= HTTP/|["']|$)"""),
    # drf-spectacular finds what an extension describes by its dotted name.
    ("web/api/schema.py", "accounts.authentication.BearerAuthentication"),
}
# The schema's hook documents errors by the end of a path; tests/web/test_schema.py compares the result with the
# checked-in document.
ALLOWED_FILES = {"web/api/schema.py"}


def above(package: str) -> list[str]:
    return PACKAGES[PACKAGES.index(package) + 1 :]


def files(package: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def imported(tree: ast.Module) -> set[str]:
    """Return the packages of all imports of a file, wherever in it they stand."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def strings(tree: ast.Module) -> set[str]:
    """Return all string constants of a file but its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    }


def modules(package: str) -> set[str]:
    """Return the dotted names of the modules of a package."""
    paths = (ROOT / package).rglob("*.py")
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths}


def tables(package: str) -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if model._meta.app_label == package}


def paths(package: str) -> set[str]:
    """Return the first part of each path whose view is in the package, such as /todos."""
    return {"/" + part for part in _first_parts(get_resolver(), "", package) if part}


def _first_parts(resolver: URLResolver, prefix: str, package: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = prefix + re.sub(r"[\^$]", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _first_parts(pattern, path, package)
        elif _is_view_of(pattern, package):
            yield re.split(r"[/<(]", path.removeprefix("api/v1/"))[0]


def _is_view_of(pattern: URLPattern, package: str) -> bool:
    return pattern.lookup_str.partition(".")[0] == package


@pytest.mark.parametrize("package", PACKAGES)
def test_package_imports_from_none_above_it(package: str) -> None:
    assert {name for name, tree in files(package) if imported(tree) & set(above(package))} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_strings_name_nothing_of_a_package_above(package: str) -> None:
    names = [
        rf"(?<![\w.]){re.escape(name)}\b" for other in above(package) for name in modules(other) if "." in name
    ]
    names += [rf"\b{name}\b" for other in above(package) for name in tables(other)]
    own = set().union(*(paths(each) for each in PACKAGES if each not in above(package)))
    names += [rf"{path}(?![\w-])" for other in above(package) for path in paths(other) - own]
    names += [rf"\b{other}:[a-z]" for other in above(package)]  # names of URLs
    known = re.compile("|".join(names) or r"(?!)")
    found = {(name, text) for name, tree in files(package) for text in strings(tree) if known.search(text)}
    assert {(name, text) for name, text in found - ALLOWED if name not in ALLOWED_FILES} == set()


def test_nothing_is_allowed_that_is_not_there() -> None:
    there = {(name, text) for package in PACKAGES for name, tree in files(package) for text in strings(tree)}
    assert there >= ALLOWED


def test_every_package_has_its_place() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "benchmarks"} == set(PACKAGES)


def test_strings_are_looked_for() -> None:
    assert {"/todos", "/calendars", "/import"} <= paths("todos") | paths("calendars")
    assert "todos_todo" in tables("todos")
    assert "accounts.rate_limit_storage" in modules("accounts")


# Inside an app: what a file may not import of its own app, by the first part of its path there.
UPPER = {"serializers", "forms", "api", "views", "admin", "urls", "management"}
SERVICES = {"services", "builds", "jobs", "feeds", "imports"}
LEAVES = {"deadlines", "options", "quick_add", "recurrence", "time_zones"}
FORBIDDEN = {
    **dict.fromkeys(LEAVES, UPPER | SERVICES | {"models", "queries"}),
    "models": UPPER | SERVICES | {"queries"},
    "queries": UPPER | SERVICES,
    "ical": UPPER | SERVICES | {"models", "queries"},
    **dict.fromkeys(SERVICES, UPPER),
    "serializers": {"api", "views", "admin", "urls", "management"},
    "forms": {"api", "views", "admin", "urls", "management"},
    "api": {"views", "admin", "urls", "management"},
    "views": {"api", "admin", "urls", "management"},
}


def part_of_app(module: str) -> str:
    return [*module.split("."), ""][1]


@pytest.mark.parametrize("app", ["todos", "calendars", "followers", "reminders", "observatory", "accounts"])
def test_files_of_an_app_import_in_one_direction(app: str) -> None:
    wrong = set()
    for path, tree in files(app):
        part = path.split("/")[1].removesuffix(".py")
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = {f"{node.module}.{alias.name}" for node in imports for alias in node.names}
        wrong |= {
            (path, name)
            for name in names
            if name.startswith(f"{app}.") and part_of_app(name) in FORBIDDEN.get(part, set()) - {part}
        }
    assert wrong == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_statements_are_defined_in_queries_alone(package: str) -> None:
    defining = {
        path
        for path, tree in files(package)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Statement"
    }
    assert {path for path in defining if not path.endswith("/queries.py")} == set()
