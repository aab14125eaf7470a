import { type Token, tokenize } from './tokens.ts';
import type { AddressItem, Mailbox, MailboxGroup } from './types.ts';

/** Words of a phrase joined as a person reads them: one blank where blanks stood. */
function phrase(tokens: readonly Token[]): string {
  let out = '';
  for (const token of tokens) {
    if (token.kind === 'comment') continue;
    const text = token.kind === 'literal' ? `[${token.text}]` : token.text;
    out += (out !== '' && token.spaced && text !== '' ? ' ' : '') + text;
  }
  return out;
}

/** Local part or domain: blanks around dots vanish (RFC 5322 §4.4), others stay for a person to see. */
function dotted(tokens: readonly Token[]): string {
  let out = '';
  for (const token of tokens) {
    if (token.kind === 'comment') continue;
    const text = token.kind === 'literal' ? `[${token.text}]` : token.text;
    const gap = token.spaced && out !== '' && !out.endsWith('.') && !text.startsWith('.') && text !== '@';
    out += (gap && !out.endsWith('@') ? ' ' : '') + text;
  }
  return out;
}

function lastIndexOfSpecial(tokens: readonly Token[], special: string): number {
  return tokens.findLastIndex((token) => token.kind === 'special' && token.text === special);
}

function mailbox(name: string | null, route: string | null, spec: readonly Token[]): Mailbox {
  const at = lastIndexOfSpecial(spec, '@');
  const localPart = dotted(at < 0 ? spec : spec.slice(0, at));
  const domain = at < 0 ? '' : dotted(spec.slice(at + 1));
  return { kind: 'mailbox', name, route, localPart, domain };
}

/** What stood between two separators: a bare addr-spec, perhaps with its name in a comment (the oldest form). */
function bareMailbox(tokens: readonly Token[]): Mailbox | null {
  const words = tokens.filter((token) => token.kind !== 'comment');
  if (words.length === 0) return null;
  const comment = tokens.findLast((token) => token.kind === 'comment')?.text.trim();
  return mailbox(comment || null, null, words);
}

/** `<…>` (RFC 5322 §3.4.1, with the source route of §4.4). */
function angleMailbox(before: readonly Token[], inside: readonly Token[]): Mailbox {
  const first = inside.find((token) => token.kind !== 'comment');
  const colon = first?.text === '@' ? inside.findIndex((token) => token.kind === 'special' && token.text === ':') : -1;
  const route = colon < 0 ? null : dotted(inside.slice(0, colon));
  const spoken = phrase(before);
  const comment = before.find((token) => token.kind === 'comment')?.text.trim();
  return mailbox(spoken || comment || null, route, inside.slice(colon + 1));
}

/**
 * Parses an address list (RFC 5322 §3.4 and §4.4): mailboxes, groups, comments, quoted strings, 8-bit text. Tolerant:
 * never throws, linear, stops after `max` mailboxes. Encoded words stay encoded.
 */
export function parseAddressList(text: string, max = 1000): AddressItem[] {
  const items: AddressItem[] = [];
  let group: { kind: 'group'; name: string; members: Mailbox[] } | null = null;
  let pending: Token[] = [];
  let inside: Token[] | null = null;
  let done: Mailbox | null = null;
  let count = 0;
  let sawAt = false;
  const flush = () => {
    const found: Mailbox | null = inside ? angleMailbox(pending, inside) : (done ?? bareMailbox(pending));
    pending = [];
    inside = null;
    done = null;
    sawAt = false;
    if (!found || (found.localPart === '' && found.domain === '' && found.name === null)) return;
    count++;
    if (group) group.members.push(found);
    else items.push(found);
  };
  const closeGroup = () => {
    if (group) items.push(group satisfies MailboxGroup);
    group = null;
  };
  for (const token of tokenize(text)) {
    if (count >= max) break;
    const special = token.kind === 'special' ? token.text : '';
    if (inside) {
      if (special === '>') {
        done = angleMailbox(pending, inside);
        inside = null;
        pending = [];
      } else inside.push(token);
    } else if (special === ',') flush();
    else if (special === ';') {
      flush();
      closeGroup();
    } else if (special === '<') {
      if (done) flush();
      inside = [];
    } else if (special === ':' && !group && !done && !sawAt) {
      group = { kind: 'group', name: phrase(pending), members: [] };
      pending = [];
    } else if (special !== '>') {
      pending.push(token);
      sawAt ||= special === '@';
    }
  }
  flush();
  closeGroup();
  return items;
}

/** All mailboxes of a list, those of groups included. */
export function mailboxesOf(items: readonly AddressItem[]): Mailbox[] {
  return items.flatMap((item) => (item.kind === 'group' ? item.members : [item]));
}
