"""Invented companies, people, places and wares for the data sets."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import NamedTuple


def _words(text: str) -> list[str]:
    return text.split()


def _listed(text: str) -> list[str]:
    return text.split(", ")


_FIRST = _words(
    "Amira Anika Aroha Ben Callum Carmen Dara Edith Eru Fatima Felix Grace Hana Hugo Ines "
    "Ivan Jack Joan Kahu Kiri Lars Lena Mateo Mere Nadia Nikau Olive Omar Petra Priya "
    "Quinn Rawiri Rosa Samir Sina Tama Tess Uma Viktor Wiremu Yara Zoe"
)
_LAST = _words(
    "Abbott Brandt Castellan Dawes Eketone Farrow Gallagher Hollis Ibarra Jansen Kereama "
    "Lindqvist Marama Nakamura Okafor Paewai Quigley Rangi Sutton Tamihana Underhill "
    "Varga Whaanga Yates"
)
_ROOTS = _words(
    "Alder Anchor Basalt Beacon Birch Brightwater Cedar Cinder Cobalt Copper Driftwood "
    "Eastgate Ember Fern Foxglove Granite Harbour Heron Ironbark Juniper Kauri Kestrel "
    "Lantern Larkspur Limestone Magpie Mistral Nettle Northwind Oakum Orchard Pebble "
    "Pinecrest Quarry Redcliff Rimu Saffron Silverline Slate Southbank Sparrow Tidewater "
    "Totara Umber Valley Wattle Willow Yarrow"
)
_TRADES = _words(
    "Builders Ceramics Coffee Consulting Dairy Design Electrical Engineering Farms "
    "Fitness Florists Foods Furniture Gardens Health Hire Joinery Legal Logistics Marine "
    "Motors Outdoors Partners Plumbing Press Property Roofing Software Stationers Studios "
    "Supplies Textiles Tools Transport Travel Vets Wines Works"
)
_FORMS = ("Ltd", "Ltd", "Ltd", "Group", "& Co", "Trust", "")
_STREETS = _listed(
    "Bridge Street, Church Road, Ferry Lane, Garden Terrace, High Street, Mill Road, Quay "
    "Street, Station Road, Tui Crescent, Victoria Avenue, Weir Place"
)
_CITIES = (
    ("Auckland", "Auckland", "1010"),
    ("Christchurch", "Canterbury", "8011"),
    ("Dunedin", "Otago", "9016"),
    ("Hamilton", "Waikato", "3204"),
    ("Napier", "Hawke's Bay", "4110"),
    ("Nelson", "Nelson", "7010"),
    ("Tauranga", "Bay of Plenty", "3110"),
    ("Wellington", "Wellington", "6011"),
)


class Ware(NamedTuple):
    """Something sold: code, name, prices without tax, the account of its sale."""

    code: str
    name: str
    description: str
    price: Decimal
    cost: Decimal
    account: str


class Purchase(NamedTuple):
    """Something bought: what it says on the bill, the account, the least and most it costs."""

    description: str
    account: str
    least: int
    most: int


WARES = tuple(
    Ware(code, name, description, Decimal(price), Decimal(cost), account)
    for code, name, description, price, cost, account in (
        ("PMP-10", "Pump 10 l", "Transfer pump, 10 litres a minute", "189.00", "104.50", "200"),
        ("PMP-25", "Pump 25 l", "Transfer pump, 25 litres a minute", "329.00", "188.00", "200"),
        ("PMP-80", "Pump 80 l", "Bore pump, 80 litres a minute", "1249.00", "768.20", "200"),
        ("FLT-S", "Filter, small", "Sediment filter, 5 micron", "24.90", "9.15", "200"),
        ("FLT-L", "Filter, large", "Sediment filter, 20 inch", "64.50", "27.80", "200"),
        ("FLT-UV", "UV steriliser", "Ultraviolet steriliser, 40 W", "585.00", "342.00", "200"),
        ("TNK-1K", "Tank 1,000 l", "Water tank, 1,000 litres", "899.00", "561.00", "200"),
        ("TNK-5K", "Tank 5,000 l", "Water tank, 5,000 litres", "1795.00", "1180.00", "200"),
        ("TNK-25K", "Tank 25,000 l", "Water tank, 25,000 litres", "4190.00", "2895.00", "200"),
        ("VLV-25", "Valve 25 mm", "Ball valve, brass, 25 mm", "18.75", "7.40", "200"),
        ("VLV-50", "Valve 50 mm", "Ball valve, brass, 50 mm", "41.20", "18.90", "200"),
        ("PIP-25", "Pipe 25 mm", "Polythene pipe, 25 mm, by the metre", "2.35", "1.08", "200"),
        ("PIP-50", "Pipe 50 mm", "Polythene pipe, 50 mm, by the metre", "6.80", "3.25", "200"),
        ("FIT-KIT", "Fittings kit", "Fittings for one tank", "119.00", "52.00", "200"),
        ("CTL-1", "Controller", "Pressure controller", "215.00", "121.00", "200"),
        ("CTL-TEL", "Telemetry", "Level telemetry, one year of data", "348.00", "140.00", "200"),
        ("INS-HR", "Installation", "Installation, by the hour", "95.00", "0.00", "205"),
        ("INS-TRK", "Truck with crane", "Truck with crane, by the hour", "165.00", "0.00", "205"),
        ("SVC-YR", "Yearly service", "Yearly service of a water system", "285.00", "0.00", "220"),
        ("SVC-HR", "Repair", "Repair, by the hour", "98.00", "0.00", "220"),
        ("SVC-TST", "Water test", "Laboratory test of one sample", "142.50", "88.00", "220"),
    )
)

PURCHASES = (
    Purchase("Pumps and parts", "310", 400, 9000),
    Purchase("Water tanks", "310", 1500, 18000),
    Purchase("Pipe and fittings", "310", 120, 3600),
    Purchase("Freight of tanks", "325", 90, 1400),
    Purchase("Advertising in the local press", "400", 80, 950),
    Purchase("Cleaning of the office", "408", 90, 260),
    Purchase("Bookkeeping", "412", 150, 900),
    Purchase("Courier", "425", 12, 240),
    Purchase("Liability insurance", "433", 220, 1900),
    Purchase("Electricity", "445", 120, 640),
    Purchase("Fuel and road charges", "449", 60, 780),
    Purchase("Office supplies", "453", 15, 420),
    Purchase("Printing", "461", 20, 380),
    Purchase("Rent of workshop", "469", 1850, 2400),
    Purchase("Repair of truck", "473", 140, 2600),
    Purchase("Software subscription", "485", 19, 260),
    Purchase("Telephone and internet", "489", 79, 320),
    Purchase("Flights and lodging", "493", 140, 1600),
)

REGIONS = ("North", "South", "East", "West")
TEAMS = ("Sales", "Installation", "Service")


def person(chance: random.Random) -> tuple[str, str]:
    """A first and a last name."""
    return chance.choice(_FIRST), chance.choice(_LAST)


def companies(chance: random.Random, count: int) -> list[str]:
    """So many company names, each once."""
    found: dict[str, None] = {}
    round_of = 1
    while len(found) < count:
        root, trade, form = chance.choice(_ROOTS), chance.choice(_TRADES), chance.choice(_FORMS)
        name = f"{root} {trade} {form}".strip()
        if name in found and round_of > count:
            name = f"{name} {round_of}"
        found.setdefault(name)
        round_of += 1
    return list(found)


def mailbox(name: str) -> str:
    """An address at a reserved domain, made from a company's name."""
    letters = (each for each in name.lower() if each.isascii() and each.isalnum())
    return f"accounts@{''.join(letters)}.example.com"


def address(chance: random.Random, kind: str = "STREET") -> dict[str, str]:
    """A postal address."""
    city, region, code = chance.choice(_CITIES)
    return {
        "AddressType": kind,
        "AddressLine1": f"{chance.randint(1, 240)} {chance.choice(_STREETS)}",
        "City": city,
        "Region": region,
        "PostalCode": code,
        "Country": "New Zealand",
    }


def phone(chance: random.Random, kind: str = "DEFAULT") -> dict[str, str]:
    """A telephone number."""
    return {
        "PhoneType": kind,
        "PhoneNumber": f"{chance.randint(100, 999)} {chance.randint(1000, 9999)}",
        "PhoneAreaCode": chance.choice(("3", "4", "6", "7", "9")),
        "PhoneCountryCode": "64",
    }
