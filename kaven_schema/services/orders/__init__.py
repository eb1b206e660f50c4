"""A tenant's orders: numbered without gaps, with statuses in their order and a history that nobody rewrites."""

from kaven_schema.services.orders.service import Orders
from kaven_schema.services.orders.shapes import Change, Order, OrderClient
from kaven_schema.services.orders.statuses import ORDER_STATUSES, OrderStatus

__all__ = [
    "ORDER_STATUSES",
    "Change",
    "Order",
    "OrderClient",
    "OrderStatus",
    "Orders",
]
