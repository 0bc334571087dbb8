// Pages on which todos are dragged: follows the pointer until it is released, or Escape is pressed.
(() => {
  const EDGE_PIXELS = 60; // the page scrolls when something is dragged this near to its top or bottom
  const SCROLL_PIXELS = 12;
  const START_PIXELS = 4; // less is a click

  const app = window.taskoverflow;
  let stop = null; // ends the drag that is under way, without dropping anything

  const scroll = ({ clientY }) => {
    if (clientY < EDGE_PIXELS) window.scrollBy(0, -SCROLL_PIXELS);
    else if (clientY > window.innerHeight - EDGE_PIXELS) window.scrollBy(0, SCROLL_PIXELS);
  };

  // Releasing a drag must not click the link under it.
  const swallowClick = () => {
    const swallow = (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
  };

  // Drag by a handle, on which a pointer was pressed. `lifted` is called once the pointer has moved, `moved` with every
  // event after that, `ended` in any case, and then `dropped` with the event that released it.
  app.drag = (handle, start, { lifted, moved, ended, dropped }) => {
    if (stop) return;
    const listeners = new AbortController();
    let isLifted = false;
    const end = () => {
      listeners.abort();
      stop = null;
      if (isLifted) ended();
    };
    const listen = (type, listener) => document.addEventListener(type, (event) => {
      if (event.pointerId === start.pointerId) listener(event);
    }, { signal: listeners.signal });
    stop = end;
    listen("pointermove", (event) => {
      if (!isLifted) {
        if (Math.hypot(event.pageX - start.pageX, event.pageY - start.pageY) < START_PIXELS) return;
        isLifted = true;
        if (handle.isConnected) handle.setPointerCapture(event.pointerId);
        lifted();
      }
      scroll(event);
      moved(event);
    });
    listen("pointerup", (event) => {
      end();
      if (!isLifted) return;
      swallowClick();
      dropped(event);
    });
    listen("pointercancel", end);
  };

  app.stopDrag = () => stop?.();

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !stop) return;
    event.stopImmediatePropagation(); // it does nothing else
    stop();
  }, { capture: true });
})();
