import { median, type Result, type RowName } from './report.ts';

const COLORS = ['#2563eb', '#9ca3af'];
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Bars of the three rows, ours and theirs, as an SVG that reads in light and dark. */
export function renderChart(result: Result): string {
  const names = Object.keys(result.systems);
  const rows: [RowName, string][] = [
    ['mailbox', 'MX into the mailbox'],
    ['submission', 'submission into the mailbox'],
    ['relay', 'submission to the sink'],
  ];
  const rate = (name: string, row: RowName) => median(result.systems[name]?.rows[row].map((run) => run.rate) ?? []);
  const most = Math.max(...rows.flatMap(([row]) => names.map((name) => rate(name, row))));
  const bars = rows.flatMap(([row, label], i) => {
    const top = 40 + i * 80;
    return [
      `<text x="10" y="${top - 4}">${label} (${result.ratios[row]}×)</text>`,
      ...names.map((name, j) => {
        const width = Math.round((rate(name, row) / most) * 460);
        const y = top + 4 + j * 26;
        return `<rect x="10" y="${y}" width="${width}" height="20" rx="3" fill="${COLORS[j]}"/><text x="${width + 18}" y="${y + 15}">${escape(name)} ${rate(name, row).toFixed(0)}/s</text>`;
      }),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 280" role="img" aria-label="Messages a second, ours and theirs">
<style>text{font:13px system-ui,sans-serif;fill:#111}@media (prefers-color-scheme:dark){text{fill:#eee}}</style>
${bars.join('\n')}
</svg>
`;
}
