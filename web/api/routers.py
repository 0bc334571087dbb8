"""API addresses: no slash at the end, typed parameters."""

from rest_framework.routers import DynamicRoute, Route, SimpleRouter


def _renamed(route: Route | DynamicRoute) -> Route | DynamicRoute:
    name = "{basename}" if route.detail else "{basename}s"
    return route._replace(name=f"{name}-{{url_name}}" if isinstance(route, DynamicRoute) else name)


class Router(SimpleRouter):
    """REST framework's router, with route names like ``todos`` and ``todo`` for ``todo-list`` and ``todo-detail``.

    Metrics and request logs show these names.
    """

    routes = [_renamed(route) for route in SimpleRouter.routes]

    def __init__(self) -> None:
        super().__init__(trailing_slash=False, use_regex_path=False)
