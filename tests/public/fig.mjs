// Every leaf of the completion specs in the folder argv[2], one JSON object a line: tool, path, description, operands.
// A spec that is made at run time, or does not load, is left out: it would run commands to complete.
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const LISTS = ["index.js", "diff-versioned-completions.js"]; // they name specs and are none
const DEPTH = 6; // deeper than any sub-command; some specs contain themselves

const list = (some) => (some == null ? [] : Array.isArray(some) ? some : [some]);

function* leaves(tool, path, node, other = false) {
  const below = list(node.subcommands);
  if (below.length === 0) {
    const operands = list(node.args).filter((each) => !each.isOptional).length;
    yield { tool, path, description: node.description || "", operands };
  }
  if (path.length < DEPTH) {
    for (const each of below) {
      for (const [place, name] of list(each.name).entries()) {
        // One other name at a time: all of them together would count one sub-command a hundred times.
        if (place === 0 || !other) yield* leaves(tool, [...path, name], each, other || place > 0);
      }
    }
  }
}

const folder = resolve(process.argv[2]);
for (const file of readdirSync(folder, { recursive: true }).sort()) {
  if (!file.endsWith(".js") || LISTS.includes(file)) continue;
  const { default: spec } = await import(join(folder, file)).catch(() => ({}));
  if (typeof spec !== "object" || !spec?.name) continue;
  for (const leaf of leaves(file.replace(/\.js$/, ""), [], spec)) console.log(JSON.stringify(leaf));
}
