"""Payment services and the branding themes that offer them."""

from __future__ import annotations

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules.write import Write, pick


def create_service(write: Write) -> Record:
    """PUT: a new custom payment service."""
    element = write.element
    name = element.get("PaymentServiceName")
    if not name:
        write.problem("The PaymentServiceName must be specified.")
    elif write.table("PaymentService").find("PaymentServiceName", name):
        write.problem(f"The payment service {name} already exists.")
    url = element.get("PaymentServiceUrl", "")
    if not url.lower().startswith(("https://", "http://")):
        write.problem("The PaymentServiceUrl must be a valid URL.")
    write.settle()
    service = {
        "PaymentServiceID": write.organisation.new_id(),
        "PaymentServiceType": "Custom",
        "PayNowText": "Pay Now",
        **pick(element, ("PaymentServiceName", "PaymentServiceUrl", "PayNowText")),
    }
    return write.organisation.save("PaymentService", service)


def add_to_theme(write: Write) -> Record:
    """POST of a payment service to a branding theme; returns the service."""
    theme = write.named("BrandingTheme", "BrandingThemeID")
    service = write.table("PaymentService").get(write.element.get("PaymentServiceID"))
    if service is None:
        raise Refusal("Payment service could not be found")
    offered = list(theme.get("_PaymentServices", ()))
    if service["PaymentServiceID"] not in offered:
        offered.append(service["PaymentServiceID"])
        write.organisation.save("BrandingTheme", {**theme, "_PaymentServices": offered})
    return service
