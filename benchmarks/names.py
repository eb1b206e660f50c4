"""What the areas are called: as many as are wanted, each by another name."""

from __future__ import annotations

_AREAS = (
    "Catalog",
    "Warehouse",
    "Shipping",
    "Returns",
    "Pricing",
    "Campaign",
    "Loyalty",
    "Support",
    "Calendar",
    "Project",
    "Timesheet",
    "Payroll",
    "Recruiting",
    "Training",
    "Contract",
    "Procurement",
    "Vendor",
    "Asset",
    "Fleet",
    "Maintenance",
    "Quality",
    "Compliance",
    "Survey",
    "Forum",
    "Library",
    "Newsletter",
    "Booking",
    "Event",
    "Ticketing",
    "Lead",
    "Pipeline",
    "Forecast",
    "Budget",
    "Expense",
    "Ledger",
    "Tax",
    "Treasury",
    "Insurance",
    "Claim",
    "Clinic",
)


def area_name(number: int) -> str:
    rounds, place = divmod(number, len(_AREAS))
    return _AREAS[place] + (f"R{rounds + 1}" if rounds else "")
