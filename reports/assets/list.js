"use strict";
(() => {
  const HEIGHT = 48; // of an entry, as the style sheet has it
  const MOST = 15e6 / HEIGHT; // a browser's tallest element, with room to spare
  const box = document.getElementById("all");
  const form = document.getElementById("filter");
  if (!box || !form || typeof DecompressionStream === "undefined") return;
  const entries = box.querySelector(".entries");
  const chosen = document.getElementById("chosen");
  const shards = [];
  const starts = [];
  let known = 0;
  let matches = [];
  let active = -1;

  const made = (name, className, text = "") => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.textContent = text;
    return element;
  };

  const unpacked = async (element) => {
    const bytes = Uint8Array.from(atob(element.textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };

  const place = (index) => {
    let shard = shards.length - 1;
    while (starts[shard] > index) shard -= 1;
    return [shards[shard], index - starts[shard]];
  };

  const anchor = (fingerprint) =>
    "f-" + fingerprint.replace(/[^0-9A-Za-z_-]/gu, (char) => `_${char.codePointAt(0).toString(16)}_`);

  const finding = (index) => {
    const [shard, row] = place(index);
    const of = (name) => shard[name].words[shard[name].at[row]];
    const [says, resource, address] = shard.text[row].split("\x1f");
    return {
      says, resource, address,
      severity: of("severity"), status: of("status"), rule: of("rule"), type: of("type"),
      owner: of("owner"), place: of("place"), seen: of("seen"), fingerprint: shard.fingerprint[row],
    };
  };

  const wanted = () => {
    const { q, severity, owner, status } = form.elements;
    const terms = q.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    return { terms, severity: severity.value, owner: owner ? owner.value : "", status: status.value };
  };

  const search = (shard, start, { terms, severity, owner, status }, found) => {
    const fits = (column, test) => shard[column].words.map(test);
    const severities = fits("severity", (word) => !severity || word === severity);
    const statuses = fits("status", (word) => !status || word === status);
    const owners = fits("owner", ([, key]) => !owner || key === owner);
    if (terms.length && !shard.lower) {
      const about = (name) => shard[name].words.map((word) => [word].flat().slice(0, 2).join(" ").toLowerCase());
      const [rules, types, teams, places] = ["rule", "type", "owner", "place"].map(about);
      shard.lower = shard.text.map((text, row) =>
        [text.toLowerCase(), rules[shard.rule.at[row]], types[shard.type.at[row]],
          teams[shard.owner.at[row]], places[shard.place.at[row]], shard.fingerprint[row]].join(" "));
    }
    for (let row = 0; row < shard.text.length; row += 1) {
      if (severities[shard.severity.at[row]] && statuses[shard.status.at[row]] && owners[shard.owner.at[row]]
        && terms.every((term) => shard.lower[row].includes(term))) found.push(start + row);
    }
  };

  const say = () => {
    const { terms, severity, owner, status } = wanted();
    const filtered = terms.length || severity || owner || status;
    const rest = matches.length > MOST ? `; the first ${Math.floor(MOST).toLocaleString("en")} are listed` : "";
    const unread = shards.length < blocks.length ? "; more are being unpacked" : "";
    form.elements.shown.value = filtered || rest || unread
      ? `${matches.length.toLocaleString("en")} of ${known.toLocaleString("en")} findings${rest}${unread}` : "";
  };

  const draw = () => {
    const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 2);
    const last = Math.min(matches.length, MOST, first + Math.ceil(box.clientHeight / HEIGHT) + 5);
    const fresh = document.createDocumentFragment();
    for (let at = first; at < last; at += 1) {
      const told = finding(matches[at]);
      const entry = made("div", "entry");
      entry.id = `entry-${at}`;
      entry.dataset.at = at;
      entry.setAttribute("role", "option");
      entry.setAttribute("aria-selected", String(at === active));
      entry.setAttribute("aria-setsize", matches.length);
      entry.setAttribute("aria-posinset", at + 1);
      const line = made("span", "line");
      line.append(made("span", "says", told.says), made("span", "where", told.address || told.resource));
      const status = told.status === "standing" ? "" : told.status === "unknown" ? "not known" : told.status;
      if (status) line.firstChild.append(" ", made("span", `status ${told.status}`, status));
      entry.append(made("span", `sev ${told.severity}`, told.severity), line,
        made("span", "who", told.owner[0]), made("span", "age", told.seen[1]));
      fresh.append(entry);
    }
    entries.replaceChildren(fresh);
    entries.style.transform = `translateY(${first * HEIGHT}px)`;
    if (active >= first && active < last) box.setAttribute("aria-activedescendant", `entry-${active}`);
    else box.removeAttribute("aria-activedescendant");
  };

  const fit = () => {
    entries.parentElement.style.height = `${Math.min(matches.length, MOST) * HEIGHT}px`;
    draw();
    say();
  };

  const apply = () => {
    const asked = wanted();
    matches = [];
    shards.forEach((shard, number) => search(shard, starts[number], asked, matches));
    active = -1;
    box.scrollTop = 0;
    fit();
  };

  const reveal = (at) => {
    active = at;
    const top = at * HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + HEIGHT - box.clientHeight;
    draw();
  };

  const open = (at) => {
    reveal(at);
    const told = finding(matches[at]);
    const [id, title, why, fix] = told.rule;
    const facts = made("dl", "facts");
    const fact = (name, value, code) => {
      if (!value) return;
      const said = made("dd");
      said.append(code ? made("code", "", value) : value);
      const pair = made("div");
      pair.append(made("dt", "", name), said);
      facts.append(pair);
    };
    fact("Status", told.status === "unknown" ? "not known" : told.status);
    fact("Resource", told.resource, true);
    fact("Terraform address", told.address, true);
    fact("Type", told.type, true);
    fact("Account, region", told.place.join(" "), true);
    fact("Owner", told.owner[0]);
    fact("First seen", told.seen.filter(Boolean).join(", "));
    fact("Rule", `${id}: ${title}`);
    fact("Evidence and fix", `watchbill explain ${told.fingerprint}`, true);
    const head = made("h3");
    head.append(made("span", `sev ${told.severity}`, told.severity), " ", told.says);
    chosen.replaceChildren(head, facts);
    if (why) chosen.append(made("p", "", why));
    if (fix) chosen.append(made("pre", "copy", fix));
    const whole = document.getElementById(anchor(told.fingerprint));
    if (whole) {
      const link = made("a", "", "All about it, on this page");
      link.href = `#${whole.id}`;
      chosen.append(link);
    }
    chosen.hidden = false;
    try {
      history.replaceState(null, "", `#${anchor(told.fingerprint)}`);
    } catch {
      // a page without an address of its own is read all the same
    }
  };

  const follow = () => {
    const hash = location.hash.slice(1);
    if (!hash.startsWith("f-") || document.getElementById(hash)) return;
    for (const [number, shard] of shards.entries()) {
      const row = shard.fingerprint.findIndex((one) => anchor(one) === hash);
      if (row < 0) continue;
      let at = matches.indexOf(starts[number] + row);
      if (at < 0) {
        form.reset();
        apply();
        at = matches.indexOf(starts[number] + row);
      }
      open(at);
      box.scrollIntoView();
    }
  };

  const blocks = [...document.querySelectorAll("script.shard")];
  const read = async () => {
    for (const block of blocks) {
      const shard = await unpacked(block);
      block.textContent = "";
      starts.push(known);
      shards.push(shard);
      search(shard, known, wanted(), matches);
      known += shard.text.length;
      if (shards.length === 1) {
        form.hidden = false;
        box.parentElement.hidden = false;
      }
      fit();
    }
    follow();
  };

  let waiting = false;
  box.addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(() => { waiting = false; draw(); });
    waiting = true;
  }, { passive: true });
  box.addEventListener("click", (event) => {
    const entry = event.target.closest(".entry");
    if (entry) open(Number(entry.dataset.at));
  });
  box.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(box.clientHeight / HEIGHT) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const last = Math.min(matches.length, Math.floor(MOST)) - 1;
    if (event.key in steps && last >= 0) reveal(Math.max(0, Math.min(last, active + steps[event.key])));
    else if ((event.key === "Enter" || event.key === " ") && active >= 0) open(active);
    else return;
    event.preventDefault();
  });
  form.addEventListener("filtered", apply);
  addEventListener("hashchange", follow);
  setTimeout(read);
})();
