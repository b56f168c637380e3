/**
 * The programs of this project as plain JavaScript: compiled when one is first started, and again when a source has changed.
 *
 * To load three hundred modules of TypeScript one by one takes a command longer than its work does. Compiled, they are a few files
 * in `node_modules/.cache/backfill`, in a folder named by a digest of what they were made of.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What is started as a process of its own, relative to the project's folder. */
const PROGRAMS = ['bin/backfill.ts', 'lib/local/host/main.ts', 'lib/local/places-server/main.ts'];
const SOURCES = ['bin', 'lib', 'lambdas'];

/** What was compiled so long ago, nobody still loads from. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** Loads one of the programs into this process. */
export async function load(program, root = ROOT) {
  if (process.env.BACKFILL_DEBUG) process.setSourceMapsEnabled(true);
  const folder = await compiled(root).catch(() => undefined);
  if (folder) return import(pathToFileURL(join(folder, program.replace(/\.ts$/, '.mjs'))).href);
  // Nothing may be written here, or a source is wrong, which this says better: slower, but the same.
  const { register } = await import('tsx/esm/api');
  register();
  return import(pathToFileURL(join(root, program)).href);
}

/** The folder of the programs as the sources now are. */
async function compiled(root) {
  const cache = join(root, 'node_modules/.cache/backfill');
  const folder = join(cache, digestOf(root));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  forgetOld(cache);
  const aside = mkdtempSync(join(cache, 'making-'));
  try {
    await compile(root, aside);
    renameSync(aside, folder);
  } catch (error) {
    // Unless another process was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return folder;
}

/** Of name, size and time of change of every source, and of the list of packages. */
function digestOf(root) {
  const below = (folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const hash = createHash('sha256');
  for (const name of [...SOURCES.flatMap(below).sort(), 'package-lock.json']) {
    const { size, mtimeMs } = statSync(join(root, name));
    hash.update(`${name}\n${size}\n${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 32);
}

function forgetOld(cache) {
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name);
    if (Date.now() - statSync(folder).mtimeMs > KEPT_MS) rmSync(folder, { recursive: true, force: true });
  }
}

async function compile(root, outdir) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS,
    outbase: root,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // It has a library that is no JavaScript, and is changed before it is loaded.
    external: ['dynalite'],
    sourcemap: true,
    logLevel: 'silent',
    banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
    plugins: [ownUrls],
  });
}

/** A module finds the files beside it where it was written. */
const ownUrls = {
  name: 'own-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};
