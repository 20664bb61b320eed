// Bundles the tests beside this file for Node and runs them: node platform/frontend/test.mjs
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const tests = path.join(path.dirname(fileURLToPath(import.meta.url)), "tests");
const out = await mkdtemp(path.join(os.tmpdir(), "frontend-tests-"));
const entries = (await readdir(tests)).filter((name) => name.endsWith(".test.ts"));
try {
  await build({
    entryPoints: entries.map((name) => path.join(tests, name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "warning",
  });
  const files = entries.map((name) => path.join(out, name.replace(/\.ts$/, ".mjs")));
  process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1;
} finally {
  await rm(out, { recursive: true });
}
