"""What students get wrong on day 9."""

from __future__ import annotations
