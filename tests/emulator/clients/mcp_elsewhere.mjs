// The official MCP server on an emulator. Its addresses, and those of xero-node below it, are fixed:
// axios is pointed elsewhere, nothing else. `node --import ./mcp_elsewhere.mjs …/dist/index.js`
import axios from "axios";
import { createRequire } from "node:module";

const base = process.env.EMULATOR;
const elsewhere = (config) => {
  config.url = config.url.replace(/^https:\/\/(api|identity)\.xero\.com/, base);
  return config;
};
const require = createRequire(import.meta.url);
const forRequire = require("axios");
for (const each of new Set([axios, forRequire, forRequire.default ?? forRequire])) {
  each.interceptors.request.use(elsewhere);
}
