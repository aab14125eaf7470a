import { table } from '../report.ts';
import { classify } from './classify.ts';
import type { UpgradeResult } from './run.ts';

const DETAILS = 20;

/** What one run showed, as tables. */
export function upgradeReport(result: UpgradeResult): string {
  const { accepted, unanswered, refused, lost, duplicated, certificates, errors } = result;
  const { newSeen, oldUntilMs, stale, dropped } = certificates;
  const drains = result.ended.map(({ seconds }) => seconds);
  const rows = [
    [
      'messages accepted',
      `${accepted} (${(accepted / result.seconds).toFixed(1)}/s for ${result.seconds.toFixed(0)} s)`,
    ],
    ['lost, duplicated', `${lost}, ${duplicated}`],
    ['unanswered, put off or refused', `${unanswered}, ${refused}`],
    ['from the 250 to the mailbox', `longest ${result.longestWaitMs} ms, median ${result.medianWaitMs} ms`],
    ['errors seen by clients', `${errors.allowed} that they may retry, ${errors.forbidden} others`],
    ['containers replaced', `${result.replaced}, longest drain ${Math.max(0, ...drains).toFixed(1)} s`],
    ['certificate', `new at ${newSeen.join(', ')}; old until ${oldUntilMs} ms; ${stale} stale, ${dropped} dropped`],
  ];
  const kinds = result.kinds.map(({ name, allowed, count }) => [allowed ? 'may retry' : 'FORBIDDEN', name, `${count}`]);
  const parts = [table(['', 'what was seen'], rows), table(['', 'error', 'times'], kinds)];
  return `${parts.join('\n\n')}\n\n${result.shortfalls.join('\n') || 'all as it must be'}\n`;
}

/** The particulars of what is wrong, a line each. */
export function upgradeDetails({ details, troubles, ended }: UpgradeResult): string {
  const forbidden = troubles.filter(({ happening }) => !classify(happening).allowed);
  const line = ({ at, client, happening, detail }: (typeof troubles)[number]) =>
    `at ${Math.round(at)} ms ${client}: ${classify(happening).name}: ${detail}`;
  const unclean = ended.filter(({ exitCode }) => exitCode !== 0);
  const lines = [
    ...details.slice(0, DETAILS),
    ...forbidden.slice(0, DETAILS).map(line),
    ...unclean.map(({ name, log }) => `${name}:\n${log}`),
  ];
  return lines.map((each) => `${each}\n`).join('');
}
