import type { ImapBackend } from '../backend.ts';
import { oauthBearer, xoauth2 } from './bearer.ts';
import type { ChannelBindings, Mechanism } from './mechanism.ts';
import { plain } from './plain.ts';
import { scramSha256, scramSha256Plus } from './scram.ts';

/** Strongest first, as clients that take the first one should. */
const MECHANISMS: readonly Mechanism[] = [scramSha256Plus, scramSha256, oauthBearer, xoauth2, plain];

export function mechanismNamed(name: string): Mechanism | undefined {
  return MECHANISMS.find((mechanism) => mechanism.name === name);
}

export function offeredMechanisms(backend: ImapBackend, bindings: ChannelBindings | null): string[] {
  return MECHANISMS.filter((mechanism) => mechanism.offered(backend, bindings)).map(({ name }) => name);
}
