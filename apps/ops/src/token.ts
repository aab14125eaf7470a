import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The token of API and console, made when the file is missing (mode 0600). @throws Error when the file cannot be used */
export function readToken(path: string): string {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
  }
  const token = readFileSync(path, 'utf8').trim();
  if (token.length < 16)
    throw new Error(`the token in ${path} is shorter than 16 characters: delete the file, and a new one is made`);
  return token;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether a token is the right one, in the same time for every wrong one. */
export function tokenChecker(token: string): (given: string) => boolean {
  const right = digest(token);
  return (given) => timingSafeEqual(digest(given), right);
}
