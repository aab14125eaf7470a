import { plain } from './counts.ts';

/** The tasks that Nx names as failed, e.g. `@postroad/bus:test`. */
export function failedTasks(output: string): string[] {
  const listed = /^Failed tasks:\n\n((?:- .+\n?)+)/m.exec(plain(output))?.[1] ?? '';
  return listed.split('\n').flatMap((line) => (line.startsWith('- ') ? [line.slice(2).trim()] : []));
}

/** Of the output of `nx run-many`, the parts of the tasks that failed; all of it when none is named. */
export function outputOfFailed(output: string): string {
  const failed = new Set(failedTasks(output));
  if (failed.size === 0) return output;
  const parts = plain(output).split(/^(?=> nx run )/m);
  return parts.filter((part) => failed.has(/^> nx run (\S+)/.exec(part)?.[1] ?? '')).join('');
}
