"""Build a list's calendar in a separate process and print its peak memory.

python -m benchmarks.calendar_worker LIST [first | next]
"""

import sys

import django


def main(list_id: str, step: str = "") -> None:
    django.setup()
    from benchmarks import calendar_costs as costs
    from calendars.models import Calendar
    from todos.models import TodoList

    todo_list = TodoList.objects.get(pk=list_id)
    if step == "first":
        Calendar.objects.filter(list=todo_list).delete()
        costs.build_anew(todo_list)
    elif step == "next":
        costs.tick(todo_list, 0)
        costs.build(Calendar.objects.get(list=todo_list).pk)
    print(costs.peak_of_memory())


if __name__ == "__main__":
    main(*sys.argv[1:])
