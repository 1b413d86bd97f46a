"use strict";
(() => {
  const root = document.documentElement;
  const plots = [...document.querySelectorAll(".plot")];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 44rem)");
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const specification = (plot) => JSON.parse(plot.closest("figure").querySelector(".figure-data").textContent);

  /* Every trace says in meta which role and shade it has; the colours are those of the style sheet. */
  function painted(trace) {
    const { role, turn, band } = trace.meta;
    if (role === undefined) {
      const small = { thickness: narrow.matches ? 8 : 12, tickfont: { color: colour("--plot-ink") } };
      return { ...trace, colorbar: { ...trace.colorbar, ...small } };
    }
    const shade = colour(`--${role}-${turn}`);
    if (band) return { ...trace, fillcolor: shade + "2e" };
    const copy = { ...trace };
    if (trace.line) copy.line = { ...trace.line, color: shade };
    if (trace.marker) copy.marker = { ...trace.marker, color: shade };
    if (trace.error_y) copy.error_y = { ...trace.error_y, color: shade };
    return copy;
  }

  function laidOut(layout) {
    const ink = colour("--plot-ink");
    const faint = colour("--plot-faint");
    const axis = (given) => ({ ...given, gridcolor: faint, linecolor: ink, tickcolor: ink, ticks: "outside", ticklen: 4, showline: true });
    return {
      ...layout,
      xaxis: axis(layout.xaxis),
      yaxis: axis(layout.yaxis),
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: narrow.matches ? 11 : 12.5, color: ink },
      hoverlabel: { bgcolor: colour("--plot-paper"), bordercolor: faint, font: { color: ink } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: faint, activecolor: ink },
      /* A finger that drags a plot wants to scroll the page. */
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    };
  }

  const options = {
    responsive: true,
    displaylogo: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    toImageButtonOptions: { format: "svg", filename: "onnes" },
  };

  const drawn = new Set();
  async function draw(plot) {
    if (drawn.has(plot) || plot.closest("[hidden]")) return;
    drawn.add(plot);
    const { data, layout } = specification(plot);
    await Plotly.newPlot(plot, data.map(painted), laidOut(layout), options);
    await fit(plot);
    root.dataset.drawn = String(document.querySelectorAll(".plot .main-svg:first-of-type").length);
  }
  /* The legend stands above the axes: the figure grows by its height, so that all axes are equally tall. */
  async function fit(plot) {
    const legend = plot.querySelector(".legend .bg");
    const height = legend ? Math.ceil(legend.getBoundingClientRect().height) : 0;
    if (plot.style.getPropertyValue("--legend") === `${height}px`) return;
    plot.style.setProperty("--legend", `${height}px`);
    await Plotly.Plots.resize(plot);
  }
  async function repaint() {
    for (const plot of drawn) {
      const { data, layout } = specification(plot);
      await Plotly.react(plot, data.map(painted), laidOut(layout), options);
      await fit(plot);
    }
  }
  dark.addEventListener("change", repaint);
  narrow.addEventListener("change", repaint);

  /* What is near the window is drawn at once, the rest whenever the browser is idle. */
  const near = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "800px" },
  );
  plots.forEach((plot) => near.observe(plot));
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 60));
  async function drawNext() {
    const plot = plots.find((candidate) => !drawn.has(candidate) && !candidate.closest("[hidden]"));
    if (!plot) return;
    await draw(plot);
    idle(drawNext);
  }
  idle(drawNext);
  addEventListener("beforeprint", () => plots.forEach(draw));

  /* The filter acts on every table of claims; a case without a matching claim is put away. */
  const filter = document.getElementById("filter");
  const rows = [...document.querySelectorAll("tr.claim")].map((row) => ({ row, words: `${row.textContent} ${row.dataset.name}`.toLowerCase() }));
  const cases = [...document.querySelectorAll("section.case")];
  function sift() {
    const kind = document.getElementById("filter-kind").value;
    const verdict = document.getElementById("filter-verdict").value;
    const words = document.getElementById("filter-words").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, words: text } of rows) {
      const fits =
        (!kind || row.dataset.kind === kind) &&
        (!verdict || row.dataset.verdict === verdict) &&
        words.every((word) => text.includes(word));
      row.hidden = !fits;
      shown += fits;
    }
    const active = Boolean(kind || verdict || words.length);
    for (const section of cases) {
      section.hidden = active && !section.querySelector("tr.claim:not([hidden])");
      const entry = document.querySelector(`.toc [data-case="${section.id}"]`);
      if (entry) entry.hidden = section.hidden;
    }
    document.getElementById("nothing").hidden = shown > 0 || !active;
    document.getElementById("filter-count").value = active ? `${shown} of ${rows.length} claims` : `${rows.length} claims`;
    idle(drawNext);
  }
  if (filter) {
    filter.addEventListener("input", sift);
    filter.addEventListener("submit", (event) => event.preventDefault());
    sift();
  }

  /* The contents follow the reader; on a small screen they are folded until asked for. */
  const contents = document.querySelector(".toc details");
  const small = matchMedia("(max-width: 62rem)");
  const fold = () => { contents.open = !small.matches; };
  small.addEventListener("change", fold);
  fold();
  contents.addEventListener("click", (event) => { if (small.matches && event.target.closest("a")) contents.open = false; });
  const links = new Map([...document.querySelectorAll(".toc a")].map((link) => [link.hash.slice(1), link]));
  const places = [...document.querySelectorAll("section.overview, section.case")];
  function follow() {
    const here = places.filter((place) => !place.hidden && place.getBoundingClientRect().top < 160).at(-1) ?? places[0];
    for (const [id, link] of links) {
      link.classList.toggle("here", id === here.id);
      if (id === here.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, { passive: true });
  follow();

  /* The data behind a figure, one row for each point. */
  const decoder = document.createElement("textarea");
  const plain = (label) => { decoder.innerHTML = label; return decoder.value; };
  function csv(plot) {
    const quote = (value) => (/[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ""));
    const { data, layout } = specification(plot);
    const lines = [["series", plain(layout.xaxis.title.text), plain(layout.yaxis.title.text), "error or value"]];
    for (const trace of data) {
      if (trace.meta.band) continue;
      if (trace.z) trace.z.forEach((row, j) => row.forEach((z, i) => lines.push(["map", trace.x[i], trace.y[j], z])));
      else trace.x.forEach((x, i) => lines.push([plain(trace.name), x, trace.y[i], trace.error_y?.array[i]]));
    }
    return lines.map((line) => line.map(quote).join(",")).join("\n") + "\n";
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.csv");
    if (!button) return;
    const plot = button.closest("figure").querySelector(".plot");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv(plot)], { type: "text/csv" }));
    link.download = `${plot.id}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
})();
