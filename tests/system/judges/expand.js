// Reads a calendar from standard input, and prints the first occurrences of each event, as its own clock shows them. Null stands for a search that does not end.

import { readFileSync } from "node:fs";
import vm from "node:vm";
import ICAL from "ical.js";

const most = Number(process.argv[2]);
const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf-8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);

globalThis.expand = (event) => {
  const iterator = event.iterator();
  const starts = [];
  for (let start; starts.length < most && (start = iterator.next()); ) starts.push(start.toString());
  return starts;
};

const found = [];
for (const component of calendar.getAllSubcomponents("vevent")) {
  globalThis.event = new ICAL.Event(component);
  try {
    found.push(vm.runInThisContext("expand(event)", { timeout: 2000 }));
  } catch (error) {
    if (error.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    found.push(null);
  }
}
console.log(JSON.stringify(found));
