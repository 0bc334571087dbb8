// A client as courses publish them: it knows the API by relative addresses, and cuts the Z off what it sends.
const call = (method, path, body) =>
  fetch(`/api/v1/todos${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  }).then((response) => response.json());

const show = async () => {
  const items = (await call("GET", "")).map((todo) => {
    const item = document.createElement("li");
    const tick = document.createElement("input");
    tick.type = "checkbox";
    tick.checked = todo.completed;
    tick.onchange = () => call("PUT", `/${todo.id}`, { completed: tick.checked }).then(show);
    const remove = document.createElement("button");
    remove.textContent = "Delete";
    remove.onclick = () => call("DELETE", `/${todo.id}`).then(show);
    item.append(tick, `${todo.title} ${todo.deadline_at} ${todo.completed ? "done" : "open"}`, remove);
    return item;
  });
  document.querySelector("ul").replaceChildren(...items);
};

document.querySelector("form").onsubmit = (event) => {
  event.preventDefault();
  const form = event.target;
  const deadline = new Date(form.deadline.value).toISOString().replace("T", " ").replace("Z", "");
  call("POST", "", { title: form.title.value, deadline_at: deadline }).then(show);
};

show();
