"""Types of what comes in. Whatever is not named is refused: nobody sets a field that the form does not have."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from kaven_schema.services.users import UserRefusedError, normal_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints


def _address(text: str) -> str:
    try:
        return normal_email(text)
    except UserRefusedError as refused:
        raise ValueError(str(refused)) from None


# PostgreSQL's text takes no NUL, and lines in a log stay lines.
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Email = Annotated[str, Field(max_length=254), AfterValidator(_address)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PRINTABLE)
]
Search = Annotated[str, StringConstraints(max_length=200, pattern=_PRINTABLE)]
Slug = Annotated[str, Field(max_length=63, pattern=r"^[a-z0-9-]+$")]
Token = Annotated[SecretStr, Field(min_length=1, max_length=2048)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=512)]
Code = Annotated[SecretStr, Field(min_length=6, max_length=40)]
Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class Form(BaseModel):
    """What a request's body may hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
