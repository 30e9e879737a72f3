"""Shapes that several families of verbs take."""

from nova.core.shape import raw, string

TAG = string(min=1, max=60, pattern="^[^,/]*$")
METADATA = raw(
    type="object",
    patternProperties={"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": "string", "maxLength": 255}},
    additionalProperties=False,
)
DESCRIPTION_TEXT = raw(type=["string", "null"], format="printable", minLength=0, maxLength=255)
