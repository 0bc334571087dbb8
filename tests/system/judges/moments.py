from datetime import UTC, date, datetime

from tests.calendars.judges.events import Rejected


def read_moment(value: str) -> date:
    """Return what `20260227`, `20260227T180000` or `20260227T180000Z` means.

    Judges that pass on what does not exist leave its rejection to this.
    """
    try:
        if len(value) == len("20260227"):
            return datetime.strptime(value, "%Y%m%d").date()
        parsed = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")
    except ValueError as error:
        raise Rejected(str(error)) from error
    return parsed.replace(tzinfo=UTC) if value.endswith("Z") else parsed
