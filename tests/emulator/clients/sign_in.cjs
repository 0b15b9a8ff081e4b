// Xero's own Node SDK signs in at an emulator and reads and writes there. What it needs changed: its
// addresses are fixed, so that openid-client's discovery and axios are pointed elsewhere.
// node sign_in.cjs BASE CLIENT_ID CLIENT_SECRET REDIRECT_URI
const [base, clientId, clientSecret, redirectUri] = process.argv.slice(2);
const { Issuer } = require("openid-client");
const axios = require("axios");

const discover = Issuer.discover.bind(Issuer);
Issuer.discover = () => discover(base);
const elsewhere = (config) => {
  config.url = config.url.replace(/^https:\/\/(api|identity)\.xero\.com/, base);
  return config;
};
(axios.default ?? axios).interceptors.request.use(elsewhere);

const { XeroClient } = require("xero-node");

async function main() {
  const scopes =
    "openid profile email offline_access accounting.contacts accounting.invoices accounting.settings.read";
  const xero = new XeroClient({
    clientId, clientSecret, redirectUris: [redirectUri], scopes: scopes.split(" "), state: "s",
  });
  const consent = await xero.buildConsentUrl();
  const page = await (await fetch(consent)).text();
  const tenants = [...page.matchAll(/name="tenant" value="([^"]+)"/g)].map((found) => found[1]);
  const form = new URLSearchParams({ decision: "allow" });
  tenants.slice(0, 2).forEach((tenant) => form.append("tenant", tenant));
  const back = await fetch(consent, { method: "POST", body: form, redirect: "manual" });
  const tokens = await xero.apiCallback(back.headers.get("location"));
  await xero.updateTenants(false);
  const names = {};
  for (const { tenantId } of xero.tenants) {
    const { body } = await xero.accountingApi.getOrganisations(tenantId);
    names[tenantId] = body.organisations[0].name;
  }
  const tenant = xero.tenants[0].tenantId;
  const contacts = { contacts: [{ name: "Node & Sons" }] };
  const made = await xero.accountingApi.createContacts(tenant, contacts);
  const invoices = await xero.accountingApi.getInvoices(tenant);
  const renewed = await xero.refreshToken();
  const { sub } = tokens.claims();
  console.log(JSON.stringify({
    tenants: xero.tenants.map((each) => each.tenantId), names, sub,
    contact: made.body.contacts[0].contactID,
    invoices: invoices.body.invoices.length,
    rotated: renewed.refresh_token !== tokens.refresh_token,
  }));
}

main().catch((error) => {
  console.error(error.response?.body ?? error);
  process.exit(1);
});
