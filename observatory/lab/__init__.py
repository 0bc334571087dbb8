"""The lab: experiments that break something on purpose, each on a list of its own, and the guided tour."""
