"""The statuses of orders, and what may follow what."""

from __future__ import annotations

from enum import StrEnum

from kaven_schema.services.transitions import StatusMachine


class OrderStatus(StrEnum):
    """Base's enum of the same name."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"
    REFUNDED = "REFUNDED"


ORDER_STATUSES = StatusMachine(
    "order",
    {
        OrderStatus.PENDING: frozenset({OrderStatus.PROCESSING, OrderStatus.CANCELED}),
        # A service is completed without being shipped.
        OrderStatus.PROCESSING: frozenset(
            {OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELED, OrderStatus.REFUNDED}
        ),
        OrderStatus.SHIPPED: frozenset({OrderStatus.DELIVERED, OrderStatus.REFUNDED}),
        OrderStatus.DELIVERED: frozenset({OrderStatus.COMPLETED, OrderStatus.REFUNDED}),
        OrderStatus.COMPLETED: frozenset({OrderStatus.REFUNDED}),
        OrderStatus.CANCELED: frozenset(),
        OrderStatus.REFUNDED: frozenset(),
    },
)
