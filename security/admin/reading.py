"""What the pages of tables share: they are found by address, never counted to the end, and filtered by nothing but what
they offer.
"""

from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, ShowFacets
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from security import tongue

AT_MOST = 1000
SHORTEST_PART = 3
OF_OUR_TIME = (MinValueValidator(tongue.FIRST), MaxValueValidator(tongue.LAST))
NUL = "\0"  # PostgreSQL takes it in no text


class BoundedPaginator(Paginator):
    """Counts no further than to a thousand: a million rows are not read to say how many pages there are."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: AT_MOST + 1].count())


class StaffAdmin(ModelAdmin):
    """A page that is filtered by the `lookups` it names and by no other column: whoever may ask whether a column begins
    with some signs can read it, a hash too.
    """

    lookups: ClassVar[frozenset[str]] = frozenset()
    paginator = BoundedPaginator
    show_facets = ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in self.lookups

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A moment is one that everybody can be told: a page that cannot tell it would open to nobody."""
        if isinstance(db_field, DateTimeField):
            kwargs["validators"] = OF_OUR_TIME
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if any(NUL in value for value in request.GET.values()):
            raise BadRequest
        return super().changelist_view(request, extra_context)


class ReadOnly(StaffAdmin):
    """Rows that staff may look at, and nobody adds, changes or deletes here (ASVS 16.4.2)."""

    sortable_by = ()
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
