import type { QueueCounts, QueueRecordView } from '../api/schemas.ts';
import { badge, moment } from './format.ts';
import { html, type Markup } from './html.ts';
import { layout } from './layout.ts';

export interface QueuePage {
  readonly counts: QueueCounts;
  readonly records: readonly QueueRecordView[];
  readonly state?: string | undefined;
  /** Records that stand there but not on this page. */
  readonly further: number;
}

export function queuePage({ counts, records, state, further }: QueuePage): string {
  const tab = (name: string | undefined, label: string, count: number) =>
    html`<a
      href="${name === undefined ? '/queue' : `/queue?state=${name}`}"
      ${name === state ? html`aria-current="page"` : null}
      >${label} <span>${count}</span></a
    >`;
  const all = counts.ready + counts.attempting + counts.deferred + counts.held;
  const main = html`<section class="card">
    <h1>Queue</h1>
    <nav class="tabs" aria-label="States">
      ${tab(undefined, 'all', all)}${(['ready', 'attempting', 'deferred', 'held'] as const).map((name) => tab(name, name, counts[name]))}
    </nav>
    ${records.length === 0 ? html`<p class="empty">Nothing waits here.</p>` : table(records)}
    ${further > 0 ? html`<p class="empty">${further} more: <code>postroad queue list</code></p>` : null}
  </section>`;
  return layout({ title: 'Queue', main, signedIn: true });
}

const table = (records: readonly QueueRecordView[]): Markup =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="Queue records">
    <table class="messages">
      <thead>
        <tr>
          <th scope="col">Message</th>
          <th scope="col">From</th>
          <th scope="col">Destination</th>
          <th scope="col">State</th>
          <th scope="col">Next due (UTC)</th>
          <th scope="col">Last answer</th>
        </tr>
      </thead>
      <tbody>
        ${records.map(
          (record) =>
            html`<tr>
              <td data-label="Message">
                <a href="/messages/${record.queueId}"><code>${record.queueId}</code></a>
              </td>
              <td data-label="From" class="address">${record.sender}</td>
              <td data-label="To" class="address">
                ${record.domain} <span class="more">${record.recipients.length} rcpt</span>
              </td>
              <td data-label="State">${badge(record.state)} <span class="more">${record.attempts} tries</span></td>
              <td data-label="Due">${record.dueAt === undefined ? '–' : moment(record.dueAt)}</td>
              <td data-label="Last" class="said">${record.heldBecause ?? record.lastStatus?.diagnostic ?? '–'}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
