"""What the pages of big tables share: they are only read, found by address, and never counted to the end."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

AT_MOST = 1000
SHORTEST_PART = 3


class BoundedPaginator(Paginator):
    """Counts no further than to a thousand: a million rows are not read to say how many pages there are."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: AT_MOST + 1].count())


class ReadOnly(ModelAdmin):
    """Rows that staff may look at, and nobody adds, changes or deletes here (ASVS 16.4.2)."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None
    find_by = "person__"
    hint: Any = _("Search by the whole address of an account.")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"subtitle": self.hint, **(extra_context or {})})

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Any], typed: str) -> tuple[QuerySet[Any], bool]:
        """By the whole address of the account, in any case."""
        typed = typed.strip()
        return (rows.filter(**{f"{self.find_by}email__iexact": typed}) if typed else rows), False
