"""What a user needs to set an authenticator up."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """To be shown to the user this once: `uri` and the picture of it hold the secret, `secret` is to type in."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)

    def qr_svg(self, *, scale: int = 4) -> str:
        """`uri` as a QR code: an SVG element to put into a page, `scale` pixels a module."""
        import segno

        picture: str = segno.make_qr(self.uri, error="m").svg_inline(scale=scale, omitsize=False)
        return picture
