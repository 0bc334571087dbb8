"""schemathesis against a live server: no 5xx, no undocumented status, and responses match the schema."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from accounts.models import Scope
from accounts.services import create_token
from tests.project import database_url, start_web

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SECONDS = "90"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["nobody", "a user with a token"])
def test_the_schema_is_true(who: str, tmp_path: Path) -> None:
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.fail("schemathesis is not here: run `make install-system`")
    variables = {
        "DATABASE_URL": database_url(),
        "TASKOVERFLOW_SECRET_KEY": "for tests alone",
        "ALLOWED_HOSTS": "*",
        "RATE_LIMIT_JOBS": "off",
        "RATE_LIMIT_IMPORT": "off",
        "RATE_LIMIT_INVITATIONS": "off",
    }
    headers = []
    if who != "nobody":
        user = User.objects.create_user("ada")
        _, secret = create_token(user=user, name="schemathesis", scope=Scope.WRITE)
        headers = ["--header", f"Authorization: Bearer {secret}"]
    with start_web(**variables) as web:
        command = [program, "run", f"{web.url}/api/v1/schema", "--checks", CHECKS, "--max-examples", "20"]
        limits = ["--max-time", SECONDS, "--seed", "7", "--generation-database", "none", "--no-color"]
        done = subprocess.run([*command, *limits, *headers], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
        assert "Traceback" not in web.log.read_text()
