// Browsable API: say whose list the page is for, so that a change after the session ended is refused.
jQuery.ajaxSetup({ headers: JSON.parse(document.getElementById("list-owner").textContent) });
