"""The doctor's visit: every assumption about Xero that can be probed, on one instance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import version
from urllib.parse import urlsplit

from xeroport.errors import DayLimitReached, InputError, XeroportError
from xeroport.jobs.doctor import lists, probes
from xeroport.jobs.doctor.left_out import left_out
from xeroport.jobs.doctor.report import DoctorReport, Observation
from xeroport.jobs.doctor.write_probes import write_probes
from xeroport.xero.client import XeroClient

Tell = Callable[[Observation], None]

OF_PROBE: dict[str, tuple[str, ...]] = {
    "connection": ("organisation-readable", "limit-headers", "day-limit", "tenant-header"),
    "paging": ("page-past-the-end", "unknown-parameter"),
    "deltas": ("default-order", "empty-delta", "since-inclusive", "since-bank-transfers"),
    "left_out": ("voided-in-lists", "archived-contacts", "deleted-tax-rates"),
    "answers": ("query-error", "not-found", "journals-gated", "four-decimals"),
}
"""The assumptions that stay unclear where a probe could not be made."""


async def examine(
    client: XeroClient, *, demo_company: bool = False, tell: Tell = lambda _: None
) -> DoctorReport:
    """Probe an organisation; with `demo_company` also by writes, which are taken back.

    `tell` hears each observation as it is made. InputError if `demo_company` is asked of an
    organisation that is none. AccessError and DayLimitReached end the visit.
    """
    organisation = await client.call("organisation.get")
    (record, *_) = probes.records_of(organisation) or [{}]
    if demo_company and record.get("IsDemoCompany") is not True:
        raise InputError(
            f"`{client.instance.name}` is not Xero's demo company",
            hint="leave out `--demo-company`; reading alone changes nothing",
        )
    report = DoctorReport(
        version("xeroport"),
        {
            "host": urlsplit(client.instance.base_url).hostname,
            "country": record.get("CountryCode"),
            "edition": record.get("Version"),
            "demo_company": record.get("IsDemoCompany"),
        },
    )

    def note(seen: Iterable[Observation]) -> None:
        for observation in seen:
            report.observations.append(observation)
            tell(observation)

    for probe in (*probes.PROBES, left_out):
        try:
            note(await probe(client))
        except DayLimitReached:
            raise
        except (XeroportError, ValueError, LookupError) as error:
            name = probe.__name__
            note(Observation(row, "unclear", type(error).__name__) for row in OF_PROBE[name])
    pages = await lists.read_lists(client)
    checks = (
        lists.pagination_object,
        lists.page_size,
        lists.fields_known,
        lists.shapes_decode,
    )
    note(check(pages) for check in checks)
    if demo_company:
        seen, report.left_behind = await write_probes(client)
        note(seen)
    report.calls = client.usage.calls
    return report
