import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../../..');
export const CACHE = process.env.POSTROAD_CACHE ?? join(ROOT, '.cache');

export function fail(message) {
  process.stderr.write(`\npostroad: ${message}\n`);
  process.exit(1);
}

export function which(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      continue;
    }
  }
  return null;
}

/** Runs a command and resolves to { code, output }; a line on the terminal says what goes on and for how long. */
export function step(what, program, args, options = {}) {
  const tty = process.stderr.isTTY === true;
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
  let frame = 0;
  if (!tty) process.stderr.write(`${what} …\n`);
  const timer = tty
    ? setInterval(() => process.stderr.write(`\r${frames[frame++ % 10]} ${what} … ${seconds()} `), 100)
    : null;
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: ROOT, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => keep(String(error)));
    child.on('close', (code) => {
      if (timer !== null) {
        clearInterval(timer);
        process.stderr.write(`\r\u001b[K${code === 0 ? '✔' : '✖'} ${what} (${seconds()})\n`);
      }
      done({ code: code ?? 1, output });
    });
  });
}

/** The npm that started us, or the one beside this Node, or the one in PATH: as a script that any Node can run. */
export function npmScript() {
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  const inPath = which('npm');
  const candidates = [
    process.env.npm_execpath,
    beside,
    inPath === null ? undefined : realpathSync(inPath),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ];
  const found = candidates.find((path) => path !== undefined && /\.c?js$/.test(path) && existsSync(path));
  if (found === undefined) throw new Error('npm was not found: install Node.js with npm (20 or newer) and try again');
  return found;
}
