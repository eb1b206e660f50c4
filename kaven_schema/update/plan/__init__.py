"""What a release would change in a project, and what stands in its way: judged, before anything is written."""

from kaven_schema.update.plan.breaks import Acceptance, Addition
from kaven_schema.update.plan.planning import Plan, State, Step, make_plan
from kaven_schema.update.plan.rules import UPDATE_RULES, UpdateRule

__all__ = ["UPDATE_RULES", "Acceptance", "Addition", "Plan", "State", "Step", "UpdateRule", "make_plan"]
