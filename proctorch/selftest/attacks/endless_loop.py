"""Running without end."""

ENDS_BY = ("GuestTimeout",)

while True:
    pass
