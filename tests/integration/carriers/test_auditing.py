"""What every way of reading back finds, and what it leaves alone."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sync.core.errors import Alarm
from sync.core.inventory import Drift, Manner, Shown
from sync.core.messages import Draft, Origin, Topic
from sync.core.ports import Audit, Mirror
from sync.core.sites import Site
from sync.flows.auditing import Auditor
from sync.store.audits import PostgresAudits
from tests.integration.carriers.conftest import Counter, Make

RECORDS = "s/-/dw/data/v25_6/inventory_lists/refarch/product_inventory_records"
HEAD = {"Content-Type": "application/json"}


@dataclass
class Asked:
    """A ledger of requests only."""

    drafts: list[Draft] = field(default_factory=list)

    def add(self, drafts: Collection[Draft]) -> int:
        self.drafts += drafts
        return len(drafts)


def request(organisation: str, slot: str, skus: Collection[str]) -> Draft:
    return Draft(
        site=organisation,
        topic=Topic.STOCK_REQUESTED,
        origin=Origin.WAREHOUSE,
        key="stock",
        dedupe_key=slot,
        body=",".join(sorted(skus)),
        correlation_id=slot,
    )


class Auditing:
    """An auditor beside the publisher of a counter."""

    def __init__(self, counter: Counter, mirror: Mirror | None = None) -> None:
        self.counter, self.ledger = counter, Asked()
        self.audits = PostgresAudits(counter.sessions)
        self.pauses = 0
        self.auditor = Auditor(
            mirror=mirror or counter.stocking.readings,
            audits=self.audits,
            stock=counter.stock,
            ledger=self.ledger,  # type: ignore[arg-type]  # an auditor only adds
            request=request,
            clock=lambda: counter.time,
            sleep=self._pause,
        )

    def _pause(self, _seconds: float) -> None:
        self.pauses += 1

    def audit(self, sample: int | None = None, *, repair: bool = False) -> tuple[Audit, list[Drift]]:
        self.counter.time += timedelta(seconds=1)
        return self.auditor.audit(self.counter.site, sample, repair=repair)

    def found(self, sample: int | None = None) -> list[tuple[str, str, str, str]]:
        return [(one.sku, one.kind, one.ours, one.theirs) for one in self.audit(sample)[1]]


def behind_our_back(counter: Counter, sku: str, units: int, at: datetime | None = None) -> None:
    """Change a number in the storefront as somebody else does."""
    if counter.site.publication.inventory == "omnichannel":
        moment = (at or datetime.now(UTC) + timedelta(hours=1)).isoformat()
        row = {"recordId": f"x-{units}-{moment}", "location": "refarch", "sku": sku, "onHand": units}
        call(counter, "POST", AVAILABILITY + "batch-update", {"records": [row | {"effectiveDate": moment}]})
        return
    dated = {} if at is None else {"reset_date": at.isoformat()}
    call(counter, "PATCH", f"{RECORDS}/{sku}", {"allocation": {"amount": units, **dated}})


AVAILABILITY = "inventory/availability/v1/organizations/tg_zzte/availability-records/actions/"


def call(counter: Counter, method: str, path: str, body: Any = None) -> None:
    """Call the storefront's own interface."""
    scope = "SALESFORCE_COMMERCE_API:zzte_053 sfcc.inventory.availability.rw"
    grant = {"grant_type": "client_credentials"} | ({"scope": scope} if "availability" in path else {})
    url = f"{counter.url}/dwsso/oauth2/access_token"
    token = requests.post(url, data=grant, auth=("sandbox", "sandbox"), timeout=10).json()["access_token"]
    head = {**HEAD, "Authorization": f"Bearer {token}"}
    answer = requests.request(method, f"{counter.url}/{path}", json=body, headers=head, timeout=10)
    answer.raise_for_status()


def test_what_was_published_agrees_and_nothing_is_asked_for(counter: Counter) -> None:
    counter.count(A=5, B=0, C=10**12)
    counter.publish()
    auditing = Auditing(counter)
    audit, drifts = auditing.audit(repair=True)
    assert (audit.audited, audit.drifted, audit.moving, drifts) == (3, 0, 0, [])
    assert auditing.ledger.drafts == []
    assert auditing.pauses == 0


