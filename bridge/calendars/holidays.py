"""Public holidays by country and canton (or region), from the package `holidays`.

The package answers with data of its release, so what it said is stored with each assessment
(C20); see :meth:`.WorkCalendar.basis`. Four of its habits are kept out here:

- an unknown country or region becomes an error that names what is known, and a year for which the
  package holds no data is an error too: it would answer "no holidays";
- names come in a stated language, not in the one of the process (``LANG``), because they are
  stored and compared;
- only the legal days count, unless categories are named. Belgium's list holds Easter and
  Pentecost Sunday, which are not among the ten legal days (R3.1);
- half days cannot close a date: a shorter date belongs in the calendar's ``extra_open``.

The package, and of its countries only the one that is asked for, is loaded by the first calendar
that has holidays: its own way in loads all of them, and takes longer than a whole command.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bridge.calendars.errors import CalendarError, did_you_mean

# Royal decree of 18 April 1974, article 1: ten days; these two (in the package's own Dutch) are
# listed by the package as public holidays beside them.
_NOT_LEGAL: Mapping[str, frozenset[str]] = {"BE": frozenset({"Pasen", "Pinksteren"})}


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of one country, or of one of its cantons, states or regions.

    ``country`` is an ISO 3166-1 code (``CH``); ``subdivision`` the package's code or name of a
    part of it (``VD``, ``Vaud``), stored as the code. Without a subdivision only the days of the
    whole country count: for Switzerland four. ``language`` of the names: of the country when None.
    Days moved because they fall on a weekend count where the law moves them (United Kingdom).

    Raises CalendarError when country, subdivision, category or language is unknown.
    """

    country: str
    subdivision: str | None = None
    categories: tuple[str, ...] = ("public",)
    language: str | None = None

    def __post_init__(self) -> None:
        codes = _modules()
        if self.country not in codes:
            raise CalendarError(
                f"{self.country!r} is not a country with known holidays: expected a code of two "
                f"letters, as CH or BE{did_you_mean(self.country, codes)}"
            )
        entity = _entity(self.country)
        object.__setattr__(self, "subdivision", self._subdivision_code(entity))
        object.__setattr__(self, "categories", tuple(self.categories))
        if not self.categories:
            raise CalendarError(f"holidays of {self.country}: expected at least one category")
        for category in self.categories:
            if category == "half_day":
                raise CalendarError(
                    f"holidays of {self.country}: half days do not close a date; give the hours "
                    "of such a date in extra_open"
                )
            _expect(category, entity.supported_categories, f"{self.country}: category")
        if self.language is not None and self.language != entity.default_language:
            _expect(self.language, entity.supported_languages, f"{self.country}: language")

    @classmethod
    def of(cls, code: str, language: str | None = None) -> "PublicHolidays":
        """The holidays named by ``"BE"`` or, with a subdivision, ``"CH-VD"``.

        ``language``: see :meth:`named_in`.
        """
        country, _, subdivision = code.strip().partition("-")
        return cls(country, subdivision or None).named_in(language)

    def named_in(self, language: str | None) -> "PublicHolidays":
        """The same days with names in ``language`` (``fr``, ``en``) where the package has them.

        Where it has not, in the country's own; a reader's language never decides which days count.
        """
        known = _entity(self.country).supported_languages
        found = [one for one in known if language and one.split("_")[0] == language.split("_")[0]]
        best = language if language in found else next(iter(found), None)
        return replace(self, language=best)

    @property
    def code(self) -> str:
        """``BE`` or ``CH-VD``."""
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country

    def in_year(self, year: int) -> Mapping[date, str]:
        """Date → name, in order of date. Raises CalendarError when the package has no such year."""
        return _in_year(self, year)

    def _subdivision_code(self, entity: Any) -> str | None:
        if self.subdivision is None:
            return None
        aliases: dict[str, str] = getattr(entity, "subdivisions_aliases", {})
        code = aliases.get(self.subdivision, self.subdivision)
        _expect(code, entity.subdivisions, f"{self.country}: canton or region")
        return code


def data_version() -> str:
    """The release of the holiday data, stored beside what was concluded from it (C20)."""
    from holidays.version import __version__

    return f"holidays {__version__}"


@lru_cache(maxsize=4096)
def _in_year(rule: PublicHolidays, year: int) -> Mapping[date, str]:
    entity = _entity(rule.country)
    if not entity.start_year <= year <= entity.end_year:
        raise CalendarError(
            f"the holidays of {rule.code} are known from {entity.start_year} to {entity.end_year} "
            f"({data_version()}), not for {year}: update the package, or use extra_closed"
        )
    local = _ask(rule, year, entity.default_language)
    names = _ask(rule, year, rule.language or entity.default_language)
    dropped = _NOT_LEGAL.get(rule.country, frozenset())
    return MappingProxyType({day: names[day] for day in sorted(local) if local[day] not in dropped})


def _ask(rule: PublicHolidays, year: int, language: str | None) -> dict[date, str]:
    return dict(
        _entity(rule.country)(
            subdiv=rule.subdivision,
            years=year,
            expand=False,
            language=language,
            categories=rule.categories,
        )
    )


@cache
def _modules() -> Mapping[str, tuple[str, str]]:
    """Country → its module in the package, and its class in there."""
    from holidays.registry import COUNTRIES

    return {codes[0]: (module, name) for module, (name, *codes) in COUNTRIES.items()}


@cache
def _entity(country: str) -> Any:
    """The package's class for one country."""
    from holidays import registry

    module, name = _modules()[country]
    file = Path(registry.__file__).with_name("countries") / f"{module}.py"
    spec = spec_from_file_location(f"holidays.countries.{module}", file)
    if spec is None or spec.loader is None:
        raise CalendarError(f"the holidays of {country} cannot be loaded from {file}")
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return getattr(loaded, name)


def _expect(value: str, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        listed = ", ".join(known) if known else "none"
        raise CalendarError(
            f"holidays of {what} {value!r} is unknown: expected one of {listed}"
            f"{did_you_mean(value, known)}"
        )
