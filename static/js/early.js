// Runs before the first paint: shows elements that need scripts and hides their fallbacks.
document.documentElement.classList.add("js");
