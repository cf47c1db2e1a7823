
"use strict";
(() => {
  const form = document.getElementById("filter");
  // a page lists findings, or grants, which are rows with more folded into them
  const findings = [...document.querySelectorAll("details.finding, tbody.grant")];
  const folded = (item) => (item.matches("details") ? item : item.querySelector("details"));
  const groups = [...document.querySelectorAll(".family, .rule")];
  const home = form?.closest("section");
  const words = new Map();
  const fields = form ? [...form.elements].filter((field) => field.matches("input, select")) : [];

  const text = (finding) => {
    if (!words.has(finding)) words.set(finding, finding.textContent.toLowerCase());
    return words.get(finding);
  };

  const wanted = () => Object.fromEntries(fields.map((field) => [field.name, field.value.trim()]));

  const apply = () => {
    if (!form) return;
    const { q = "", ...exact } = wanted();
    const terms = q.toLowerCase().split(/\s+/).filter(Boolean);
    const asked = Object.entries(exact).filter(([, value]) => value);
    let shown = 0;
    for (const finding of findings) {
      const data = finding.dataset;
      const fits =
        asked.every(([name, value]) => data[name] === value) &&
        terms.every((term) => text(finding).includes(term));
      finding.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const group of groups) group.hidden = !group.querySelector("details.finding:not([hidden])");
    const noun = form.dataset.noun ?? "findings";
    form.elements.shown.value = q || asked.length ? `${shown} of ${findings.length} ${noun}` : "";
    form.dispatchEvent(new Event("filtered"));
  };

  const remember = () => {
    const set = Object.entries(wanted()).filter(([, value]) => value);
    const hash = set.length ? `#${new URLSearchParams(set)}` : `#${home.id}`;
    try {
      history.replaceState(null, "", hash);
    } catch {
      location.hash = hash;
    }
  };

  const fill = (values) => {
    for (const field of fields) {
      const value = values.get(field.name) ?? "";
      const known = field.matches("input") || [...field.options].some((option) => option.value === value);
      field.value = known ? value : "";
    }
    apply();
  };

  const follow = () => {
    const hash = location.hash.slice(1);
    const target = hash && document.getElementById(hash);
    if (target) {
      const finding = target.closest("details.finding");
      if (finding) {
        if (finding.hidden) fill(new Map());
        finding.open = true;
        finding.scrollIntoView();
      }
    } else if (form && fields.some((field) => hash.startsWith(`${field.name}=`))) {
      fill(new URLSearchParams(hash));
      home.scrollIntoView();
    }
  };

  if (form && findings.length) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { apply(); remember(); });
    form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
    form.elements.open.addEventListener("click", (event) => {
      const open = event.target.textContent === "Open all";
      for (const finding of findings) if (!finding.hidden) folded(finding).open = open;
      event.target.textContent = open ? "Close all" : "Open all";
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-owner]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      fill(new Map(Object.entries(link.dataset)));
      remember();
      home.scrollIntoView();
    });
  }

  document.addEventListener("toggle", (event) => {
    const label = event.target.open && event.target.querySelector?.(".fix .label:not(:has(button))");
    if (!label || !navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(label.parentElement.querySelector("pre").textContent);
      button.textContent = "Copied";
    });
    label.append(button);
  }, true);

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
  addEventListener("hashchange", follow);
  follow();
})();
