"""Imports the generated client and shows a merged model, typed: the base's fields and ours in one class."""

from prisma.models import User

print(f"{User.__module__}.{User.__qualname__}")
for name, field in sorted(User.model_fields.items()):
    print(f"  {name}: {field.annotation}")