def test_a_number_changed_behind_our_back_is_found_asked_for_and_written_again(counter: Counter) -> None:
    counter.count(A=5, B=6)
    counter.publish()
    behind_our_back(counter, "B", 99)
    auditing = Auditing(counter)
    audit, drifts = auditing.audit(repair=True)
    assert [(one.sku, one.kind, one.ours, one.theirs) for one in drifts] == [("B", "allocation", "6", "99")]
    assert drifts[0].since is not None
    assert (audit.drifted, audit.repaired) == (1, 1)
    assert [draft.body for draft in auditing.ledger.drafts] == ["B"]
    counter.time = datetime.now(UTC) + timedelta(hours=2)
    assert counter.publish().written == 1
    assert counter.shown() == {"A": 5, "B": 6}
    assert auditing.found() == []


def test_nothing_is_repaired_unless_that_is_asked_for(counter: Counter) -> None:
    counter.count(A=5)
    counter.publish()
    behind_our_back(counter, "A", 4)
    auditing = Auditing(counter)
    assert auditing.audit()[0].repaired == 0
    assert auditing.ledger.drafts == []
    assert counter.publish().written == 0


NATIVE = ["records", "batches", "listed", "feed"]


@pytest.fixture(params=NATIVE)
def native(request: pytest.FixtureRequest, make_counter: Make) -> Counter:
    return make_counter(request.param)


def test_a_record_that_was_deleted_is_missing_and_made_again(native: Counter) -> None:
    native.count(A=5, B=6)
    native.publish()
    call(native, "DELETE", f"{RECORDS}/A")
    auditing = Auditing(native)
    audit, drifts = auditing.audit(repair=True)
    assert [(one.sku, one.kind, one.theirs) for one in drifts] == [("A", "missing", "no record")]
    assert audit.audited == 2
    native.publish()
    assert native.shown() == {"A": 5, "B": 6}
    assert auditing.found() == []


def test_the_same_number_with_a_later_moment_forgets_sales_and_is_found(native: Counter) -> None:
    native.count(A=5)
    native.publish()
    behind_our_back(native, "A", 5)
    assert [row[:2] for row in Auditing(native).found()] == [("A", "time")]


def test_a_storefront_that_takes_its_own_time_for_ours_agrees(native: Counter) -> None:
    native.control("PUT", "switches", {"reset_date": "ignored"})
    native.time = datetime.now(UTC)
    native.count(A=5)
    native.publish()
    assert Auditing(native).found() == []


def test_sales_and_their_exports_are_no_drift(native: Counter) -> None:
    native.count(**{"RA-00001": 500})
    native.publish()
    native.control("PUT", "inventory-lists/refarch", {"onOrder": True})
    native.control("POST", "orders", {"count": 5, "skus": ["RA-00001"], "hooks": False})
    record = native.control("GET", "inventory?list=refarch")["RA-00001"]
    assert record["ats"] < 500
    assert Auditing(native).found() == []


def test_an_offer_in_another_manner_is_found(native: Counter) -> None:
    rule = replace(native.site.stock, rules=())
    native.site = replace(native.site, stock=rule)
    native.count(A=5)
    native.publish()
    call(native, "PATCH", f"{RECORDS}/A", {"perpetual_flag": True})
    auditing = Auditing(native)
    # What is left as it is was never ours.
    assert auditing.found() == []
    told = auditing.audits.published("refarch", ["A"])["A"]
    token = native.stock.begin("refarch", ["A"])
    ours = {"A": replace(told, manner=Manner(perpetual=False))}
    assert native.stock.save_published("refarch", ours, token) == {"A"}
    assert auditing.found() == [("A", "manner", "perpetual False", "perpetual True")]


def test_a_record_of_what_nobody_counts_is_told_of_and_left_alone(native: Counter) -> None:
    native.count(A=5)
    native.publish()
    call(native, "PUT", f"{RECORDS}/STRANGE", {"allocation": {"amount": 7}})
    auditing = Auditing(native)
    audit, drifts = auditing.audit(repair=True)
    if native.site.publication.api == "scapi":
        assert (audit.walked, drifts) == (False, [])
        return
    assert [(one.sku, one.kind, one.theirs) for one in drifts] == [("STRANGE", "extra", "7")]
    assert (audit.walked, audit.repaired, auditing.ledger.drafts) == (True, 0, [])
    # A sample asks for what was published, and leaves standing what a walk has found.
    assert auditing.found(sample=10) == []
    assert [row["sku"] for row in auditing.audits.drifts("refarch")] == ["STRANGE"]
    call(native, "DELETE", f"{RECORDS}/STRANGE")
    assert auditing.found() == []
    assert auditing.audits.drifts("refarch") == []


