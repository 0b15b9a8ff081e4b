// Xero's own Node SDK signs in: its hosts are answered by an emulator, nothing else is changed.
const http = require("http");
const https = require("https");
const readline = require("readline");

const base = new URL(process.env.EMULATOR);
const XERO = ["identity.xero.com", "login.xero.com", "api.xero.com"];
const throughTls = https.request;

https.request = function (first, ...rest) {
  const isUrl = typeof first === "string" || first instanceof URL;
  const url = isUrl ? new URL(first) : undefined;
  const options = Object.assign({}, isUrl ? {} : first, typeof rest[0] === "object" ? rest[0] : {});
  const host = url ? url.hostname : options.hostname || options.host;
  if (!XERO.includes(host)) {
    return throughTls.call(https, first, ...rest);
  }
  const callback = rest.find((each) => typeof each === "function");
  const to = {
    ...options,
    protocol: "http:",
    hostname: base.hostname,
    host: base.hostname,
    port: base.port,
    path: url ? url.pathname + url.search : options.path,
    agent: undefined,
    agents: undefined,
  };
  return http.request(to, callback);
};

const { XeroClient } = require("xero-node");

async function main() {
  const xero = new XeroClient({
    clientId: process.env.CLIENT_ID,
    clientSecret: process.env.CLIENT_SECRET,
    redirectUris: [process.env.REDIRECT],
    scopes: process.env.SCOPES.split(" "),
    state: "from-the-node-sdk",
    httpTimeout: 20000,
  });
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  console.log(await xero.buildConsentUrl());
  const back = (await lines.next()).value;
  await xero.apiCallback(back);
  const first = xero.readTokenSet().refresh_token;
  await xero.updateTenants(false);
  const found = [];
  for (const tenant of xero.tenants) {
    const organisations = await xero.accountingApi.getOrganisations(tenant.tenantId);
    const invoices = await xero.accountingApi.getInvoices(tenant.tenantId, undefined, undefined,
      undefined, undefined, undefined, undefined, undefined, 1);
    found.push({
      tenant: tenant.tenantId,
      name: organisations.body.organisations[0].name,
      invoices: invoices.body.invoices.length,
    });
  }
  await xero.refreshToken();
  const again = await xero.accountingApi.getOrganisations(xero.tenants[0].tenantId);
  const rotated = xero.readTokenSet().refresh_token !== first;
  await xero.disconnect(xero.tenants[0].id);
  await xero.updateTenants(false);
  console.log(JSON.stringify({
    found,
    rotated,
    again: again.body.organisations.length,
    left: xero.tenants.length,
  }));
  process.exit(0);
}

main().catch((error) => {
  console.error(error.response ? JSON.stringify(error.response.body || error.response.data) : error);
  process.exit(1);
});
