"""Collect the texts that pages and mails translate into locale/*/LC_MESSAGES/django.po, and compile them.

xgettext finds the texts. The files are sorted by text, with no dates and no line numbers, so that two changes merge and
the same source gives the same bytes. Compiled files are committed: nobody needs gettext to run TaskOverflow.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
}
NO_PAGES = ("tests", "benchmarks", "docs", "monitoring", "scripts", "terraform", "requirements*", "var", "static*")
EXTENSIONS = ("html", "txt", "py")


def catalogs(folder: Path = ROOT) -> list[Path]:
    return [folder / "locale" / language / "LC_MESSAGES" / "django.po" for language in LANGUAGES]


def collect(folder: Path) -> None:
    """Add new texts to the catalogs below a folder, and remove those that are gone."""
    for catalog in catalogs(folder):
        catalog.parent.mkdir(parents=True, exist_ok=True)
    options = [f"--locale={language}" for language in LANGUAGES]
    options += [f"--extension={extension}" for extension in EXTENSIONS]
    options += [f"--ignore={pattern}" for pattern in NO_PAGES]
    command = [sys.executable, folder / "manage.py", "makemessages", "--no-location", "--no-obsolete", "--no-wrap"]
    subprocess.run([*command, *options], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for catalog in catalogs(folder):
        tidy(catalog)


def tidy(path: Path) -> None:
    """Sort the catalog, and leave out what changes without a reason. A guess is no translation."""
    catalog = polib.pofile(str(path), wrapwidth=0)
    catalog.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    language = path.parts[-3]
    kept = {name: catalog.metadata[name] for name in ("MIME-Version", "Content-Type", "Content-Transfer-Encoding")}
    catalog.header = ""
    catalog.metadata = {"Language": language, **kept, "Plural-Forms": LANGUAGES[language]}
    catalog.metadata_is_fuzzy = 0
    forms = int(re.match(r"nplurals=(\d+);", LANGUAGES[language])[1])
    for entry in catalog:
        if entry.fuzzy:
            entry.flags.remove("fuzzy")
            entry.msgstr, entry.msgstr_plural = "", dict.fromkeys(entry.msgstr_plural, "")
        # Django's own catalogs have more forms in some languages.
        entry.msgstr_plural = {form: text for form, text in entry.msgstr_plural.items() if form < forms}
        entry.previous_msgid = entry.previous_msgctxt = entry.previous_msgid_plural = None
    catalog.save(str(path))


def compiled(path: Path) -> bytes:
    """Return what gettext reads, made from the catalog: the same bytes each time."""
    return polib.pofile(str(path)).to_binary()


def main() -> None:
    if not shutil.which("xgettext"):
        sys.exit("xgettext not found: install gettext.")
    collect(ROOT)
    for catalog in catalogs():
        catalog.with_suffix(".mo").write_bytes(compiled(catalog))


if __name__ == "__main__":
    main()