def test_more_records_than_a_page_holds_are_all_looked_at(make_counter: Make) -> None:
    counter = make_counter("batches")
    counter.site = replace(counter.site, publication=replace(counter.site.publication, batch=50))
    counter.count(**{f"S{number:03d}": number for number in range(450)})
    counter.publish()
    behind_our_back(counter, "S333", 1)
    call(counter, "DELETE", f"{RECORDS}/S444")
    auditing = Auditing(counter)
    audit, drifts = auditing.audit()
    assert audit.audited == 450
    assert [(one.sku, one.kind) for one in drifts] == [("S333", "allocation"), ("S444", "missing")]


def test_samples_come_round_to_everything(make_counter: Make) -> None:
    counter = make_counter("batches")
    counter.count(A=1, B=2, C=3, D=4, E=5)
    counter.publish()
    behind_our_back(counter, "E", 9)
    auditing = Auditing(counter)
    assert [auditing.audit(sample=2)[0].audited for _ in range(3)] == [2, 2, 2]
    assert [row["sku"] for row in auditing.audits.drifts("refarch")] == ["E"]


def test_what_differs_is_kept_until_it_is_seen_to_agree(make_counter: Make) -> None:
    counter = make_counter("batches")
    counter.count(A=1, B=2)
    counter.publish()
    behind_our_back(counter, "B", 9)
    auditing = Auditing(counter)
    auditing.audit(repair=True)
    (row,) = auditing.audits.drifts("refarch")
    assert (row["sku"], row["ours"], row["theirs"]) == ("B", "2", "9")
    assert row["repaired_at"] is not None
    counter.publish()
    auditing.audit()
    assert auditing.audits.drifts("refarch") == []
    (last,) = auditing.audits.last()
    assert (last["audited"], last["drifted"]) == (2, 0)
    assert (last["audited_total"], last["drifted_total"], last["repaired_total"]) == (4, 1, 1)


@dataclass
class Meanwhile:
    """A storefront to which something is published between reading it and comparing."""

    counter: Counter
    units: int = 10

    def read(self, site: Site, skus: Collection[str]) -> Mapping[str, Shown]:
        shown = self.counter.stocking.readings.read(site, skus)
        self.units += 1
        self.counter.count(A=self.units)
        self.counter.publish()
        return shown

    def walk(self, site: Site) -> Iterator[Mapping[str, Shown]] | None:
        del site
        return None


def test_what_is_published_meanwhile_is_no_drift(counter: Counter) -> None:
    counter.count(A=5, B=6)
    counter.publish()
    audit, drifts = Auditing(counter, Meanwhile(counter)).audit()
    assert drifts == []
    assert (audit.audited, audit.moving) == (1, 1)


def test_a_write_whose_end_is_not_known_is_not_compared(make_counter: Make) -> None:
    counter = make_counter("batches")
    counter.count(A=5, B=6)
    counter.publish()
    counter.stock.begin("refarch", ["A"])
    behind_our_back(counter, "A", 77)
    assert Auditing(counter).found() == []


def test_a_list_that_may_not_be_read_says_so_and_the_failure_is_kept(counter: Counter) -> None:
    counter.count(A=5)
    counter.publish()
    counter.fault(kind="status", status=403, path="product.inventory.records|batch$|get-availability")
    auditing = Auditing(counter)
    with pytest.raises(Alarm, match=r"stock\.unreadable: the list refarch of RefArchUK cannot be read back"):
        auditing.audit()
    assert auditing.audits.last()[0]["error"] == "stock.unreadable"
    counter.control("DELETE", "faults")


def test_every_request_keeps_the_pace(make_counter: Make) -> None:
    counter = make_counter("records")
    counter.count(A=1, B=2, C=3)
    counter.publish()
    paced: list[str] = []
    shelves = counter.stocking.shelves
    readings = replace(
        counter.stocking.readings, records=replace(shelves.records, pace=lambda site: paced.append(site.name))
    )
    Auditing(counter, readings).audit(sample=3)
    assert paced == ["RefArchUK"] * 3
