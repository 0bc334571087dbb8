// Before the page is painted: what needs scripts shows itself, what stands in for them hides.
document.documentElement.classList.add("js");
