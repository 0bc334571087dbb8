// List page in the manual order: todos are moved by their grips, or by Alt and the arrow keys.
(() => {
  const app = window.taskoverflow;

  const status = document.createElement("p");
  status.className = "unseen";
  status.setAttribute("aria-live", "polite"); // only #messages has the role
  document.body.append(status);

  const moves = []; // sent, and not yet in the list that is shown
  let message = null; // about the last move: the history has those before

  const rowOf = (element) => element.closest?.("#todos[data-manual] li.todo:not(.editing)");
  const titleOf = (row) => row.querySelector(".title").textContent;
  const template = document.getElementById("grip");
  const say = (name, row, values) => app.text(name, { title: titleOf(row), ...values }, template.dataset);
  const depthOf = (row) => Number(row.dataset.depth ?? 0);
  const isDone = (row) => row.matches(".done");

  // A row, and those of its sub-tasks below it.
  const blockOf = (row) => {
    const rows = [row];
    for (let next = row.nextElementSibling; next && depthOf(next) > depthOf(row); next = next.nextElementSibling) rows.push(next);
    return rows;
  };

  // The rows among which this one can be moved, itself included.
  const siblingsOf = (row) => [...row.parentElement.children].filter((other) =>
    other.id && depthOf(other) === depthOf(row) && other.dataset.parent === row.dataset.parent && isDone(other) === isDone(row));

  const put = ({ id, neighbour, side }) => {
    const row = document.getElementById(id);
    const other = document.getElementById(neighbour);
    if (!row || !other || row.parentElement !== other.parentElement) return;
    const active = document.activeElement;
    if (side === "after") blockOf(other).at(-1).after(...blockOf(row));
    else other.before(...blockOf(row));
    if (row.contains(active)) active.focus();
  };

  const replaceMessage = () => {
    if (!message?.contains(document.activeElement)) message?.remove();
    message = document.getElementById("messages").lastElementChild;
  };

  // Move a row to a place among its siblings.
  const move = (row, place) => {
    const siblings = siblingsOf(row);
    const others = siblings.filter((other) => other !== row);
    const to = (at) => ({ id: row.id, neighbour: others[at ? at - 1 : 0].id, side: at ? "after" : "before" });
    const made = to(place);
    const back = to(siblings.indexOf(row));
    const path = row.querySelector(".tick").getAttribute("formaction").replace(/\w+$/, "position");
    put(made);
    moves.push(made);
    const data = new FormData();
    data.set(made.side, made.neighbour.replace("todo-", ""));
    app.send(path, data, {
      answered: (answer) => {
        moves.shift();
        if (answer?.isList) document.addEventListener("messages:added", replaceMessage, { once: true });
        else put(back); // which the person is told
      },
    });
    status.textContent = say("place", row, { place: place + 1, count: others.length + 1 });
  };

  const step = (row, by) => {
    const siblings = siblingsOf(row);
    const place = siblings.indexOf(row) + by;
    if (place >= 0 && place < siblings.length) move(row, place);
    else status.textContent = say(by < 0 ? "first" : "last", row);
  };

  // --- By keyboard ---

  document.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = by && rowOf(event.target);
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!event.altKey && !event.target.matches(".grip")) return;
    event.preventDefault();
    step(row, by);
  });

  // --- By pointer ---

  const drag = (grip, row, start) => {
    const others = siblingsOf(row).filter((other) => other !== row);
    const block = blockOf(row);
    const middles = others.map((other) => {
      const rows = blockOf(other);
      return window.scrollY + (rows[0].getBoundingClientRect().top + rows.at(-1).getBoundingClientRect().bottom) / 2;
    });
    const first = siblingsOf(row).indexOf(row);
    let place = first;
    let marked = null;

    const mark = (next, name) => {
      marked?.classList.remove("drop-before", "drop-after");
      marked = next;
      marked?.classList.add(name);
    };
    app.drag(grip, start, {
      lifted: () => {
        for (const one of block) one.classList.add("dragging");
      },
      moved: (event) => {
        for (const one of block) one.style.translate = `0 ${event.pageY - start.pageY}px`;
        place = middles.filter((middle) => middle < event.pageY).length;
        if (place === first) mark(null);
        else if (place < others.length) mark(others[place], "drop-before");
        else mark(blockOf(others.at(-1)).at(-1), "drop-after");
      },
      ended: () => {
        mark(null);
        for (const one of block) {
          one.classList.remove("dragging");
          one.style.translate = "";
        }
      },
      dropped: () => {
        if (place !== first && row.isConnected) move(row, place);
      },
    });
  };

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".grip");
    const row = grip && rowOf(grip);
    if (!row || event.button) return;
    event.preventDefault(); // no text is selected
    grip.focus();
    drag(grip, row, event);
  });

  // --- Rows that are shown anew ---

  const prepare = () => {
    app.stopDrag(); // what was dragged is not in this list
    for (const made of moves) put(made);
    for (const row of document.querySelectorAll("#todos[data-manual] li.todo:not(.editing)")) {
      if (row.querySelector(".grip")) continue;
      const grip = template.content.firstElementChild.cloneNode(true);
      grip.setAttribute("aria-label", say("move", row));
      row.append(grip);
    }
  };
  document.addEventListener("list:shown", prepare);
  prepare();
})();
