// Reads a calendar file from standard input and prints its events as JSON; a file that ical.js refuses is exit code 1.

import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(0));
const calendar = new ICAL.Component(ICAL.parse(body));
if (calendar.name !== "vcalendar") throw new Error("not exactly one VCALENDAR");

const events = ["vevent", "vtodo"].flatMap((kind) =>
  calendar.getAllSubcomponents(kind).map((item) => ({
    kind: kind.toUpperCase(),
    uid: item.getFirstPropertyValue("uid"),
    summary: item.getFirstPropertyValue("summary"),
    description: item.getFirstPropertyValue("description"),
    priority: item.getFirstPropertyValue("priority") ?? 0,
    categories: item.getAllProperties("categories").flatMap((property) => property.getValues()),
    // As parsed, before it becomes a Time, which prints years before 1000 without their zero.
    when: item.getFirstProperty(kind === "vevent" ? "dtstart" : "due")?.jCal[3].replace(/[-:]/g, "") ?? null,
  })),
);
console.log(JSON.stringify(events));
