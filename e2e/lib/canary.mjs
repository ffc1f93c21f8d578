// Looks for the forms of secret numbers in files, whatever the files are.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const spaced = (text, sizes, by) => {
  const parts = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(text.slice(at, at + size));
    at += size;
  }
  return parts.join(by);
};

/** The part of a base64 text that does not depend on what stands before and after. */
const base64At = (text, shift) => {
  const whole = Buffer.from('\0'.repeat(shift) + text, 'latin1').toString('base64').replace(/=+$/, '');
  return whole.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + text.length) * 8) / 6));
};

/** Every form in which a number may have been written down, as Latin-1 texts. The check digit may be missing. */
export function forms(number) {
  const head = number.slice(0, 17);
  const out = {
    plain: head,
    'with spaces': spaced(number, [6, 8, 4], ' '),
    'with narrow spaces': spaced(number, [6, 4, 4, 4], ' '),
    'with hyphens': spaced(number, [6, 8, 4], '-'),
    reversed: [...number].reverse().join('').slice(-17),
    'UTF-16': [...head].map((c) => `${c}\0`).join(''),
    hex: Buffer.from(head, 'latin1').toString('hex'),
    'HEX': Buffer.from(head, 'latin1').toString('hex').toUpperCase(),
    // An unsalted digest of a number is as good as the number: there are few numbers.
    'SHA-256': createHash('sha256').update(number).digest('hex'),
    'SHA-256 in base64': createHash('sha256').update(number).digest('base64').slice(0, 40),
    'SHA-1': createHash('sha1').update(number).digest('hex'),
    MD5: createHash('md5').update(number).digest('hex'),
  };
  for (const shift of [0, 1, 2]) out[`base64, shifted by ${shift}`] = base64At(number, shift);
  for (const shift of [0, 1, 2]) {
    out[`base64url, shifted by ${shift}`] = base64At(number, shift).replaceAll('+', '-').replaceAll('/', '_');
  }
  return out;
}

/** A searcher for the forms of all numbers: gives `[number, form]` of the first hit in a buffer, or nothing. */
export function searcher(numbers) {
  const byLength = new Map();
  for (const number of numbers) {
    for (const [form, text] of Object.entries(forms(number))) {
      if (!byLength.has(text.length)) byLength.set(text.length, new Map());
      byLength.get(text.length).set(text, [number, form]);
    }
  }
  return (buffer) => {
    const text = buffer.toString('latin1');
    for (const [length, known] of byLength) {
      for (let at = 0; at + length <= text.length; at += 1) {
        const found = known.get(text.slice(at, at + length));
        if (found) return found;
      }
    }
    return undefined;
  };
}

/** Every file below a folder. */
export function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    try {
      const about = statSync(path);
      if (about.isDirectory()) return files(path);
      return about.isFile() ? [path] : [];
    } catch {
      return [];
    }
  });
}

/** The files below the folders in which something was found, with the form. */
export function hits(folders, search, skip = () => false) {
  const found = [];
  for (const path of folders.flatMap(files)) {
    if (skip(path)) continue;
    const hit = search(readFileSync(path));
    if (hit) found.push(`${path}: a number as ${hit[1]}`);
  }
  return found;
}
