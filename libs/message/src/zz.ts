import { corpusFiles, corpusJson } from './testing/corpus.ts';
import { compare, type ExpectedMessage } from './testing/mail-parser.ts';
import { parseStructure } from './structure-parser.ts';
for (const f of corpusFiles('mail-parser','.eml')) for (const form of ['','.crlf']) {
  const bytes = form ? Buffer.from(f.bytes.toString('latin1').replace(/\r?\n/g,'\r\n'),'latin1') : f.bytes;
  const d = compare(bytes, parseStructure(bytes), corpusJson<ExpectedMessage>(f.name.replace(/\.eml$/, form+'.json')));
  if (d.length) console.log(f.name+form, d.length, d.slice(0,3).map(x=>x.slice(0,260)).join('\n     '));
}
