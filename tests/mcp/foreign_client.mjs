// The MCP project's own client in TypeScript: every tool, prompt and resource, over one transport.
// Arguments: the plan as JSON ({command, args} or {url, token}, and calls by tool). Prints JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import Ajv from "ajv";

const plan = JSON.parse(process.argv[2]);
const transport = plan.url
  ? new StreamableHTTPClientTransport(new URL(plan.url), {
      requestInit: { headers: { Authorization: `Bearer ${plan.token}` } },
    })
  : new StdioClientTransport({ command: plan.command, args: plan.args, env: process.env });
const client = new Client({ name: "foreign", version: "1" }, { capabilities: { elicitation: {} } });
const asked = [];
client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
  asked.push(params.message);
  return { action: plan.yes ? "accept" : "decline", content: plan.yes ?? undefined };
});
await client.connect(transport);
const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const { tools } = await client.listTools();
const server = client.getServerVersion().name;
const told = { server, asked, tools: {}, prompts: {}, resources: {} };
for (const tool of tools) {
  const fits = ajv.compile(tool.inputSchema);
  const given = plan.calls[tool.name];
  told.tools[tool.name] = { annotations: tool.annotations };
  if (given === undefined) continue;
  const result = await client.callTool({ name: tool.name, arguments: given });
  told.tools[tool.name] = {
    annotations: tool.annotations,
    fits: fits(given),
    wrongFits: fits({ ...given, instance: 5 }),
    isError: result.isError === true,
    text: result.content.map((part) => part.text).join(""),
  };
}
for (const prompt of (await client.listPrompts()).prompts) {
  const given = plan.prompts[prompt.name];
  const { messages } = await client.getPrompt({ name: prompt.name, arguments: given });
  told.prompts[prompt.name] = messages.map((message) => message.content.text).join("");
}
for (const resource of (await client.listResources()).resources) {
  const { contents } = await client.readResource({ uri: resource.uri });
  told.resources[resource.uri] = contents[0].text.length;
}
const templates = (await client.listResourceTemplates()).resourceTemplates;
told.templates = templates.map((template) => template.uriTemplate);
console.log(JSON.stringify(told));
await client.close();
