// Streams of server-sent events, for pages that update by themselves. Where there are none, the page asks now and then.
// Nothing happens while the tab is hidden.
(() => {
  const SILENT_MILLISECONDS = 10_000; // a stream of which nothing comes by then is held back on its way
  const POLL_MILLISECONDS = 20_000;
  const STREAMS = 4; // of one browser: with HTTP/1.1 it has six connections to a server, for all tabs together

  const about = (milliseconds) => milliseconds * (0.75 + Math.random() / 2);

  // The tabs of a browser share a few slots for streams; those without poll.
  const takeSlot = async () => {
    for (let number = 0; navigator.locks && number < STREAMS; number += 1) {
      const free = await new Promise((resolve) => {
        const hold = (lock) => lock && new Promise((free) => resolve(free));
        navigator.locks.request(`stream ${number}`, { ifAvailable: true }, hold).finally(() => resolve(null));
      });
      if (free) return free;
    }
    return navigator.locks ? null : () => {};
  };

  // Call `hear` with the text of each event from the address that `place` returns. The result ends it by `stop`, and says
  // whether it `isOver`: whoever asks may not see this any more, and the page says so at the next action.
  const openStream = (place, hear) => {
    const owner = JSON.parse(document.body.getAttribute("hx-headers"))["X-List-Owner"];
    const stream = { isOver: false };
    let source = null;
    let check = null; // of the stream, or the next poll
    let isHeldBack = !window.EventSource;
    let isOpening = false;
    let freeSlot = null;

    const address = (more) => {
      const url = new URL(place(), location.href);
      for (const [name, value] of Object.entries({ owner, ...more })) url.searchParams.set(name, value);
      return url;
    };

    const close = () => {
      source?.close();
      source = null;
      freeSlot?.();
      freeSlot = null;
      clearTimeout(check);
    };

    stream.stop = () => {
      stream.isOver = true;
      close();
    };

    const listen = () => {
      source = new EventSource(address());
      check = setTimeout(() => {
        close();
        isHeldBack = true;
        open();
      }, SILENT_MILLISECONDS);
      source.addEventListener("message", (event) => {
        clearTimeout(check);
        hear(event.data);
      });
      source.addEventListener("error", () => {
        if (source?.readyState !== EventSource.CLOSED) return; // it opens the stream again by itself
        close();
        check = setTimeout(poll, about(POLL_MILLISECONDS)); // which learns why
      });
    };

    const poll = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(address({ once: 1 }), { cache: "no-store", redirect: "manual" });
        const isRefused = answer.status === 403 || answer.status === 404 || answer.type === "opaqueredirect"; // to sign in
        if (isRefused) stream.stop();
        else if (answer.status === 200) hear((await answer.text()).match(/^data: (.*)$/m)[1]);
      } catch { // no connection, or an answer of something on the way
      } finally {
        if (!stream.isOver && !document.hidden) check = setTimeout(open, about(POLL_MILLISECONDS));
      }
    };

    const open = async () => {
      if (source || isOpening || stream.isOver || document.hidden) return;
      isOpening = true;
      clearTimeout(check);
      try {
        freeSlot = isHeldBack ? null : await takeSlot();
        if (document.hidden) close();
        else if (freeSlot) listen();
        else await poll();
      } finally {
        isOpening = false;
      }
    };

    // With the address as it is now.
    stream.reopen = () => {
      close();
      open();
    };

    document.addEventListener("visibilitychange", () => {
      if (document.hidden) close();
      else open();
    });
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", open);
    open();
    return stream;
  };

  window.taskoverflow.openStream = openStream;
})();
