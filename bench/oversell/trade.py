"""A day of trade under one practice: what comes from outside meets what the practice does about it."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bench.oversell.agenda import Agenda
from bench.oversell.judge import Judge
from bench.oversell.market import Basket, Day, Movement
from bench.oversell.practices import FullSync, Orderbridge, Practice
from bench.oversell.shop import Shop, opened
from config.settings import Settings, load_settings
from sync.borrowed import private_database
from sync.cli.stack import environment
from sync.embedded import Servers
from sync.store.db import migrate
from sync.wiring import Bridge, silent

Make = Callable[[Bridge, Agenda, Shop, timedelta], Practice]
Progress = Callable[[], None]
# The first shopper comes when both practices have shown the shop what there is.
OPENS = timedelta(minutes=1)
# After closing time, so that whatever is still wrong then is wrong for good.
REST = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Result:
    """What a day came to; `wrong` are SKUs shown wrongly after everything had come to rest."""

    name: str
    opened_at: datetime
    judge: Judge
    calls: Counter[str]
    wrong: list[str]


def full_sync(bridge: Bridge, agenda: Agenda, _shop: Shop, end: timedelta) -> Practice:
    """Return the common practice."""
    return FullSync(bridge, agenda, end)


def orderbridge(bridge: Bridge, agenda: Agenda, shop: Shop, end: timedelta) -> Practice:
    """Return the bridge."""
    return Orderbridge(bridge, agenda, shop.house, shop.switches, end)


@dataclass(frozen=True, slots=True)
class Way:
    """One of the compared ways to keep the stock."""

    name: str
    make: Make


COMMON = Way("full sync every 15 minutes", full_sync)
BRIDGE = Way("Orderbridge", orderbridge)


def trade(way: Way, day: Day, length: timedelta, servers: Servers, start: datetime, tick: Progress) -> Result:
    """Trade for `length`, then let everything come to rest; `tick` is called once per event of the day."""
    agenda = Agenda(start)
    with opened(day, agenda.now) as shop, _bridge(servers, shop, agenda) as bridge:
        judge = Judge(shop.house, shop.stock, agenda.now)
        practice = way.make(bridge, agenda, shop, length + REST)
        shop.house.on_order.append(judge.heard)
        shop.house.on_stock.append(practice.stock_changed)
        practice.begin()
        for basket in day.baskets:
            agenda.at(start + OPENS + basket.after, partial(_buy, shop, judge, practice, basket, day, tick))
        for movement in day.movements:
            agenda.at(start + OPENS + movement.after, partial(_move, shop, judge, movement, tick))
        agenda.run(judge.look)
        return Result(way.name, start + OPENS, judge, shop.calls(), judge.still_wrong())


def _buy(shop: Shop, judge: Judge, practice: Practice, basket: Basket, day: Day, tick: Progress) -> None:
    document = shop.document(basket, day.popular)
    units = {sku: amount for sku, amount in shop.units(document).items() if sku in set(day.popular)}
    number = shop.place(document)
    judge.basket(units, bought=number is not None)
    if number is not None:
        practice.sold(document["siteId"], number)
    tick()


def _move(shop: Shop, judge: Judge, movement: Movement, tick: Progress) -> None:
    judge.moved(movement.sku, shop.move(movement))
    tick()


@contextmanager
def _bridge(servers: Servers, shop: Shop, agenda: Agenda) -> Iterator[Bridge]:
    with private_database(servers.database_url) as url:
        migrate(url)
        with _surroundings(environment(Servers(url, servers.redis_url), shop.ports)):
            bridge = Bridge(settings=_at_once(load_settings()), bell=silent, clock=agenda.now)
        try:
            yield bridge
        finally:
            bridge.close()


def _at_once(settings: Settings) -> Settings:
    """Wait for no more pushes to come: the simulated warehouse tells its changes in bursts already."""
    sites = {
        name: replace(site, cadence=replace(site.cadence, debounce=0.0))
        for name, site in settings.sites.items()
    }
    return replace(settings, sites=sites)


@contextmanager
def _surroundings(settings: Mapping[str, str]) -> Iterator[None]:
    """Have these environment variables for the block: settings are read from nowhere else."""
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
