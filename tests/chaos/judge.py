"""What became of every job, told by the database itself.

Triggers, which the project knows nothing of, note every status that a job takes and every file that is made:
a status that went back, or a job that was finished twice, shows even if nobody looked at that moment.
"""

import re
from dataclasses import dataclass, field

import psycopg2

from database.fields import decompress
from tests.chaos.clients import Asked

FINAL = ("SUCCESS", "FAILURE", "REVOKED")
NOTE_EVERYTHING = """
CREATE TABLE chaos_status (job uuid, before text, after text);
CREATE FUNCTION chaos_note() RETURNS trigger AS $$ BEGIN
    IF OLD.status <> NEW.status THEN INSERT INTO chaos_status VALUES (NEW.id, OLD.status, NEW.status); END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER chaos_note AFTER UPDATE ON calendars_calendarjob FOR EACH ROW EXECUTE FUNCTION chaos_note();
CREATE TABLE chaos_file (calendar bigint, revision bigint);
CREATE FUNCTION chaos_note_file() RETURNS trigger AS $$ BEGIN
    INSERT INTO chaos_file VALUES (NEW.calendar_id, NEW.revision);
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER chaos_note_file AFTER INSERT ON calendars_calendarfile
    FOR EACH ROW EXECUTE FUNCTION chaos_note_file();
"""


@dataclass
class Verdict:
    """The figures, and a sentence for each promise that was broken."""

    rows: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def add(self, name: str, count: int, *, must_be: int | None = None) -> None:
        self.rows[name] = count
        if must_be is not None and count != must_be:
            self.broken.append(f"{name}: {count} instead of {must_be}")

    def add_all(self, name: str, sentences: list[str]) -> None:
        """Add what must not be, a sentence for each."""
        self.rows[name] = len(sentences)
        self.broken += [f"{name}: {sentence}" for sentence in sentences]


class Judge:
    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.run(NOTE_EVERYTHING)

    def waiting(self) -> int:
        return self.value("SELECT count(*) FROM calendars_calendarjob WHERE status NOT IN %s", FINAL)

    def status(self, job_id: str) -> str | None:
        """Return the job's status; None while the database is away."""
        try:
            return self.run("SELECT status FROM calendars_calendarjob WHERE id = %s", job_id)[0][0]
        except psycopg2.OperationalError:
            return None

    def verdict(self, asked: list[Asked]) -> Verdict:
        rows = self.run(
            "SELECT j.id::text, j.status, extract(epoch FROM j.finished_at - j.created_at), f.body "
            "FROM calendars_calendarjob j LEFT JOIN calendars_calendarfile f ON f.id = j.file_id"
        )
        jobs = {job_id: (status, seconds, body) for job_id, status, seconds, body in rows}
        mine = [jobs.get(job.job_id, ("GONE", None, None)) for job in asked]
        verdict = Verdict()
        verdict.add("jobs finished", sum(status == "SUCCESS" for status, _, _ in mine))
        verdict.add("jobs failed", sum(status == "FAILURE" for status, _, _ in mine), must_be=0)
        verdict.add("jobs lost", sum(status not in FINAL for status, _, _ in mine), must_be=0)
        verdict.add("jobs whose file lacks an earlier change", sum(map(self.is_stale, asked, mine)), must_be=0)
        verdict.add(
            "jobs finished twice, or gone back",
            self.value("SELECT count(*) FROM chaos_status WHERE before IN %s OR after = 'PENDING'", FINAL),
            must_be=0,
        )
        verdict.add(
            "files made twice",
            self.value("SELECT count(*) - count(DISTINCT (calendar, revision)) FROM chaos_file"),
            must_be=0,
        )
        verdict.add("builds", self.value("SELECT sum(builds) FROM calendars_calendar"))
        verdict.rows["longest wait of a job, s"] = (
            f"{max((seconds or 0 for _, seconds, _ in mine), default=0):.1f}"
        )
        return verdict

    @staticmethod
    def is_stale(job: Asked, row: tuple) -> bool:
        """Whether the file is older than the change that was committed before the job was asked for."""
        body = decompress(row[2] or b"")
        shown = re.search(rb"SUMMARY:change (\d+)", body)
        return row[0] == "SUCCESS" and (shown is None or int(shown[1]) < job.change)

    def value(self, query: str, *values: object) -> int:
        return int(self.run(query, *values)[0][0] or 0)

    def run(self, query: str, *values: object) -> list[tuple]:
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()
