// Reads a calendar file from standard input and prints its events as JSON; a file that ical.js refuses is exit code 1.

import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(0));
const calendar = new ICAL.Component(ICAL.parse(body));
if (calendar.name !== "vcalendar") throw new Error("not exactly one VCALENDAR");

function momentOf(property) {
  const name = property?.getParameter("tzid");
  // As parsed, before it becomes a Time, which prints years before 1000 without their zero.
  if (!name) return property?.jCal[3].replace(/[-:]/g, "") ?? null;
  const time = property.getFirstValue();
  if (time.zone.tzid !== name) throw new Error(`no time zone ${name}`);
  return time.convertToZone(ICAL.Timezone.utcTimezone).toICALString();
}

const events = ["vevent", "vtodo"].flatMap((kind) =>
  calendar.getAllSubcomponents(kind).map((item) => ({
    kind: kind.toUpperCase(),
    uid: item.getFirstPropertyValue("uid"),
    summary: item.getFirstPropertyValue("summary"),
    description: item.getFirstPropertyValue("description"),
    priority: item.getFirstPropertyValue("priority") ?? 0,
    categories: item.getAllProperties("categories").flatMap((property) => property.getValues()),
    when: momentOf(item.getFirstProperty(kind === "vevent" ? "dtstart" : "due")),
  })),
);
console.log(JSON.stringify(events));
