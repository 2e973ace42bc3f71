"""Studies of what people see: their design, their store, and what their ratings say."""

from fourfold.study.ratings import Choice as Choice
from fourfold.study.ratings import Rating as Rating
from fourfold.study.ratings import RatingTable as RatingTable

__all__ = ["Choice", "Rating", "RatingTable"]
