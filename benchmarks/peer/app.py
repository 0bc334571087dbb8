"""The peer's web server: todos in PostgreSQL, calendars by Celery."""

import os
from datetime import UTC, datetime, timedelta

from flask import Flask, Response, jsonify, request, url_for
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from benchmarks.peer.tasks import app as celery
from benchmarks.peer.tasks import render_calendar

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 4, "max_overflow": 0}  # one per server thread
app.json.sort_keys = False
db = SQLAlchemy(app, session_options={"expire_on_commit": False})


def utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


class Todo(db.Model):
    __tablename__ = "todos"
    __table_args__ = (
        Index("todos_completed_deadline", "completed", "deadline_at"),
        Index("todos_deadline", "deadline_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(db.String(255))
    description: Mapped[str | None] = mapped_column(db.Text)
    completed: Mapped[bool] = mapped_column(default=False)
    deadline_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


COLUMNS = (
    Todo.id, Todo.title, Todo.description, Todo.completed, Todo.deadline_at, Todo.created_at, Todo.updated_at
)  # fmt: skip
WRITABLE = {"title", "description", "completed", "deadline_at"}


def as_json(todo) -> dict:
    """Return a todo as a dict, from a row of COLUMNS or an instance."""
    return {
        "id": todo.id,
        "title": todo.title,
        "description": todo.description,
        "completed": todo.completed,
        "deadline_at": todo.deadline_at and todo.deadline_at.isoformat(),
        "created_at": todo.created_at.isoformat(),
        "updated_at": todo.updated_at.isoformat(),
    }


class Refused(Exception):
    """The request is invalid; the message says why."""


@app.errorhandler(Refused)
def refuse(error: Refused):
    return {"error": str(error)}, 400


def sent_fields() -> dict:
    """Return the validated fields of the request body."""
    sent = request.get_json()
    if not isinstance(sent, dict) or set(sent) - WRITABLE:
        raise Refused("Unknown fields")
    if "title" in sent and not (isinstance(sent["title"], str) and 0 < len(sent["title"].strip()) <= 255):
        raise Refused("A title has 1 to 255 characters")
    if not isinstance(sent.get("completed", False), bool):
        raise Refused("completed is true or false")
    if sent.get("deadline_at") is not None:
        try:
            sent["deadline_at"] = datetime.fromisoformat(sent["deadline_at"])
        except (TypeError, ValueError) as error:
            raise Refused("deadline_at is no date") from error
    return sent


def read_todos() -> list[dict]:
    """Return all todos, or those that match the query string."""
    query = select(*COLUMNS).order_by(Todo.created_at, Todo.id)
    if (completed := request.args.get("completed")) is not None:
        query = query.where(Todo.completed == (completed == "true"))
    if (window := request.args.get("window", type=int)) is not None:
        query = query.where(Todo.deadline_at <= utc_now() + timedelta(days=window))
    return [as_json(row) for row in db.session.execute(query)]


@app.get("/api/v1/health")
def health():
    return {"status": "ok"}


@app.get("/api/v1/todos")
def list_todos():
    return jsonify(read_todos())


@app.get("/api/v1/todos/<int:todo_id>")
def read_todo(todo_id: int):
    row = db.session.execute(select(*COLUMNS).where(Todo.id == todo_id)).one_or_none()
    return as_json(row) if row else ({"error": "Todo not found"}, 404)


@app.post("/api/v1/todos")
def create_todo():
    sent = sent_fields()
    if "title" not in sent:
        raise Refused("title is required")
    todo = Todo(**sent)
    db.session.add(todo)
    db.session.commit()
    return as_json(todo), 201


@app.put("/api/v1/todos/<int:todo_id>")
def change_todo(todo_id: int):
    sent = sent_fields()
    if (todo := db.session.get(Todo, todo_id)) is None:
        return {"error": "Todo not found"}, 404
    for name, value in sent.items():
        setattr(todo, name, value)
    db.session.commit()
    return as_json(todo)


@app.delete("/api/v1/todos/<int:todo_id>")
def delete_todo(todo_id: int):
    if (todo := db.session.get(Todo, todo_id)) is None:
        return {}
    db.session.delete(todo)
    db.session.commit()
    return as_json(todo)


@app.post("/api/v1/todos/ical")
def create_calendar():
    task = render_calendar.delay(read_todos())
    return {"task_id": task.id, "task_url": url_for("calendar_status", task_id=task.id, _external=True)}, 202


@app.get("/api/v1/todos/ical/<task_id>/status")
def calendar_status(task_id: str):
    # This fetches the whole calendar for its state, because Celery stores state and result in one value.
    return {
        "task_id": task_id,
        "task_status": celery.AsyncResult(task_id).state,
        "result_url": url_for("calendar_result", task_id=task_id, _external=True),
    }


@app.get("/api/v1/todos/ical/<task_id>/result")
def calendar_result(task_id: str):
    task = celery.AsyncResult(task_id)
    if task.state != "SUCCESS":
        return {"error": "Task not finished"}, 404
    return Response(task.result, content_type="text/calendar; charset=utf-8")


@app.cli.command("create-tables")
def create_tables():
    """Create missing tables."""
    db.create_all()
