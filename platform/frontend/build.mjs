// Bundles the browser's code and styles into the site's static folder:
//   node platform/frontend/build.mjs [--watch]
// Each entry point is one file without shared chunks, so that a page names what it loads.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { context } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "../zero_to_gpt/site/static/dist");
const katex = path.dirname(createRequire(import.meta.url).resolve("katex/package.json"));

await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, "katex/fonts"), { recursive: true });

// KaTeX: only woff2 (every browser since 2016), so the sheet shrinks and nothing is fetched twice.
const sheet = await readFile(path.join(katex, "dist/katex.min.css"), "utf8");
await writeFile(
  path.join(out, "katex/katex.css"),
  sheet.replace(/,url\([^)]+\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, ""),
);
await cp(path.join(katex, "dist/fonts"), path.join(out, "katex/fonts"), {
  recursive: true,
  filter: (name) => !/\.(woff|ttf)$/.test(name),
});

const build = await context({
  entryPoints: {
    site: path.join(here, "css/site.css"),
    page: path.join(here, "src/page.ts"),
    exercise: path.join(here, "src/exercise.ts"),
    authoring: path.join(here, "src/authoring.ts"),
    submission: path.join(here, "src/submission.ts"),
    editor: path.join(here, "src/editor.ts"),
    plot: path.join(here, "src/plot.ts"),
    figures: path.join(here, "src/figures.ts"),
    lesson: path.join(here, "src/lesson.ts"),
    runs: path.join(here, "src/runs.ts"),
    show: path.join(here, "src/show.ts"),
  },
  outdir: out,
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox121", "safari17.5"],
  minify: !process.argv.includes("--watch"),
  sourcemap: process.argv.includes("--watch") ? "inline" : false,
  legalComments: "none",
  logLevel: "info",
});
if (process.argv.includes("--watch")) {
  await build.watch();
} else {
  await build.rebuild();
  await build.dispose();
}
