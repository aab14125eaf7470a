import { decodeCharset } from '@postroad/message';
import { Refusal } from '../errors.ts';
import { utf8 } from './arguments.ts';

/** Turns octets held as latin1 into text. */
export type Decoder = (latin1: string) => string;

/** What is told with BADCHARSET (RFC 9051 §7.1): those clients ask for. */
const SOME =
  'US-ASCII UTF-8 ISO-8859-1 ISO-8859-15 WINDOWS-1252 KOI8-R ISO-2022-JP SHIFT_JIS EUC-JP GB18030 BIG5 EUC-KR';

/** The decoder of a charset of SEARCH. @throws Refusal BADCHARSET */
export function decoderOf(charset: string): Decoder {
  const name = charset.trim();
  if (/^(?:us-ascii|utf-8)$/i.test(name)) return utf8;
  if (!isKnown(name)) throw new Refusal('NO', `BADCHARSET (${SOME})`, 'charset not known');
  return (latin1) => decodeCharset(Buffer.from(latin1, 'latin1'), name);
}

/** Whether `decodeCharset` decodes by this name and does not guess. */
function isKnown(name: string): boolean {
  if (/^(?:unicode-1-1-)?utf-7$/i.test(name)) return true;
  try {
    return name.length <= 64 && new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}
