import { parseStructure } from '../structure-parser.ts';
import { corpusFiles, corpusJson, corpusText } from './corpus.ts';
import { compare, type ExpectedMessage } from './mail-parser.ts';
import { compareEntity, readExpected } from './mime4j.ts';

/** One expected result of the corpus: its name there, and where we differ (cut to 200 characters each). */
interface Case {
  readonly name: string;
  readonly differences: () => string[];
}

const lineEnds = (bytes: Buffer, crlf: boolean) =>
  Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, crlf ? '\r\n' : '\n'), 'latin1');

const cut = (differences: string[]) => differences.map((each) => each.slice(0, 200));

/** The mail-parser set: `.json` is for the file with LF only, `.crlf.json` with CRLF. */
function mailParserCases(): Case[] {
  return corpusFiles('mail-parser', '.eml').flatMap((file) =>
    [false, true].map((crlf) => {
      const name = file.name.replace(/\.eml$/, crlf ? '.crlf.json' : '.json');
      const differences = () => {
        const bytes = lineEnds(file.bytes, crlf);
        return cut(compare(bytes, parseStructure(bytes), corpusJson<ExpectedMessage>(name)));
      };
      return { name, differences };
    }),
  );
}

function mime4jCases(): Case[] {
  return corpusFiles('mime4j', '.msg').map((file) => {
    const name = file.name.replace(/\.msg$/, '.xml');
    const differences = () =>
      cut(compareEntity(file.bytes, parseStructure(file.bytes).part, readExpected(corpusText(name, 'latin1'))));
    return { name, differences };
  });
}

/** Every case with an expected structure. */
export function allCases(): Case[] {
  return [...mailParserCases(), ...mime4jCases()];
}
