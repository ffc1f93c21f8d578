// The server under test: the built program with a small county, or one that already runs (DOUDI_URL).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const built = () => {
  const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url));
  const bin = process.env.DOUDI_BIN ?? `${target}/release/doudi`;
  if (!existsSync(bin)) throw new Error(`no program at ${bin}: run \`cargo build --release\` first, or set DOUDI_BIN`);
  return bin;
};

/** Starts the demo on a free port and gives its address and how to end it. */
export async function startServer() {
  if (process.env.DOUDI_URL) return { base: process.env.DOUDI_URL.replace(/\/$/, ''), stop() {} };
  return startDemo(['--households', process.env.DOUDI_HOUSEHOLDS ?? '3000']);
}

/** The same with options and an environment of its own; `said` gives what it has printed so far. */
export async function startDemo(options, env = process.env) {
  const args = ['demo', '--port', '0', ...options];
  const child = spawn(built(), args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let said = '';
  const base = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no address after 5 minutes:\n${said}`)), 300_000);
    const listen = (chunk) => {
      said += chunk;
      const found = said.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) {
        clearTimeout(late);
        resolve(found[0]);
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
  for (let i = 0; i < 100; i += 1) {
    try {
      await fetch(base);
      break;
    } catch {
      await new Promise((r) => setTimeout(r, 100));
    }
  }
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return {
    base,
    said: () => said,
    stop: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}
