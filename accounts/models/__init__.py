"""What accounts keeps: the person, and what staff put around them in the portal."""

from accounts.models.portal import Announcement, AnnouncementText, PortalLink, PortalLinkText
from accounts.models.user import User, UserManager

__all__ = ["Announcement", "AnnouncementText", "PortalLink", "PortalLinkText", "User", "UserManager"]
