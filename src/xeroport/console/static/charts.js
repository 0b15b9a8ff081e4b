// Draws every <div data-figure> with Plotly, in the page's own colours; again when they change.
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);
const colour = (name) => {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
};
// Names come from the books: Plotly would read <b>, <a> and the like in them as markup.
const plain = (text) => (typeof text === "string" ? text.replaceAll("&", "&amp;").replaceAll("<", "&lt;") : text);
const short = (text) => (typeof text === "string" && text.length > 28 ? `${text.slice(0, 27)}…` : text);

function draw(element) {
  const { traces, lying, dated, links } = JSON.parse(element.dataset.figure);
  const ink = colour("--ink-soft");
  const line = colour("--line");
  const labels = lying ? [...traces[0].y] : [];
  const data = traces.map((trace) => ({
    type: "bar",
    orientation: lying ? "h" : "v",
    name: trace.name,
    x: lying ? trace.x : trace.x.map(plain),
    y: lying ? trace.y.map((_, index) => index) : trace.y,
    marker: { color: colour(trace.colour), cornerradius: 3 },
    customdata: lying ? labels.map(plain) : undefined,
    hovertemplate: lying
      ? "%{customdata}<br><b>%{x:,.2f}</b><extra></extra>"
      : `%{x${dated ? "|%b %Y" : ""}}<br>${plain(trace.name)} <b>%{y:,.2f}</b><extra></extra>`,
  }));
  const amounts = { gridcolor: line, zerolinecolor: colour("--line-strong"), tickformat: "~s", fixedrange: true };
  const names = { ticklabelstandoff: lying ? 8 : 2, fixedrange: true, automargin: true, showgrid: false, zeroline: false };
  const layout = {
    barmode: "group", bargap: 0.28, bargroupgap: 0.06,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: ink, family: getComputedStyle(document.body).fontFamily, size: 12 },
    margin: { l: 48, r: 12, t: 8, b: dated ? 44 : 36 },
    showlegend: traces.length > 1,
    legend: { orientation: "h", y: 1.14, x: 0 },
    xaxis: lying ? amounts : dated ? { ...names, type: "date", tickformat: "%b\n%Y" } : names,
    yaxis: lying
      ? { ...names, autorange: "reversed", tickvals: labels.map((_, i) => i), ticktext: labels.map((l) => plain(short(l))) }
      : amounts,
    hoverlabel: { bgcolor: colour("--surface"), bordercolor: line, font: { color: colour("--ink") } },
    dragmode: false,
  };
  return window.Plotly.react(element, data, layout, { displayModeBar: false, responsive: true }).then(() => {
    element.removeAllListeners?.("plotly_click");
    // A bar leads to what it is made of; addresses are ours, and paths only.
    element.on("plotly_click", (event) => {
      const where = links?.[event.points[0].pointNumber];
      if (where?.startsWith("/")) location.assign(where);
    });
  });
}

const all = [...document.querySelectorAll("[data-figure]")];
Promise.all(all.map(draw)).then(() => { document.body.dataset.charts = "drawn"; });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all.forEach(draw));
