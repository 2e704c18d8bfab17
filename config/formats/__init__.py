"""Dates and times by language, where Django's own are not what people here write."""
