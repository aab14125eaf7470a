/** How many tests ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

const ESCAPES = new RegExp(String.raw`\u001b\[[0-9;]*m`, 'g');

/** Without the terminal's colours. */
export function plain(text: string): string {
  return text.replace(ESCAPES, '');
}

/**
 * Adds up the summaries that node:test prints, of all runs in the output (also of those that Nx answers from its cache).
 * Tests that were cancelled count as failed, those marked todo as skipped.
 */
export function countTests(output: string): Counts {
  let counts = NOTHING;
  for (const [, what, number] of plain(output).matchAll(/^(?:ℹ|#) (pass|fail|cancelled|skipped|todo) (\d+)$/gm)) {
    const n = Number(number);
    if (what === 'pass') counts = add(counts, { ...NOTHING, passed: n });
    else if (what === 'fail' || what === 'cancelled') counts = add(counts, { ...NOTHING, failed: n });
    else counts = add(counts, { ...NOTHING, skipped: n });
  }
  return counts;
}

/** "N passed, N failed", and ", N skipped" where there are any. */
export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
