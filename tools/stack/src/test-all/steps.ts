import { plain } from './counts.ts';

export interface Step {
  readonly name: string;
  readonly summary: string;
  /** Program and arguments; `node` is the Node this runs on, `nx` and `prettier` are the workspace's. */
  readonly command: readonly string[];
  /** `tests`: summaries of node:test are counted. `one`: the step itself counts as one test. */
  readonly counts: 'tests' | 'one';
  /** What is wrong with a run that ended with 0, or null. */
  readonly verify?: (output: string) => string | null;
  /** Longest time it may take, in minutes. */
  readonly minutes: number;
}

const runMany = (...targets: string[]) => ['nx', 'run-many', '--parallel=2', '--output-style=static', '-t', ...targets];

export const STEPS: readonly Step[] = [
  {
    name: 'graph',
    summary: 'the project graph, without which the boundary rule would be silent',
    // Nx itself; ESLint reads what this writes.
    command: ['nx', 'graph', '--file=.cache/test/graph.json'],
    counts: 'one',
    minutes: 2,
  },
  {
    name: 'format',
    summary: 'every file is formatted (npm run format does it)',
    command: ['prettier', '--check', '--log-level=warn', '--cache', '--cache-location=.cache/test/prettier', '.'],
    counts: 'one',
    minutes: 3,
  },
  {
    name: 'types',
    summary: 'type check and lint of every project',
    command: runMany('typecheck', 'lint'),
    counts: 'one',
    minutes: 10,
  },
  {
    name: 'checks',
    summary: 'the rules of the repository: cycles, budgets, SPEC.md, unused exports, generated files',
    command: runMany('checks'),
    counts: 'tests',
    minutes: 5,
  },
  {
    name: 'unit',
    summary: 'the tests of every project, against real brokers, clients and servers',
    command: runMany('test'),
    counts: 'tests',
    minutes: 12,
  },
  {
    name: 'e2e',
    summary: 'the whole stack from end to end',
    command: runMany('e2e'),
    counts: 'tests',
    minutes: 8,
  },
  {
    name: 'chaos',
    summary: 'nothing lost, nothing doubled while everything is killed (short form)',
    // Below the ports that the system gives to outgoing connections: what is killed must be able to listen again.
    command: ['node', 'tools/chaos/src/main.ts', '--messages', '400', '--port-offset', '28000', '--json'],
    counts: 'one',
    verify: verifyChaos,
    minutes: 5,
  },
  {
    name: 'upgrade',
    summary: 'every role is replaced under load, as processes, and nobody notices (short form)',
    // What counts here is what clients see; how long messages wait is for `npm run cluster-check` on a quiet machine.
    command:
      'node tools/cluster-check/src/main.ts --plain --rounds 1 --seconds 15 --patience 30 --port-offset 29000 --json'.split(
        ' ',
      ),
    counts: 'one',
    verify: verifyUpgrade,
    minutes: 4,
  },
  {
    name: 'sessions',
    summary: 'clients at random in shared mailboxes, on both stores, with mdas killed (short form)',
    command: ['node', 'tools/sessions/src/both.ts', '--seconds', '14', '--port-offset', '27000', '--json'],
    counts: 'one',
    verify: verifySessions,
    minutes: 5,
  },
  {
    name: 'bench',
    summary: 'the comparison with Postfix and Dovecot runs (short form; its figures mean nothing)',
    command: 'node tools/bench/src/main.ts --messages 300 --rounds 1 --latency-seconds 3 --json'.split(' '),
    counts: 'one',
    verify: verifyBench,
    minutes: 5,
  },
  {
    name: 'bench-imap',
    summary: 'the comparison of IMAP with Dovecot runs (short form; its figures mean nothing)',
    command: 'node tools/bench/src/main.ts imap --messages 500 --connections 1,20 --seconds 0 --idle 50 --json'.split(
      ' ',
    ),
    counts: 'one',
    verify: verifyBenchImap,
    minutes: 3,
  },
];

/** The last line of the output that is a JSON object. */
function lastJson(output: string): Record<string, unknown> | null {
  const line = plain(output)
    .split('\n')
    .findLast((text) => text.startsWith('{') && text.endsWith('}'));
  return line === undefined ? null : (JSON.parse(line) as Record<string, unknown>);
}

function verifyChaos(output: string): string | null {
  const result = lastJson(output);
  if (result === null) return 'no result was printed';
  const { accepted, lost, duplicates, kills } = result;
  if (lost !== 0 || duplicates !== 0) return `lost ${String(lost)}, duplicates ${String(duplicates)}`;
  if (typeof accepted !== 'number' || accepted < 200) return `only ${String(accepted)} messages were accepted`;
  return typeof kills === 'number' && kills > 0 ? null : 'nothing was killed';
}

function verifyUpgrade(output: string): string | null {
  const { accepted, lost, duplicated, replaced, shortfalls } = lastJson(output) ?? {};
  if (lost !== 0 || duplicated !== 0) return `lost ${String(lost)}, duplicated ${String(duplicated)}`;
  if (typeof accepted !== 'number' || accepted < 100) return `only ${String(accepted)} messages were accepted`;
  if (typeof replaced !== 'number' || replaced < 9) return `only ${String(replaced)} were replaced`;
  return Array.isArray(shortfalls) && shortfalls.length === 0 ? null : 'clients noticed';
}

function verifySessions(output: string): string | null {
  const result = lastJson(output);
  for (const store of ['sqlite', 'postgres']) {
    const { mismatches, compared, kills } = (result?.[store] ?? {}) as Record<string, unknown>;
    if (mismatches !== 0) return `${store}: no result without a mismatch`;
    if (typeof compared !== 'number' || compared < 1000)
      return `${store}: only ${String(compared)} messages were compared`;
    if (typeof kills !== 'number' || kills < 1) return `${store}: nothing was killed`;
  }
  return null;
}

function verifyBench(output: string): string | null {
  const ratios = lastJson(output)?.['ratios'];
  if (typeof ratios !== 'object' || ratios === null) return 'no ratios were printed';
  for (const name of ['accept', 'mailbox', 'submission', 'relay']) {
    const ratio = (ratios as Record<string, unknown>)[name];
    if (typeof ratio !== 'number' || !(ratio > 0)) return `the ratio ${name} is ${String(ratio)}`;
  }
  return null;
}

function verifyBenchImap(output: string): string | null {
  const lines = lastJson(output)?.['lines'];
  if (!Array.isArray(lines) || lines.length < 14) return 'rows are missing';
  const bad = (lines as { row: string; ratio: unknown }[]).find(
    ({ ratio }) => typeof ratio !== 'number' || !(ratio > 0),
  );
  return bad === undefined ? null : `the ratio of ${bad.row} is ${String(bad.ratio)}`;
}
